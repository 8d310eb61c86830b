"""Points tracked in Kinovea, in each of its files, give the lift that was planted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backline.errors import BacklineError, NotMeasurableError, SourceError, UsageError
from backline.model.posture import FloatArray
from backline.sources.keypoints.kinovea import read_kinovea
from backline.sources.registry import SourceOptions, open_source, reader_of
from tests.sources.keypoints.kinovea_files import NAMES, kva, table, text
from tests.sources.keypoints.pictured import PLAN, RATE, picture


def lumbar(source: Path | str) -> FloatArray:
    measured = open_source(source)
    assert measured.quality.verdict in ("ok", "limited")
    return measured.posture.lumbar_flexion_deg


@pytest.mark.parametrize(
    ("write", "name"),
    [(kva, "a.kva"), (text, "a.txt"), (table, "a.csv"),
     (lambda path: table(path, mark=";"), "b.csv"),
     (lambda path: table(path, comma=False), "c.csv")],
)  # fmt: skip
def test_each_file_gives_the_planted_lift(tmp_path: Path, write: object, name: str) -> None:
    path = write(tmp_path / name)  # type: ignore[operator]
    assert reader_of(path).id == "kinovea"
    found = lumbar(path)
    planted = PLAN.lumbar * picture(PLAN).depth
    np.testing.assert_allclose(found, planted, atol=0.6)
    assert found.max() == pytest.approx(PLAN.lumbar, abs=0.6)


def test_frames_that_were_not_tracked_stay_empty(tmp_path: Path) -> None:
    gap = range(150, 170)
    found = lumbar(kva(tmp_path / "a.kva", missing=gap))
    times = open_source(tmp_path / "a.kva").posture.time_s
    assert len(found) == len(picture(PLAN).time_s) - len(gap)
    assert np.diff(times).max() == pytest.approx((len(gap) + 1) / RATE)
    kva(tmp_path / "b.kva", rate="", missing=gap)
    found = lumbar(f"{tmp_path / 'b.kva'}@{RATE}")
    assert np.isnan(found[gap.start : gap.stop]).all()
    assert len(found) == len(picture(PLAN).time_s)


@pytest.mark.parametrize(
    "write",
    [lambda p: kva(p, rate=""), lambda p: text(p, code=True), lambda p: table(p, unit=1000)],
)
def test_times_in_an_unknown_unit_are_asked_for(tmp_path: Path, write: object) -> None:
    path = write(tmp_path / "a.kva")  # type: ignore[operator]
    with pytest.raises(UsageError, match="frames a second are needed"):
        open_source(path)
    np.testing.assert_allclose(
        lumbar(f"{path}@{RATE}"), PLAN.lumbar * picture(PLAN).depth, atol=0.6
    )


def test_trajectories_without_names_are_told(tmp_path: Path) -> None:
    with pytest.raises(BacklineError, match="Track 1, Track 2"):
        open_source(text(tmp_path / "a.txt", named=False))
    mapping = tmp_path / "points.toml"
    lines = [f'{role} = "Track {NAMES.index(name) + 1}"' for role, name in (
        ("C7", "C7"), ("ASIS", "r_ASIS"), ("PSIS", "r_PSIS"), ("KNEE_right", "right_knee"),
        ("HIP_right", "right_hip"), ("ANKLE_right", "right_ankle"))]  # fmt: skip
    mapping.write_text("[keypoints]\n" + "\n".join(lines))
    found = open_source(tmp_path / "a.txt", SourceOptions(mapping=mapping))
    assert np.nanmax(found.posture.lumbar_flexion_deg) == pytest.approx(PLAN.lumbar, abs=0.6)


@pytest.mark.parametrize(("write", "name"), [(kva, "a.kva"), (text, "a.txt"), (table, "a.csv")])
def test_two_trajectories_of_one_name_are_asked_about(
    tmp_path: Path, write: object, name: str
) -> None:
    path = write(tmp_path / name)  # type: ignore[operator]
    path.write_text(path.read_text("utf-8-sig").replace("T11", "C7"))
    with pytest.raises(NotMeasurableError, match="two points called 'C7' that differ"):
        open_source(path)


@pytest.mark.parametrize(("write", "name"), [(kva, "a.kva"), (text, "a.txt"), (table, "a.csv")])
def test_utf_16_gives_the_same(tmp_path: Path, write: object, name: str) -> None:
    path = write(tmp_path / name)  # type: ignore[operator]
    content = path.read_text("utf-8-sig").replace('encoding="utf-8"', 'encoding="utf-16"')
    path.write_bytes(content.encode("utf-16"))
    np.testing.assert_allclose(lumbar(path), PLAN.lumbar * picture(PLAN).depth, atol=0.6)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><KinoveaVideoAnalysis/>', "entities"),
        ("<KinoveaVideoAnalysis><Tracks>", "no whole KVA"),
        ("<KinoveaVideoAnalysis/>", "no trajectory"),
        ("<KinoveaVideoAnalysis><Track><TrackPoint>1;2</TrackPoint></Track>"
         "</KinoveaVideoAnalysis>", "x;y;time"),
        ("#Kinovea Trajectory data export\n#T X Y\n\n# a\n0 1 2 3\n", "time, x and y"),
        ("Time,C7/0/X,C7/0/Y\n1,2\n", "2 cells"),
        ('Time,C7/0/X,C7/0/Y\n"' + 200_000 * "1" + "\n", "no whole table"),
        ("Time,C7/0/X,C7/0/Y\n1,x,2\n", "'x' was found"),
    ],
)  # fmt: skip
def test_what_is_damaged_is_one_sentence(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "a.kva").write_text(content)
    with pytest.raises(SourceError, match=said):
        read_kinovea(tmp_path / "a.kva")
