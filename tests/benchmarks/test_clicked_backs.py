"""The measure of the drawn line against a clicked one, on lines whose answer is plain."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.clicked_backs import Line, main, nearest, row, score

TRUNK_PX = 100.0
#: A back straight down from y 0 to 100; hidden from 60 to 80; T12 at 40, S1 at 90.
FRAME = {
    "points": [[0, 0], [0, 60], [0, 80], [0, 100]],
    "hidden": [[1, 2]],
    "t12": [3, 40],
    "s1": [-3, 90],
}


def line(x: float, *ys: float) -> np.ndarray:
    return np.array([[x, y] for y in ys])


def test_distances_are_in_trunk_lengths_and_points_beyond_the_ends_are_passed_over() -> None:
    points = line(3.0, -20, 10, 30, 50, 120)
    found = score(FRAME, TRUNK_PX, points, np.ones(5, bool))
    assert found.away == pytest.approx([0.03, 0.03, 0.03])
    assert found.away_low_back == pytest.approx([0.03])
    assert (found.on_hidden, found.on_hidden_low_back) == (0, 0)


def test_points_that_are_not_drawn_do_not_count() -> None:
    drawn = np.array([True, False, True])
    found = score(FRAME, TRUNK_PX, line(1.0, 10, 30, 70), drawn)
    assert found.away == pytest.approx([0.01])
    assert (found.on_hidden, found.on_hidden_low_back) == (1, 1)


def test_a_point_within_2_percent_of_the_visible_back_is_not_on_something_hidden() -> None:
    found = score(FRAME, TRUNK_PX, line(0.0, 61.0, 79.0, 70.0), np.ones(3, bool))
    assert found.on_hidden == 1


def test_the_share_of_the_visible_low_back_that_is_drawn() -> None:
    points = line(2.0, 0, 50, 100)  # visible low back: 40 to 60 and 80 to 90
    upper_only = score(FRAME, TRUNK_PX, points, np.array([True, True, False]))
    assert upper_only.low_back == pytest.approx(1 / 3, abs=0.05)
    assert score(FRAME, TRUNK_PX, points, np.ones(3, bool)).low_back == 1.0
    assert score(FRAME, TRUNK_PX, points * np.nan, np.ones(3, bool)).low_back == 0.0


def test_the_place_of_a_point_is_its_way_along_the_line() -> None:
    away, place = nearest(np.array([[13.0, 4.0]]), np.array([[0.0, 0], [10, 0], [10, 10]]))
    assert (away[0], place[0]) == (3.0, 14.0)


def test_a_time_without_a_frame_is_refused() -> None:
    seen = Line(np.array([0.0, 0.1]), np.zeros((2, 3, 2), np.float32), np.ones((2, 3), bool))
    with pytest.raises(ValueError, match="frame at 0.05 s"):
        seen.at(0.05)


def test_frames_without_a_drawn_point_have_a_row_too() -> None:
    found = score(FRAME, TRUNK_PX, line(0.0, 10, 20), np.zeros(2, bool))
    assert row("a", "way", [found]) == "| a | way | 1 | 0 | - | - | - | 0% | 0 | 0 |"


def test_a_folder_without_a_clicked_clip_is_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other.mp4").write_bytes(b"no clip")
    main([str(tmp_path)])
    assert "none of the clicked clips" in capsys.readouterr().out
