"""Sensor files made from a known history of turns come back within one degree."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from backline.errors import MissingExtraError, NotMeasurableError, SourceError, UsageError
from backline.model.measurement import Measured
from backline.model.posture import ELSEWHERE
from backline.pipeline import analyze
from backline.sources.imu.session import place_of
from backline.sources.registry import SourceOptions, open_source, reader_of
from tests.sources.imu.sensors import (
    REPS,
    SACRUM,
    T12,
    Y_UP,
    Lift,
    Mount,
    lift,
    orientation,
    readings,
    write_dot,
    write_mt,
    write_opensense,
    wxyz,
)

LOST = tuple(i for i in range(len(lift().time_s)) if i % 17 == 5)
"""Single packets, one in seventeen."""


def folder(path: Path, made: Lift, kind: str, *, lost: tuple[int, ...] = ()) -> Path:
    sacrum, t12 = replace(SACRUM, lost=lost), replace(T12, lost=lost)
    for name, turn, mount in (("sacrum", made.pelvis, sacrum), ("lift_T12", made.trunk, t12)):
        if kind.startswith("dot"):
            write_dot(path / f"{name}.csv", made.time_s, turn, mount, kind.split()[1])
        else:
            _, sort, clock = kind.split()
            write_mt(
                path / f"{name}.txt", made.time_s, turn, mount, clock=clock == "clock", kind=sort
            )
    return path


def worst(measured: Measured, made: Lift) -> dict[str, float]:
    p = measured.posture
    start = made.time_s[0] - p.time_s[0]
    truth = {"lumbar": made.lumbar, "pelvis": made.pelvis, "trunk": made.trunk}
    got = {
        "lumbar": p.lumbar_flexion_deg,
        "pelvis": p.pelvic_tilt_deg,
        "trunk": p.trunk_lean_deg,
    }
    return {
        name: float(
            np.nanmax(np.abs(got[name] - np.interp(p.time_s + start, made.time_s, truth[name])))
        )
        for name in truth
    }


@pytest.mark.parametrize("lost", [(), LOST], ids=["whole", "lost packets"])
@pytest.mark.parametrize(
    "kind",
    [
        "dot quat",
        "dot euler",
        "dot raw",
        "mt mat clock",
        "mt quat counter",
        "mt raw counter",
    ],
)
def test_every_format_comes_back_within_a_degree(
    tmp_path: Path, kind: str, lost: tuple[int, ...]
) -> None:
    # headings drift by 1 degree a second and clock or counter wrap on the way
    made = lift()
    measured = open_source(folder(tmp_path, made, kind, lost=lost))
    assert measured.source.kind == "imu"
    for name, error in worst(measured, made).items():
        assert error < 1.0, name
    assert measured.posture.measurable.mean() > 0.98
    assert ("VQF" in str(measured.settings.get("fusion"))) == ("raw" in kind)
    assert ("packets_lost" in [r.code for r in measured.quality.reasons]) == bool(lost)


def test_opensense_comes_back_with_the_hip_of_a_thigh_sensor(tmp_path: Path) -> None:
    made = lift()
    path = write_opensense(tmp_path / "orientations.sto", made)
    assert reader_of(path).name == "inertial sensors, OpenSense"
    measured = open_source(path)
    assert max(worst(measured, made).values()) < 1.0
    hip = measured.posture.hip_flexion_deg - (made.thigh + made.pelvis)
    assert np.nanmax(np.abs(hip)) < 1.5


def generic(path: Path, made: Lift, turn: np.ndarray, mount: Mount, rate: float) -> Path:
    time_s = np.arange(made.time_s[0], made.time_s[-1], 1 / rate)
    values = wxyz(orientation(time_s, np.interp(time_s, made.time_s, turn), mount))
    lines = ["ms,a,b,c,d"]
    lines += [",".join(map(repr, [1e3 * t, *row])) for t, row in zip(time_s, values, strict=True)]
    path.write_text("\n".join(lines))
    return path


def listed(path: Path, more: str = "") -> Path:
    path.write_text(
        f"[sensors]\nsacrum = 'one.csv'\nt12 = 'two.csv'\n{more}\n[columns]\ntime = 'ms'\n"
        "time_unit = 'ms'\nquaternion = ['a', 'b', 'c', 'd']\n"
    )
    return path


def test_any_csv_is_read_by_a_list_of_its_columns_at_different_rates(tmp_path: Path) -> None:
    made = lift()
    generic(tmp_path / "one.csv", made, made.pelvis, SACRUM, 60.0)
    generic(tmp_path / "two.csv", made, made.trunk, T12, 104.0)
    measured = open_source(listed(tmp_path / "lift.toml"))
    assert max(worst(measured, made).values()) < 1.0


def test_gyroscope_in_radians_and_acceleration_in_g_are_read_by_their_units(tmp_path: Path) -> None:
    made = lift()
    for name, turn, mount in (("one", made.pelvis, SACRUM), ("two", made.trunk, T12)):
        gyro, acc = readings(made.time_s, turn, mount)
        rows = np.column_stack([made.time_s, gyro, acc / 9.81])
        text = "\n".join(["t,p,q,r,x,y,z", *(",".join(map(repr, row)) for row in rows.tolist())])
        (tmp_path / f"{name}.csv").write_text(text)
    toml = tmp_path / "lift.toml"
    toml.write_text(
        "[sensors.sacrum]\nfile = 'one.csv'\n[sensors.t12]\nfile = 'two.csv'\n[columns]\n"
        "time = 't'\ngyro = ['p', 'q', 'r']\nacc = ['x', 'y', 'z']\ngyro_unit = 'rad/s'\n"
    )
    assert max(worst(open_source(toml), made).values()) < 1.0


@pytest.mark.parametrize(("late_s", "more"), [(400.0, ""), (1.7, "align = true")])
def test_clocks_that_differ_are_aligned_and_said(tmp_path: Path, late_s: float, more: str) -> None:
    made = lift()
    late = replace(made, time_s=made.time_s + late_s)
    generic(tmp_path / "one.csv", made, made.pelvis, SACRUM, 60.0)
    generic(tmp_path / "two.csv", late, late.trunk, T12, 60.0)
    measured = open_source(listed(tmp_path / "lift.toml", more))
    reason = next(r for r in measured.quality.reasons if r.code == "clocks_aligned")
    assert f"{-late_s:.1f}" in reason.text or f"{-late_s:.2f}" in reason.text
    assert worst(measured, made)["lumbar"] < 2.0


def test_a_long_gap_stays_empty_and_is_said(tmp_path: Path) -> None:
    made = lift()
    gone = tuple(range(300, 390))
    measured = open_source(folder(tmp_path, made, "dot quat", lost=gone))
    t = measured.posture.time_s - measured.posture.time_s[0]
    assert np.isfinite(measured.posture.lumbar_flexion_deg[t < 4.9]).all()
    assert not ((t > 5.01) & (t < 6.49)).any()  # frames are the sacrum's own packets
    write_dot(tmp_path / "sacrum.csv", made.time_s, made.pelvis, SACRUM)
    p = open_source(tmp_path).posture
    inside = (p.time_s - p.time_s[0] > 5.05) & (p.time_s - p.time_s[0] < 6.45)
    assert set(p.reason[inside]) == {"sensor_gap"}
    assert np.isnan(p.lumbar_flexion_deg[inside]).all()
    assert worst(open_source(tmp_path), made)["lumbar"] < 1.0


def test_after_a_gap_in_fused_data_the_uncertainty_is_doubled(tmp_path: Path) -> None:
    made = lift()
    measured = open_source(folder(tmp_path, made, "dot raw", lost=tuple(range(300, 390))))
    p = measured.posture
    t = p.time_s - p.time_s[0]
    standing, after = p.lumbar_flexion_sd_deg[t < 2.0], p.lumbar_flexion_sd_deg[(t > 7.1) & (t < 8)]
    assert np.nanmin(after) > 1.5 * np.nanmax(standing)


def test_own_standing_is_given_as_seconds(tmp_path: Path) -> None:
    made = lift()
    path = write_opensense(tmp_path / "a.sto", made)
    measured = open_source(path, SourceOptions(standing=(0.5, 2.5)))
    assert measured.posture.standing.method == "given"
    assert worst(measured, made)["lumbar"] < 1.0


def test_sensors_of_a_lifter_who_is_never_still_are_measured_from_the_lockouts(
    tmp_path: Path,
) -> None:
    """Reps of 1.8 s without a pause; the low back rounds by 20 degrees below, none above."""
    time_s = np.arange(0.0, 15.0, 1 / 60.0)
    depth = np.sin(np.pi * time_s / 1.8) ** 2
    made = Lift(time_s, 45.0 * depth, 45.0 * depth + 20.0 * depth**2, 70.0 * depth)
    measured = open_source(write_opensense(tmp_path / "a.sto", made))
    reference = measured.posture.reference
    assert measured.quality.verdict == "limited"
    assert "reference_lockouts" in [r.code for r in measured.quality.reasons]
    assert (reference.kind, measured.posture.standing.method) == ("lockouts", "none")
    assert len(reference.spans) >= 3
    assert worst(measured, made)["lumbar"] < 2.0


def test_own_standing_is_another_recording_of_sensors_and_no_video(tmp_path: Path) -> None:
    made = lift()
    path = write_opensense(tmp_path / "a.sto", made)
    measured = open_source(path, SourceOptions(standing=path))
    assert measured.posture.standing == ELSEWHERE
    clip = tmp_path / "standing.mp4"
    clip.write_bytes(b"\0\0\0\x18ftypmp42" + b"\0" * 100)
    with pytest.raises(
        SourceError, match=r"the standing reference of inertial sensors.*as video of a lift"
    ):
        open_source(path, SourceOptions(standing=clip))


def test_a_recording_without_a_bow_is_refused(tmp_path: Path) -> None:
    made = lift()
    still = replace(made, pelvis=made.pelvis / 20, trunk=made.trunk / 20)
    with pytest.raises(NotMeasurableError, match="bend forward"):
        open_source(folder(tmp_path, still, "dot quat"))


def test_a_missing_sensor_is_named(tmp_path: Path) -> None:
    made = lift()
    path = write_dot(tmp_path / "sacrum.csv", made.time_s, made.pelvis, SACRUM)
    with pytest.raises(NotMeasurableError, match="no sensor for t12"):
        open_source(tmp_path)
    with pytest.raises(UsageError, match="give the folder"):
        open_source(path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[sensors]\nneck = 'a.csv'\n", "place 'neck'"),
        ("[sensors]\nsacrum = 3\n", "names no file"),
        ("[sensors.sacrum]\nfile = 'one.csv'\n[columns]\ntime = 'ms'\n", "columns ms"),
    ],
)
def test_a_wrong_list_is_told(tmp_path: Path, text: str, told: str) -> None:
    made = lift()
    generic(tmp_path / "one.csv", made, made.pelvis, SACRUM, 60.0)
    (tmp_path / "lift.toml").write_text(text)
    with pytest.raises(UsageError, match=told):
        open_source(tmp_path / "lift.toml")


def test_damaged_files_are_told_by_line(tmp_path: Path) -> None:
    made = lift()
    path = folder(tmp_path, made, "dot quat") / "sacrum.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:50], lines[50].replace("0", "x", 1), *lines[51:]]))
    with pytest.raises(SourceError, match="line 51"):
        open_source(tmp_path)
    path.write_text("\n".join(lines[:4]))
    with pytest.raises(SourceError, match="PacketCounter"):
        open_source(tmp_path)
    path.write_text("\n".join([*lines[:-1], lines[-1][:20]]))  # cut off in its last line
    assert worst(open_source(tmp_path), made)["lumbar"] < 1.0


def test_quaternions_that_are_none_are_told(tmp_path: Path) -> None:
    made = lift()
    generic(tmp_path / "two.csv", made, made.trunk, T12, 60.0)
    rows = [f"{1000 * t},{10 * t},3,4,5" for t in made.time_s]
    (tmp_path / "one.csv").write_text("\n".join(["ms,a,b,c,d", *rows]))
    with pytest.raises(SourceError, match="no unit quaternions"):
        open_source(listed(tmp_path / "lift.toml"))


@pytest.mark.parametrize(
    ("name", "place"),
    [("Lift_S2_00B4", "sacrum"), ("T12", "t12"), ("pelvis_imu", "sacrum"), ("torso_imu", "t12"),
     ("femur_r_imu", "thigh"), ("set2_left", ""), ("t120", "")],
)  # fmt: skip
def test_names_tell_where_a_sensor_sat(name: str, place: str) -> None:
    assert place_of(name) == place


def test_sensors_give_the_same_findings_as_any_source(tmp_path: Path) -> None:
    result = analyze(write_opensense(tmp_path / "a.sto", lift()), lift="squat")
    assert len(result.reps) == REPS
    assert {f.where for f in result.findings if f.kind == "rounding"} == {"bottom"}
    assert result.findings[0].size_deg == pytest.approx(20.0, abs=1.5)


WORLDS = {
    "sensors' own": (None, (0, 1, 2, 3)),
    "OpenSim's, y up": (Y_UP, (0, 1, 2, 3)),
    "x, y, z, w": (None, (1, 2, 3, 0)),
    "x, y, z, w and y up": (Y_UP, (1, 2, 3, 0)),
}


@pytest.mark.parametrize("heading", [0.0, 30.0, 45.0, 90.0, 160.0])
@pytest.mark.parametrize("kind", WORLDS)
def test_the_bow_tells_which_axis_is_up_and_where_w_stands(
    tmp_path: Path, kind: str, heading: float
) -> None:
    # 10.1 and 18.6 degrees for 20 were read from the second and the third
    made = lift()
    world, order = WORLDS[kind]
    turned = Rotation.from_euler("z", heading, degrees=True)
    path = write_opensense(
        tmp_path / "a.sto", made, turned if world is None else world * turned, order
    )
    measured = open_source(path)
    assert max(worst(measured, made).values()) < 1.0
    codes = [r.code for r in measured.quality.reasons]
    assert ("orientation_told" in codes) == (measured.quality.verdict == "limited")


def test_an_order_of_axes_that_no_bow_fits_is_asked_for(tmp_path: Path) -> None:
    made = lift()
    path = write_opensense(tmp_path / "a.sto", made, order=(2, 0, 3, 1))
    with pytest.raises(NotMeasurableError, match=r'write order = "wxyz"'):
        open_source(path)


def test_the_world_may_be_named_in_a_mapping_file(tmp_path: Path) -> None:
    made = lift()
    path = write_opensense(tmp_path / "a.sto", made, Y_UP, (1, 2, 3, 0))
    mapping = tmp_path / "m.toml"
    mapping.write_text('[orientation]\nup = "y"\norder = "xyzw"\n')
    measured = open_source(path, SourceOptions(mapping=mapping))
    assert max(worst(measured, made).values()) < 1.0
    assert measured.quality.verdict == "ok"
    mapping.write_text('[orientation]\nup = "x"\n')
    with pytest.raises(UsageError, match=r"table \[orientation\]"):
        open_source(path, SourceOptions(mapping=mapping))


def test_one_file_given_twice_is_no_pair_of_sensors(tmp_path: Path) -> None:
    made = lift()
    write_dot(tmp_path / "sacrum.csv", made.time_s, made.pelvis, SACRUM)
    write_dot(tmp_path / "t12.csv", made.time_s, made.pelvis, SACRUM)
    with pytest.raises(NotMeasurableError, match="hold the same recording"):
        open_source(tmp_path)


def test_two_files_for_one_place_are_asked_about(tmp_path: Path) -> None:
    made = lift()
    folder(tmp_path, made, "dot quat")
    write_dot(tmp_path / "sacrum_old.csv", made.time_s, made.trunk, SACRUM)
    with pytest.raises(NotMeasurableError, match=r"two sensors for sacrum.*sacrum_old"):
        open_source(tmp_path)


GONE = slice(400, 430)
"""Half a second within the first bend."""


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        ("quat", ["0"] * 4),
        ("quat", ["9999999"] * 4),
        ("quat", ["-nan(ind)"] * 4),
        ("quat", ["1", "0", "0", "0"]),
        ("euler", ["0"] * 3),
        ("euler", ["NULL"] * 3),
        ("raw", ["0"] * 6),
    ],
)
def test_readings_that_mark_nothing_are_a_gap(tmp_path: Path, kind: str, cells: list[str]) -> None:
    made = lift()
    path = folder(tmp_path, made, f"dot {kind}") / "lift_T12.csv"
    lines = path.read_text().splitlines()
    for row in range(5 + GONE.start, 5 + GONE.stop):
        lines[row] = ",".join([*lines[row].split(",")[:2], *cells])
    path.write_text("\n".join(lines))
    measured = open_source(tmp_path)
    assert set(measured.posture.reason[402:428]) == {"sensor_gap"}
    assert measured.posture.measurable.sum() >= len(made.time_s) - 33
    assert worst(measured, made)["lumbar"] < 1.0


def part(made: Lift, keep: np.ndarray) -> Lift:
    return Lift(*(getattr(made, name)[keep] for name in ("time_s", "pelvis", "trunk", "thigh")))


@pytest.mark.parametrize("kind", ["sensors' own", "OpenSim's, y up"])
def test_standing_without_a_bow_in_a_recording_of_its_own(tmp_path: Path, kind: str) -> None:
    # the lift begins bent, and its stillest moment is the pause below the first bend's middle
    made = lift()
    world, order = WORLDS[kind]
    quiet = write_opensense(tmp_path / "quiet.sto", part(made, made.time_s < 2.5), world, order)
    bent = part(made, (made.time_s > 4.0) & (made.time_s < 17.0))
    path = write_opensense(tmp_path / "lift.sto", bent, world, order)
    measured = open_source(path, SourceOptions(standing=quiet))
    assert measured.posture.standing == ELSEWHERE
    assert max(worst(measured, bent).values()) < 1.0


def test_standing_is_not_the_stillest_moment_of_the_lift(tmp_path: Path) -> None:
    # all of the lift is leaned by 25 degrees of trunk and 15 of pelvis more than standing
    made = lift()
    leaned = replace(made, pelvis=made.pelvis + 15.0, trunk=made.trunk + 25.0)
    quiet = write_opensense(tmp_path / "quiet.sto", part(made, made.time_s < 2.5))
    path = write_opensense(tmp_path / "lift.sto", leaned)
    measured = open_source(path, SourceOptions(standing=quiet))
    assert max(worst(measured, leaned).values()) < 1.0


def opensense_rows(folder: Path, edit: Callable[[list[str]], list[str]]) -> Path:
    path = write_opensense(folder / "a.sto", lift())
    lines = path.read_text().splitlines()
    for row in range(6 + GONE.start, 6 + GONE.stop):
        lines[row] = "\t".join(edit(lines[row].split("\t")))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("sensors", ["one", "all"])
@pytest.mark.parametrize("cell", ["0,0,0,0", "nan,nan,nan,nan", "9999999,9999999,9999999,9999999",
                                  "0.5,0,0,0", "", "NaN"])  # fmt: skip
def test_orientations_of_opensense_that_mark_nothing_are_a_gap(
    tmp_path: Path, cell: str, sensors: str
) -> None:
    # they were taken for turns of the forward bend, and the axis that is up was asked for
    def edit(cells: list[str]) -> list[str]:
        return [cells[0], *([cell] * 3 if sensors == "all" else [cells[1], cell, cells[3]])]

    made = lift()
    measured = open_source(opensense_rows(tmp_path, edit))
    assert set(measured.posture.reason[402:428]) == {"sensor_gap"}
    assert measured.posture.measurable.sum() >= len(made.time_s) - 33
    assert worst(measured, made)["lumbar"] < 1.0


@pytest.mark.parametrize("mark", [";", " ", "\t\t"])
def test_opensense_parted_by_other_marks_gives_the_same(tmp_path: Path, mark: str) -> None:
    made = lift()
    path = write_opensense(tmp_path / "a.sto", made)
    if mark == "\t\t":  # one more at the end of each row
        path.write_text(path.read_text().replace("\n", "\t\n"))
    else:
        path.write_text(path.read_text().replace("\t", mark))
    assert max(worst(open_source(path), made).values()) < 1.0


def test_opensense_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    made = lift()
    path = write_opensense(tmp_path / "a.sto", made)
    path.write_text(path.read_text()[:-40])
    measured = open_source(path)
    assert len(measured.posture) == len(made.time_s) - 1
    assert worst(measured, made)["lumbar"] < 1.0


@pytest.mark.parametrize(("packets", "told"), [(6, "holds 6 packets"), (25, "forward bend")])
def test_a_recording_of_a_moment_is_told(tmp_path: Path, packets: int, told: str) -> None:
    # shorter than the half second of standing, it ended in a fault of NumPy's
    folder(tmp_path, part(lift(), np.arange(len(lift().time_s)) < packets), "dot quat")
    with pytest.raises((SourceError, NotMeasurableError), match=told):
        open_source(tmp_path)


def test_a_missing_fusion_is_told_with_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vqf", None)
    with pytest.raises(MissingExtraError, match=r"'sensors'.*\[sensors\]"):
        open_source(folder(tmp_path, lift(), "dot raw"))
