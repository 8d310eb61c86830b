"""The real stoop lift as other programs write it: the same answer, or the frames withheld."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import ezc3d
import numpy as np
import pytest

from backline.errors import NotMeasurableError
from backline.formats.c3d import C3d, write_c3d
from backline.formats.opensim import write_trc
from backline.model.measurement import Measured
from backline.sources.registry import SourceOptions, open_source
from tests.sources.mocap import stoop as base
from tests.sources.mocap.marker_body import body
from tests.sources.mocap.stoop import Stoop

GAP = slice(80, 95)
"""Fifteen frames within the bend."""
MARKS = {
    "zeros": ["0.0"] * 3,
    "nines": ["9999999"] * 3,
    "short nines": ["9999.0"] * 3,
    "huge": ["1e10"] * 3,
    "NaN of Microsoft's C": ["-nan(ind)"] * 3,
    "old NaN of Microsoft's C": ["-1.#IND00"] * 3,
    "a database's": ["NULL"] * 3,
    "a spreadsheet's": ["#N/A"] * 3,
    "blanks": ["", "", ""],
    "spaces": ["  ", "  ", "  "],
    "infinity": ["inf", "-inf", "inf"],
    "one coordinate": ["12.5", "-nan", "200.0"],
}
"""What programs write for a marker that they lost."""


@pytest.fixture(scope="module")
def whole(shared_file: Callable[[str], Path]) -> Stoop:
    return base.load(shared_file)


@pytest.fixture
def stoop(whole: Stoop) -> Stoop:
    return whole.copy()


def lose(name: str, cells: list[str], stoop: Stoop) -> Callable[[str], str]:
    """Return an edit of a TRC's text that writes three cells for a marker in the gap."""
    column = 2 + 3 * stoop.lift.names.index(name)

    def edit(text: str) -> str:
        lines = text.split("\n")
        if len(lines) < 150:  # the standing
            return text
        for row in range(GAP.start, GAP.stop):
            row_cells = lines[6 + row].split("\t")
            row_cells[column : column + 3] = cells
            lines[6 + row] = "\t".join(row_cells)
        return "\n".join(lines)

    return edit


def codes(measured: Measured) -> list[str]:
    return [reason.code for reason in measured.quality.reasons]


@pytest.mark.parametrize("mark", MARKS)
def test_a_lost_c7_is_a_gap_whatever_marks_it(tmp_path: Path, stoop: Stoop, mark: str) -> None:
    paths = base.as_trc(tmp_path, stoop, lose("C7", MARKS[mark], stoop))
    measured = base.measure(*paths)
    base.check(measured, GAP)
    assert set(measured.posture.reason[GAP]) == {"marker_not_seen"}
    assert "C7 in 15 frames" in measured.quality.reasons[0].text


@pytest.mark.parametrize("name", ["LASI", "LPSI"])
def test_a_pelvis_marker_at_zero_is_put_back_from_the_other_three(
    tmp_path: Path, stoop: Stoop, name: str
) -> None:
    paths = base.as_trc(tmp_path, stoop, lose(name, MARKS["zeros"], stoop))
    measured = base.measure(*paths)
    base.check(measured)
    assert codes(measured) == ["pelvis_filled"]
    base.check_reps(*paths)


def test_a_knee_at_zero_gives_no_angle_and_no_false_one(tmp_path: Path, stoop: Stoop) -> None:
    paths = base.as_trc(tmp_path, stoop, lose("LKNE", MARKS["zeros"], stoop))
    left = open_source(paths[0], SourceOptions(standing=paths[1], side="left")).posture
    assert np.isnan(left.knee_flexion_deg[GAP]).all()
    assert np.nanmin(left.knee_flexion_deg) > -5
    base.check(base.measure(*paths))


@pytest.mark.parametrize("value", [0.0, 9999999.0, np.nan])
def test_a_lost_c7_of_a_c3d_is_a_gap(tmp_path: Path, stoop: Stoop, value: float) -> None:
    stoop.at("C7")[GAP] = value
    write_c3d(tmp_path / "lift.c3d", C3d(stoop.lift))
    write_c3d(tmp_path / "quiet.c3d", C3d(stoop.quiet))
    base.check(base.measure(tmp_path / "lift.c3d", tmp_path / "quiet.c3d"), GAP)


def test_c7_that_carries_another_markers_data_is_withheld(tmp_path: Path, stoop: Stoop) -> None:
    stoop.at("C7")[GAP] = stoop.at("CLAV")[GAP]
    measured = base.measure(*base.as_trc(tmp_path, stoop))
    base.check(measured, GAP)
    assert set(measured.posture.reason[GAP]) == {"implausible"}
    assert "C7 in 15 frames" in measured.quality.reasons[0].text


