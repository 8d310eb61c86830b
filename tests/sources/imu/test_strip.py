"""A strip along the spine (FlexTail), whatever its columns are called, whichever way they grow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backline.errors import SourceError, UsageError
from backline.sources.imu.strip import open_strip
from backline.sources.registry import SourceOptions, open_source, reader_of
from tests.sources.imu.sensors import lift

PARTS = [f"angle_{k}" for k in range(1, 10)]


def strip(folder: Path, **changed: str) -> Path:
    """Write a lift as a strip of nine lumbar parts exports it, and the list of its columns."""
    said = {
        "file": '"flextail.csv"', "time": '"t"', "time_unit": '"ms"', "pelvis": '"pitch"',
        "lumbar": str(PARTS).replace("'", '"'), "forward": '"+"', "rounding": '"+"', **changed,
    }  # fmt: skip
    made = lift(50.0)
    forward = -1.0 if "-" in said["forward"] else 1.0
    rounding = -1.0 if "-" in said["rounding"] else 1.0
    factor = np.radians(1.0) if "rad" in said.get("unit", "") else 1.0
    share = np.linspace(0.5, 1.5, len(PARTS)) / len(PARTS)
    bent = made.lumbar[:, None] * share - 30.0 * share  # hollow in standing
    columns = np.concatenate(
        [1000 * made.time_s[:, None], factor * forward * (made.pelvis[:, None] + 12.0),
         factor * rounding * bent], axis=1,
    )  # fmt: skip
    rows = [",".join(f"{value:.4f}" for value in row) for row in columns]
    (folder / "flextail.csv").write_text("\n".join([",".join(["t", "pitch", *PARTS]), *rows]))
    lines = [f"{key} = {value}" for key, value in said.items() if value]
    (folder / "strip.toml").write_text("\n".join(["[strip]", *lines]))
    return folder / "strip.toml"


@pytest.mark.parametrize(
    "changed", [{}, {"forward": '"-"'}, {"rounding": '"-"'}, {"unit": '"rad"'},
                {"forward": '"-"', "rounding": '"-"'}]
)  # fmt: skip
def test_the_planted_lift_comes_back(tmp_path: Path, changed: dict[str, str]) -> None:
    path = strip(tmp_path, **changed)
    assert reader_of(path).id == "spine-strip"
    measured = open_source(path)
    truth = lift(50.0)
    assert measured.quality.verdict == "ok"
    np.testing.assert_allclose(measured.posture.lumbar_flexion_deg, truth.lumbar, atol=0.5)
    np.testing.assert_allclose(measured.posture.pelvic_tilt_deg, truth.pelvis, atol=0.5)


def test_own_standing_may_lie_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "still").mkdir()
    other = strip(tmp_path / "still")
    measured = open_source(strip(tmp_path), SourceOptions(standing=other))
    assert measured.settings["standing_from"] == "strip.toml"
    assert np.nanmax(measured.posture.lumbar_flexion_deg) == pytest.approx(20.0, abs=0.5)


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"forward": ""}, "forward and rounding"), ({"rounding": '"up"'}, "forward and rounding"),
     ({"pelvis": '"tilt"'}, "tilt was named"), ({"lumbar": '["l1", "r1"]'}, "raw readings"),
     ({"time_unit": '"h"'}, "time_unit"), ({"lumber": '"a"'}, "lumber"),
     ({"lumbar": "3"}, "lumbar")],
)  # fmt: skip
def test_a_list_that_does_not_fit_is_told(
    tmp_path: Path, changed: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        open_strip(strip(tmp_path, **changed))


@pytest.mark.parametrize("column", ["lumbar", "pelvis"])
def test_degrees_that_the_list_calls_radians_are_told(tmp_path: Path, column: str) -> None:
    # 20 degrees became 1146, of which whole turns were left out: 89 degrees of rounding
    path = strip(tmp_path)
    path.write_text(path.read_text() + '\nunit = "rad"\n')
    with pytest.raises(UsageError, match=r"change by \d+ degrees.*check unit"):
        open_source(path)


@pytest.mark.parametrize("cell", ["9999999", "NULL", "NaN", ""])
def test_cells_that_mark_nothing_are_a_gap(tmp_path: Path, cell: str) -> None:
    path = strip(tmp_path)
    lines = (tmp_path / "flextail.csv").read_text().splitlines()
    for row in range(1 + 400, 1 + 430):
        cells = lines[row].split(",")
        lines[row] = ",".join([*cells[:2], *[cell] * len(PARTS)])
    (tmp_path / "flextail.csv").write_text("\n".join(lines))
    posture = open_source(path).posture
    assert set(posture.reason[402:428]) == {"sensor_gap"}
    known = posture.measurable
    np.testing.assert_allclose(
        posture.lumbar_flexion_deg[known], lift(50.0).lumbar[known], atol=0.5
    )


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = strip(tmp_path)
    (tmp_path / "flextail.csv").unlink()
    with pytest.raises(SourceError, match="cannot be read"):
        open_source(path)
