"""A laboratory's markers against a film of the same lift: one command, whatever the laboratory.

The film is rendered and its markers are those of the rendered body; the real lift is the stoop of
the folder ``shared``, of which there is no film.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from backline.cli.app import run
from backline.formats.c3d import C3d, write_c3d
from backline.formats.opensim import Markers, write_trc
from tests import rendered
from tests.sources.imu.sensors import SACRUM, T12, write_dot
from tests.sources.mocap import stoop
from tests.sources.mocap.marker_body import OPENCAP, UPRIGHT, Plan, body
from tests.sources.mocap.table_writers import motive, qualisys
from tests.sources.test_same_lift import phantom_markers

Write = Callable[[Path, Markers], Path]
LATE_S = 3.4
"""The laboratory's clock began so long before the film's."""


def vicon(path: Path, markers: Markers) -> Path:
    """Plug-in Gait's names in a C3D, millimetres, z up."""
    write_c3d(path.with_suffix(".c3d"), C3d(markers))
    return path.with_suffix(".c3d")


def opensim(path: Path, markers: Markers) -> Path:
    """OpenCap's names in a TRC, metres, y up."""
    names = tuple(OPENCAP.get(name, name) for name in markers.names)
    at = markers.positions @ UPRIGHT["+y"].T / 1000.0
    write_trc(path.with_suffix(".trc"), replace(markers, names=names, positions=at, unit="m"))
    return path.with_suffix(".trc")


def qualisys_lab(path: Path, markers: Markers) -> Path:
    """Sides behind the names in a TSV, millimetres, z up."""
    sided = {f"{s}{a}": f"{a}S_{s}" for s in "LR" for a in ("ASI", "PSI")}
    names = tuple(sided.get(name, name) for name in markers.names)
    return qualisys(path.with_suffix(".tsv"), replace(markers, names=names))


def motive_lab(path: Path, markers: Markers) -> Path:
    """A subject's prefix in a CSV, y up."""
    names = tuple(f"Anna_{name}" for name in markers.names)
    at = markers.positions @ UPRIGHT["+y"].T
    return motive(path.with_suffix(".csv"), replace(markers, names=names, positions=at))


LABORATORIES: dict[str, Write] = {
    "Vicon": vicon, "OpenSim": opensim, "Qualisys": qualisys_lab, "Motive": motive_lab,
}  # fmt: skip


def cut(whole: Markers, frames: slice | NDArray[np.bool_]) -> Markers:
    """Some frames of a recording."""
    return replace(whole, time_s=whole.time_s[frames], positions=whole.positions[frames])


def agreement(out: str) -> tuple[float, dict[str, tuple[float, float]]]:
    """Return the clock's offset, and bias and RMSE of each quantity, as the command prints them."""
    lines = out.splitlines()
    [clock] = [line for line in lines if line.startswith("B's clock moved by")]
    rows = [line.rsplit(None, 6) for line in lines if " to " in line]
    offset = float(clock.split()[4])
    return offset, {row[0].strip(): (float(row[2]), float(row[6])) for row in rows}


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result of the rendered film."""
    folder = tmp_path_factory.mktemp("film") / "result"
    rendered.worn_analysis().save(folder)
    return folder


@pytest.mark.parametrize("laboratory", LABORATORIES)
def test_markers_and_film_of_a_rendered_lift_agree(
    tmp_path: Path, filmed: Path, capsys: pytest.CaptureFixture[str], laboratory: str
) -> None:
    whole = phantom_markers()
    whole = replace(whole, time_s=whole.time_s + LATE_S)
    still = whole.time_s < LATE_S + rendered.WORN.standing_s
    write = LABORATORIES[laboratory]
    lift = write(tmp_path / "lift", whole)
    quiet = write(tmp_path / "quiet", cut(whole, still))
    assert run(["agree", str(lift), str(filmed), "--standing", str(quiet)]) == 0
    offset, found = agreement(capsys.readouterr().out)
    assert offset == pytest.approx(LATE_S, abs=0.15)
    # markers see the line from the sacrum to C7, which leans 0.9 of what the thorax turns
    bias, rmse = found["lumbar flexion"]
    assert abs(bias) < 2.0
    assert rmse < 3.0
    assert found["trunk lean"][1] < 6.0


def test_the_film_itself_may_be_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lift = vicon(tmp_path / "lift", phantom_markers())
    assert run(["agree", str(lift), str(rendered.worn_clip())]) == 0
    assert agreement(capsys.readouterr().out)[1]["lumbar flexion"][1] < 3.0


@pytest.mark.parametrize("laboratory", ["OpenSim", "Qualisys", "Motive"])
def test_a_real_lift_is_the_same_in_every_laboratorys_files(
    tmp_path: Path,
    shared_file: Callable[[str], Path],
    capsys: pytest.CaptureFixture[str],
    laboratory: str,
) -> None:
    real = stoop.load(shared_file)
    write = LABORATORIES[laboratory]
    lift, quiet = (write(tmp_path / n, m) for n, m in (("lift", real.lift), ("quiet", real.quiet)))
    command = ["agree", str(shared_file(stoop.LIFT)), str(lift), "--standing-b", str(quiet)]
    assert run([*command, "--standing", str(shared_file(stoop.QUIET))]) == 0
    found = agreement(capsys.readouterr().out)[1]
    assert np.abs([*found["lumbar flexion"], *found["pelvic tilt"]]).max() < 0.1


@pytest.mark.parametrize("laboratory", LABORATORIES)
def test_markers_and_sensors_of_a_planted_lift_agree(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], laboratory: str
) -> None:
    made = body(Plan(pelvis=40.0, lumbar=18.0))
    write = LABORATORIES[laboratory]
    # the laboratory starts recording when the lift does, and has the standing in a file of its own
    lift = write(tmp_path / "lift", cut(made.markers(), slice(100, 310)))
    quiet = write(tmp_path / "quiet", cut(made.markers(), slice(0, 60)))
    sensors = tmp_path / "sensors"
    sensors.mkdir()
    write_dot(sensors / "sacrum.csv", made.time_s + 2.0, 40.0 * made.depth, SACRUM)
    write_dot(sensors / "t12.csv", made.time_s + 2.0, 58.0 * made.depth, T12)
    assert run(["agree", str(lift), str(sensors), "--standing", str(quiet)]) == 0
    assert agreement(capsys.readouterr().out)[1]["lumbar flexion"][1] < 1.0
