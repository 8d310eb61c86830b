"""The verb ``phantom``: renders a lift with its truth, and says what cannot be rendered."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from backline.cli import app as cli
from backline.formats.video import open_clip


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("phantom") / "new" / "lift.mp4"
    options = "--reps 1 --height-px 240 --rate 5 --bottom 15 --top 9 --seed 3 --crf 28"
    assert cli.run(["phantom", str(out), *options.split()]) == 0
    return out


def test_the_verb_writes_video_and_truth_into_a_new_folder(rendered: Path) -> None:
    with open_clip(rendered) as clip:
        frames = list(clip.frames())
    truth = pd.read_csv(rendered.with_suffix(".truth.csv"))
    assert len(frames) == len(truth) > 20
    assert frames[0].picture.shape == (240, 180, 3)
    assert {"standing", "descent", "bottom", "ascent", "lockout"} == set(truth.phase)


def test_the_truth_names_the_events_and_holds_their_sizes(rendered: Path) -> None:
    note = json.loads(rendered.with_suffix(".truth.json").read_text())
    assert [(e["where"], e["size_deg"]) for e in note["events"]] == [
        ("lockout", 9.0), ("bottom", 15.0),
    ]  # fmt: skip
    truth = pd.read_csv(rendered.with_suffix(".truth.csv"))
    at = truth.groupby("phase").lumbar_flexion_deg.max()
    assert at["bottom"] == pytest.approx(15.0, abs=1.5)
    assert at["lockout"] == pytest.approx(9.0, abs=1.5)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["lift.avi"], "lift.avi"),
        (["lift.mp4", "--top-reps", "two"], "--top-reps"),
        (["lift.mp4", "--top-reps", "4"], "1 to 3"),
        (["lift.mp4", "--bottom-reps", "0,1"], "--bottom-reps"),
        (["lift.mp4", "--bottom", "500"], "--bottom"),
        (["lift.mp4", "--reps", "0"], "--reps"),
        (["lift.mp4", "--lift", "curl"], "curl"),
        (["lift.mp4", "--plates", "huge"], "huge"),
        (["lift.mp4", "--seed", "-1"], "--seed"),
    ],
)
def test_what_cannot_be_rendered_is_wrong_usage_and_leaves_nothing(
    arguments: list[str],
    named: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.run(["phantom", *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.err.count("\n") == 1
    assert named in shown.err
    assert list(tmp_path.iterdir()) == []


def test_dots_of_an_unknown_colour_are_refused_before_anything_is_rendered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["phantom", str(tmp_path / "a.mp4"), "--dots", "beige"]) == 2
    assert "red, orange" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