def test_c7_that_carries_anothers_data_to_the_end_is_withheld(tmp_path: Path, stoop: Stoop) -> None:
    stoop.at("C7")[100:] = stoop.at("CLAV")[100:]
    posture = base.measure(*base.as_trc(tmp_path, stoop)).posture
    assert not posture.measurable[100:].any()
    assert posture.measurable[:100].all()


@pytest.mark.parametrize("name", ["C7", "LASI", "RPSI"])
@pytest.mark.parametrize("off_mm", [80.0, 300.0])
def test_a_marker_that_jumps_is_withheld(
    tmp_path: Path, stoop: Stoop, name: str, off_mm: float
) -> None:
    stoop.at(name)[GAP] += np.array([off_mm, off_mm, -off_mm])
    measured = base.measure(*base.as_trc(tmp_path, stoop))
    base.check(measured, GAP if name == "C7" else slice(0, 0))
    assert codes(measured) == (["implausible"] if name == "C7" else ["pelvis_filled"])


def test_markers_that_drift_off_their_bone_are_withheld(tmp_path: Path, stoop: Stoop) -> None:
    # no jump: 200 mm within 40 frames and back, as a marker on a loose strap
    stoop.at("RPSI")[60:140] += 200 * np.sin(np.linspace(0, np.pi, 80))[:, None]
    measured = base.measure(*base.as_trc(tmp_path, stoop))
    # 200 mm would be 40 degrees; what is left is the 25 mm that skin may shift
    assert np.nanmax(measured.posture.pelvic_tilt_deg) < 68
    assert "pelvis_filled" in codes(measured)


def test_two_people_swapped_for_some_frames_are_withheld(tmp_path: Path, stoop: Stoop) -> None:
    for name in ("LASI", "RASI", "LPSI", "RPSI", "C7"):
        stoop.at(name)[GAP] += np.array([0.0, 900.0, 0.0])
    base.check(base.measure(*base.as_trc(tmp_path, stoop)), GAP)


def doubled(path: Path, stoop: Stoop, second: np.ndarray) -> Path:
    """Write a C3D with a second channel called C7."""
    whole = ezc3d.c3d()
    point = whole["parameters"]["POINT"]
    point["RATE"]["value"] = [50.0]
    point["UNITS"]["value"] = ["mm"]
    point["LABELS"]["value"] = [*stoop.lift.names, "C7"]
    data = np.concatenate([stoop.lift.positions, second[:, None]], axis=1).transpose(2, 1, 0)
    points = np.ones((4, *data.shape[1:]))
    points[:3] = data
    whole["data"]["points"] = points
    whole.write(str(path))
    return path


def test_two_channels_of_one_label_that_contradict_are_asked_about(
    tmp_path: Path, stoop: Stoop
) -> None:
    true, quiet = stoop.at("C7").copy(), base.as_trc(tmp_path, stoop)[1]
    stoop.at("C7")[:] = stoop.at("LSHO")
    path = doubled(tmp_path / "lift.c3d", stoop, true)
    measured = base.measure(path, quiet)
    assert measured.quality.verdict == "refused"
    assert "label_twice" in codes(measured)
    text = next(r.text for r in measured.quality.reasons if r.code == "label_twice")
    assert "2 channels are called C7 and lie up to" in text
    mapping = tmp_path / "m.toml"
    mapping.write_text('[markers]\nC7 = "C7_2"\n')
    names = tuple("C7_2" if name == "C7" else name for name in stoop.quiet.names)
    write_trc(quiet, replace(stoop.quiet, names=names))
    base.check(open_source(path, SourceOptions(standing=quiet, mapping=mapping)))


def test_two_channels_of_one_label_that_complete_each_other_are_one(
    tmp_path: Path, stoop: Stoop
) -> None:
    second = np.full_like(stoop.at("C7"), np.nan)
    second[90:] = stoop.at("C7")[90:]
    stoop.at("C7")[100:] = np.nan
    quiet = base.as_trc(tmp_path, stoop)[1]
    measured = base.measure(doubled(tmp_path / "lift.c3d", stoop, second), quiet)
    base.check(measured)
    assert measured.quality.verdict == "ok"


def test_a_pelvis_marker_given_twice_is_asked_about(tmp_path: Path) -> None:
    lifter = body()
    markers = lifter.markers()
    path = tmp_path / "lift.trc"
    moved = {**lifter.at, "RPSIX": lifter.at["LASI"] + 90.0}
    write_trc(path, replace(lifter, at=moved).markers())
    path.write_text(path.read_text().replace("RPSIX", "LASI"))
    with pytest.raises(NotMeasurableError, match="2 channels are called LASI"):
        open_source(path)
    assert len(markers.names) + 1 == len(moved)
