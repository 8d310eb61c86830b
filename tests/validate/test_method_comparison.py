"""Two measurements whose difference is known agree as planted; their clocks are found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backline.cli.app import run
from backline.errors import NotMeasurableError
from backline.formats.c3d import write_c3d
from backline.validate.method_comparison import LIKELY_CORRELATION, compare, draw
from tests.sources.imu.sensors import SACRUM, T12, write_dot
from tests.sources.mocap.marker_body import Plan, body


def table(rate: float, late_s: float = 0.0, bias: float = 0.0, noise: float = 0.0) -> pd.DataFrame:
    """Three reps of 4 s, uneven in size so that only one lag fits."""
    t = np.arange(0.0, 20.0, 1 / rate)
    depth = sum(
        size * np.sin(np.pi * np.clip((t - at) / 4.0, 0, 1)) ** 2
        for at, size in ((2.0, 1.0), (7.0, 0.8), (13.0, 0.9))
    )
    low = 20.0 * depth + bias + noise * np.random.default_rng(1).standard_normal(len(t))
    return pd.DataFrame(
        {"time_s": t + late_s, "lumbar_flexion_deg": low, "trunk_lean_deg": 60.0 * depth}
    )


@pytest.mark.parametrize("late_s", [0.0, 0.483, -3.27, 1000.0])
def test_the_lag_between_two_clocks_is_found(late_s: float) -> None:
    found = compare(table(30.0), table(100.0, late_s))
    assert found.offset_s == pytest.approx(-late_s, abs=0.01)
    assert found.correlation > 0.999
    assert found.agreements["lumbar_flexion_deg"].rmse < 0.3


def test_bias_and_limits_are_those_planted() -> None:
    found = compare(table(60.0), table(60.0, bias=2.0, noise=1.5)).agreements
    lumbar = found["lumbar_flexion_deg"]
    assert lumbar.bias == pytest.approx(2.0, abs=0.15)
    assert lumbar.low == pytest.approx(2.0 - 1.96 * 1.5, abs=0.3)
    assert lumbar.high == pytest.approx(2.0 + 1.96 * 1.5, abs=0.3)
    assert found["trunk_lean_deg"].bias == pytest.approx(0.0, abs=0.05)


def test_only_a_part_in_common_is_enough_and_gaps_stay_out() -> None:
    part = table(60.0, late_s=5.0).iloc[380:].copy()  # the second and third rep
    part.loc[part.index[100:160], "lumbar_flexion_deg"] = np.nan
    found = compare(table(60.0), part)
    assert found.offset_s == pytest.approx(-5.0, abs=0.02)
    assert found.agreements["lumbar_flexion_deg"].n < found.agreements["trunk_lean_deg"].n
    assert found.shared_s == pytest.approx(20.0 - 380 / 60, abs=0.1)


def test_without_alignment_the_clocks_are_taken_as_they_are() -> None:
    found = compare(table(60.0), table(60.0, late_s=0.5), align=False)
    assert found.offset_s == 0.0
    assert found.agreements["lumbar_flexion_deg"].rmse > 3.0


def test_what_does_not_move_alike_is_refused() -> None:
    other = table(60.0)
    t = other["time_s"]
    for another in (10 * np.sin(5.0 * t), -other["trunk_lean_deg"], 3.0 * t):
        with pytest.raises(NotMeasurableError, match="do not move alike"):
            compare(table(60.0), other.assign(trunk_lean_deg=another))
    nothing = table(60.0).drop(columns="trunk_lean_deg")
    with pytest.raises(NotMeasurableError, match="--no-align"):
        compare(nothing, nothing)
    late = table(60.0, late_s=100.0)
    with pytest.raises(NotMeasurableError, match="share no frame"):
        compare(table(60.0), late, align=False)


def cut_short(low: float) -> pd.DataFrame:
    """Another lift at the same times: it bends no further than ``low`` of the way, and waits."""
    other = table(60.0)
    depth = other["trunk_lean_deg"] / 60.0
    return other.assign(trunk_lean_deg=60.0 * depth.clip(upper=low))


@pytest.mark.parametrize(("low", "doubted"), [(1.0, False), (0.3, True)])
@pytest.mark.parametrize("align", [True, False])
def test_two_that_hardly_move_alike_are_doubted(low: float, doubted: bool, align: bool) -> None:
    found = compare(table(60.0), cut_short(low), align=align)
    assert (found.correlation < LIKELY_CORRELATION) is doubted
    assert ("may not show the same lift" in found.doubt) is doubted


def test_the_doubt_is_printed_before_the_numbers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = {"a": table(60.0), "b": cut_short(0.3)}
    monkeypatch.setattr("backline.cli.agree._series", lambda path, *_: tables[path.name])
    assert run(["agree", "a", "b"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("Careful: the two may not show the same lift: they move alike with")
    assert run(["agree", "a", "a"]) == 0
    assert "Careful" not in capsys.readouterr().out


def test_clocks_that_are_not_one_are_doubted_where_they_are_taken_as_they_are() -> None:
    assert compare(table(60.0), table(60.0, late_s=1.0)).doubt == ""
    assert compare(table(60.0), table(60.0, late_s=1.0), align=False).doubt
    neither = table(60.0).drop(columns="trunk_lean_deg")
    assert compare(neither, neither, align=False).doubt == ""


def test_the_plot_is_drawn_for_every_shared_quantity(tmp_path: Path) -> None:
    path = draw(compare(table(30.0), table(60.0)), ("video", "sensors"), tmp_path / "a.png")
    assert path.read_bytes().startswith(b"\x89PNG")


def test_markers_and_sensors_of_one_lift_agree_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = body(Plan(pelvis=40.0, lumbar=18.0))
    write_c3d(tmp_path / "lift.c3d", made.c3d())
    sensors = tmp_path / "sensors"
    sensors.mkdir()
    late = made.time_s + 2.0
    write_dot(sensors / "sacrum.csv", late, 40.0 * made.depth, SACRUM)
    write_dot(sensors / "t12.csv", late, 58.0 * made.depth, T12)
    figure = tmp_path / "agree.png"
    arguments = ["agree", str(tmp_path / "lift.c3d"), str(sensors), "--figure", str(figure)]
    assert run(arguments) == 0
    out = capsys.readouterr().out
    row = next(line for line in out.splitlines() if line.startswith("lumbar flexion"))
    assert float(row.split()[-1]) < 1.0  # RMSE, degrees
    assert figure.is_file()
    assert run(["agree", str(tmp_path / "lift.c3d"), str(tmp_path / "none.csv")]) == 3


def test_a_result_takes_no_standing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "analysis.json").write_text("{}")
    assert run(["agree", str(tmp_path), str(tmp_path), "--standing", "0:1"]) == 2
    assert "is a result" in capsys.readouterr().err
