"""What-if and sensitivity: known directions, published sizes, the figure and the verb."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backline.cli.app import run
from backline.errors import UsageError
from backline.loads import Body, Pose, sensitivity, what_if
from backline.loads.what_if import elsewhere, sweep
from backline.loads.what_if_figure import write_figure

POSE = Pose(40.0, 0.0, 100.0, Body(80.0, 1.78, "male"), "high_bar")


def test_each_interval_holds_the_value_itself() -> None:
    middle = what_if(lean_deg=40, load_kg=100, height_cm=178, sex="male").load
    for interval in sensitivity(POSE).values():
        low, high = interval.compression_n
        assert low <= middle["l5s1_compression_n"] <= high
        assert interval.moment_nm[0] <= middle["l5s1_moment_nm"] <= interval.moment_nm[1]


def test_two_degrees_of_lean_move_compression_by_1_to_2_percent_each() -> None:
    low, high = sensitivity(POSE)["trunk_lean"].compression_n
    assert (high - low) / (high + low) == pytest.approx(2 * 0.015, abs=0.015)


def test_three_centimetres_of_bar_move_the_moment_by_their_weight() -> None:
    low, high = sensitivity(POSE)["bar_place"].moment_nm
    assert high - low == pytest.approx(2 * 0.03 * 100 * 9.81)


def test_the_model_leaves_the_moment_alone_and_moves_compression_most() -> None:
    found = sensitivity(POSE)
    assert found["model"].moment_nm[0] == found["model"].moment_nm[1]
    widths = {cause: one.compression_n[1] - one.compression_n[0] for cause, one in found.items()}
    assert max(widths, key=lambda cause: widths[cause]) == "model"


def test_a_tuck_turns_the_pelvis_back_by_as_much_as_it_flexes_the_low_back() -> None:
    case = what_if(tuck_deg=9, lean_deg=5, load_kg=100)
    assert case.pelvic_tilt_deg == pytest.approx(-4)
    assert case.without.lumbar_flexion_deg == 0
    assert case.without.trunk_lean_deg == case.pose.trunk_lean_deg


def test_without_a_tuck_both_postures_are_the_same() -> None:
    case = what_if(lean_deg=30, load_kg=60)
    assert case.load == case.load_without


def test_more_load_and_more_lean_mean_more_compression() -> None:
    light, heavy = (what_if(lean_deg=30, load_kg=kg).load for kg in (60, 120))
    assert light["l5s1_compression_n"] < heavy["l5s1_compression_n"]
    over = sweep(what_if(load_kg=100), np.linspace(0, 50, 6))["l5s1_compression_n"]
    assert np.all(np.diff(over) > 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [("tuck_deg", 90.0), ("lean_deg", 300.0), ("load_kg", 2000.0), ("height_cm", 17.0)],
)
def test_an_impossible_value_is_refused(name: str, value: float) -> None:
    with pytest.raises(UsageError, match="expected"):
        what_if(**{name: value})


def test_the_figure_is_a_png_with_something_on_it(tmp_path: Path) -> None:
    path = tmp_path / "case.png"
    write_figure(what_if(tuck_deg=9, lean_deg=5, load_kg=100), path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert path.stat().st_size > 10_000


def test_the_verb_prints_a_table_and_writes_the_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.png"
    arguments = ["simulate", "--tuck", "9", "--load-kg", "100", "--lean", "5", "--out", str(path)]
    assert run(arguments) == 0
    shown = capsys.readouterr().out
    expected = what_if(tuck_deg=9, lean_deg=5, load_kg=100).load["l5s1_moment_nm"]
    assert f"{expected:.0f}" in shown
    assert "Compression, kN" in shown
    assert path.exists()


def test_the_bar_elsewhere_is_the_same_posture_with_that_place_alone_changed() -> None:
    case = what_if(tuck_deg=9, lean_deg=40, load_kg=100, bar_place="high_bar")
    others = elsewhere(case)
    assert set(others) == {"low_bar", "front", "overhead", "hands"}
    for place, load in others.items():
        own = what_if(tuck_deg=9, lean_deg=40, load_kg=100, bar_place=place)
        assert load == own.load
    moments = {place: load["l5s1_moment_nm"] for place, load in others.items()}
    assert moments["low_bar"] < case.load["l5s1_moment_nm"] < moments["front"]


def test_without_a_tuck_one_posture_is_shown_and_without_a_bar_no_place_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(tmp_path / "out.png")]
    assert run(["simulate", "--lean", "30", "--load-kg", "100", *out]) == 0
    shown = capsys.readouterr().out
    assert "No tuck" not in shown
    assert "low on the back: " in shown
    assert run(["simulate", "--lean", "30", "--tuck", "5", *out]) == 0
    shown = capsys.readouterr().out
    assert "No tuck" in shown
    assert "low on the back" not in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--load-kg", "2000"], "2000 kg"),
        (["--height-cm", "17"], "17 cm"),
        (["--tuck", "90"], "90 degrees"),
        (["--out", "figure.pdf"], "ends in .png"),
        (["--out", "no_such_folder/figure.png"], "not there"),
    ],
)
def test_the_verb_refuses_the_impossible_in_one_sentence(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert run(["simulate", *arguments]) == 2
    failed = capsys.readouterr().err
    assert said in failed
    assert failed.count("\n") == 1
    assert not list(tmp_path.iterdir())
