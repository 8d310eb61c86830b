"""OpenSim's angles: its signs are turned into ours; clamped hips and radians are noticed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backline.errors import NotMeasurableError, SourceError
from backline.formats.opensim import Motion, write_mot
from backline.model.measurement import Measured
from backline.sources.mocap.opensim_angles import clamped
from backline.sources.mocap.opensim_source import read_angles
from backline.sources.registry import SourceOptions, reader_of
from tests.sources.mocap.marker_body import go

TIME_S, DEPTH = go()
LEG_M = 0.85


def squat(knee_sign: float = 1.0, **changes: np.ndarray) -> Motion:
    """A squat in OpenSim's signs: pelvis 35 forward, lumbar 15 rounded, hip 110, knee 100."""
    knee, shank = np.radians(100 * DEPTH), np.radians(30 * DEPTH)
    sink = LEG_M * (1 - 0.5 * np.cos(shank) - 0.5 * np.cos(knee - shank))
    columns = {
        "pelvis_tilt": -2 - 35 * DEPTH,
        "pelvis_tx": 0.1 * DEPTH,
        "pelvis_ty": 0.95 - sink,
        "lumbar_extension": -5 - 15 * DEPTH,
        **{f"hip_flexion_{s}": 110 * DEPTH for s in "rl"},
        **{f"knee_angle_{s}": knee_sign * 100 * DEPTH for s in "rl"},
        **{f"ankle_angle_{s}": 30 * DEPTH for s in "rl"},
        **changes,
    }
    return Motion(TIME_S, tuple(columns), np.stack(list(columns.values()), axis=1))


def only(table: Motion, *names: str) -> Motion:
    values = np.stack([table.column(n) for n in names], axis=1)
    return Motion(table.time_s, names, values, in_degrees=table.in_degrees)


def measure(table: Motion, folder: Path, **options: object) -> Measured:
    write_mot(folder / "squat.mot", table)
    return read_angles(folder / "squat.mot", SourceOptions(**options))  # type: ignore[arg-type]


@pytest.mark.parametrize("knee_sign", [1.0, -1.0])  # Rajagopal's and Gait2392's knee
def test_opensims_signs_are_turned_into_ours(tmp_path: Path, knee_sign: float) -> None:
    posture = measure(squat(knee_sign), tmp_path).posture
    planted = {
        "pelvic_tilt_deg": 35,
        "lumbar_flexion_deg": 15,
        "trunk_lean_deg": 50,
        "hip_flexion_deg": 110,
        "knee_flexion_deg": 100,
        "ankle_dorsiflexion_deg": 30,
    }
    for name, size in planted.items():
        np.testing.assert_allclose(getattr(posture, name), size * DEPTH, atol=0.4, err_msg=name)
    assert posture.measurable.all()
    assert np.isnan(posture.lumbar_curve_deg).all()
    assert posture.motion.hip_height[0] == pytest.approx(1.0, abs=0.01)
    assert posture.motion.hip_height.min() == pytest.approx(0.6, abs=0.01)


def test_radians_that_say_so_are_read(tmp_path: Path) -> None:
    table = squat()
    turns = np.array([name not in ("pelvis_tx", "pelvis_ty") for name in table.columns])
    values = np.where(turns, np.radians(table.values), table.values)
    posture = measure(Motion(TIME_S, table.columns, values, in_degrees=False), tmp_path).posture
    np.testing.assert_allclose(posture.lumbar_flexion_deg, 15 * DEPTH, atol=0.4)


@pytest.mark.parametrize("with_height", [True, False])
def test_radians_marked_as_degrees_are_refused(tmp_path: Path, with_height: bool) -> None:
    table = squat()
    turns = np.array([name not in ("pelvis_tx", "pelvis_ty") for name in table.columns])
    table = Motion(TIME_S, table.columns, np.where(turns, np.radians(table.values), table.values))
    if not with_height:
        table = only(table, *(c for c in table.columns if c not in ("pelvis_tx", "pelvis_ty")))
    with pytest.raises(SourceError, match=r"inDegrees=yes.*are radians"):
        measure(table, tmp_path)


def test_quiet_standing_in_degrees_is_not_taken_for_radians(tmp_path: Path) -> None:
    quiet = squat()
    quiet = Motion(TIME_S, quiet.columns, np.tile(quiet.values[0], (len(TIME_S), 1)))
    rng = np.random.default_rng(0)
    sway = quiet.values + rng.normal(0, 0.1, quiet.values.shape) * (quiet.values != 0.95)
    write_mot(tmp_path / "quiet.mot", Motion(TIME_S, quiet.columns, sway))
    measured = measure(squat(), tmp_path, standing=tmp_path / "quiet.mot")
    assert measured.posture.standing.elsewhere
    flexion = measured.posture.lumbar_flexion_deg
    np.testing.assert_allclose(flexion, 15 * DEPTH, atol=0.5)


def test_long_names_of_opensim_4_are_shortened_and_speeds_left_out(tmp_path: Path) -> None:
    table = squat()
    long = tuple(f"/jointset/joint/{name}/value" for name in table.columns)
    speeds = tuple(f"/jointset/joint/{name}/speed" for name in table.columns)
    values = np.hstack([table.values, 1e3 + table.values])
    posture = measure(Motion(TIME_S, (*long, *speeds), values), tmp_path).posture
    np.testing.assert_allclose(posture.lumbar_flexion_deg, 15 * DEPTH, atol=0.4)


def test_a_hip_at_the_models_limit_is_warned_of_and_gives_no_false_wink(tmp_path: Path) -> None:
    free = 140 * DEPTH
    hip = np.minimum(free, 120.0)
    # the solver puts what the hip cannot give into the low back
    lumbar = -5 - (free - hip)
    table = squat(hip_flexion_r=hip, hip_flexion_l=hip, lumbar_extension=lumbar)
    measured = measure(table, tmp_path)
    at_limit = free >= 120
    assert measured.quality.reasons[0].code == "hip_clamped"
    assert "120 degrees" in measured.quality.reasons[0].text
    assert measured.quality.verdict == "limited"
    assert not measured.posture.measurable[at_limit].any()
    assert set(measured.posture.reason[at_limit]) == {"hip_clamped"}
    assert np.isnan(measured.posture.lumbar_flexion_deg[at_limit]).all()
    assert measured.posture.measurable[~at_limit].mean() > 0.9
    assert np.nanmax(measured.posture.knee_flexion_deg) == pytest.approx(100, abs=1)


@pytest.mark.parametrize(
    ("largest", "expected"),
    [(119.0, False), (120.0, True), (119.98, True), (125.0, False)],
)
def test_only_a_hip_that_stops_at_the_limit_is_clamped(largest: float, expected: bool) -> None:
    hip = np.minimum(150 * DEPTH, largest)
    assert clamped(squat(hip_flexion_r=hip)).any() == expected


def test_a_peak_that_just_touches_the_limit_is_no_clamp() -> None:
    hip = 110 * DEPTH
    hip[int(np.argmax(DEPTH))] = 120.0
    assert not clamped(squat(hip_flexion_r=hip)).any()


def test_without_lumbar_extension_the_low_back_is_refused(tmp_path: Path) -> None:
    table = squat()
    names = [name for name in table.columns if name != "lumbar_extension"]
    measured = measure(only(table, *names), tmp_path)
    assert measured.quality.verdict == "refused"
    assert any("lumbar_extension" in reason.text for reason in measured.quality.reasons)


def test_without_pelvis_tilt_the_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotMeasurableError, match=r"no column pelvis_tilt.*knee_angle_r"):
        measure(only(squat(), "knee_angle_r"), tmp_path)


def test_a_column_of_nan_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotMeasurableError, match="pelvis_tilt holds no number"):
        measure(squat(pelvis_tilt=np.full(len(TIME_S), np.nan)), tmp_path)


def test_a_block_of_nan_is_a_gap(tmp_path: Path) -> None:
    lumbar = -5 - 15 * DEPTH
    lumbar[180:200] = np.nan
    posture = measure(squat(lumbar_extension=lumbar), tmp_path).posture
    assert set(posture.reason[180:200]) == {"no_value"}
    assert posture.measurable.sum() == len(posture) - 20


def test_times_that_do_not_rise_are_named_by_their_row(tmp_path: Path) -> None:
    time_s = TIME_S.copy()
    time_s[3] = time_s[2]
    table = squat()
    with pytest.raises(SourceError, match="frame 4"):
        measure(Motion(time_s, table.columns, table.values), tmp_path)


def test_a_c3d_is_no_own_standing_of_angles(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"quiet\.c3d.*same model"):
        measure(squat(), tmp_path, standing=tmp_path / "quiet.c3d")


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.mot").touch()
    with pytest.raises(SourceError, match="is empty"):
        read_angles(tmp_path / "a.mot", SourceOptions())


def test_a_cut_table_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = measure(squat(), tmp_path)
    content = (tmp_path / "squat.mot").read_bytes()
    (tmp_path / "cut.mot").write_bytes(content[: len(content) * 3 // 4])
    measured = read_angles(tmp_path / "cut.mot", SourceOptions())
    assert [reason.code for reason in measured.quality.reasons] == ["truncated"]
    n = len(measured.posture)
    assert 0.6 * len(whole.posture) < n < len(whole.posture)
    np.testing.assert_allclose(
        measured.posture.lumbar_flexion_deg[: n - 50],
        whole.posture.lumbar_flexion_deg[: n - 50],
        atol=0.3,
    )


GAP = slice(180, 195)
"""Fifteen rows within the descent."""


def with_gap(folder: Path, column: str, cell: str) -> Measured:
    table = squat()
    path = folder / "squat.mot"
    write_mot(path, table)
    lines = path.read_text().splitlines()
    head = lines.index("endheader") + 2
    place = 1 + table.columns.index(column)
    for row in range(head + GAP.start, head + GAP.stop):
        cells = lines[row].split("\t")
        cells[place] = cell
        lines[row] = "\t".join(cells)
    path.write_text("\n".join(lines))
    return read_angles(path, SourceOptions())


def check_gap(measured: Measured, reason: str) -> None:
    posture = measured.posture
    assert set(posture.reason[GAP]) == {reason}
    assert posture.measurable.sum() == len(posture) - 15
    assert np.isnan(posture.lumbar_flexion_deg[GAP]).all()
    others = np.r_[0 : GAP.start, GAP.stop : len(posture)]
    np.testing.assert_allclose(posture.lumbar_flexion_deg[others], 15 * DEPTH[others], atol=0.6)


@pytest.mark.parametrize("cell", ["-nan(ind)", "9999999", "9999.0", "NULL", "1e20", "inf"])
@pytest.mark.parametrize("column", ["lumbar_extension", "pelvis_tilt"])
def test_what_marks_no_value_is_a_gap(tmp_path: Path, column: str, cell: str) -> None:
    check_gap(with_gap(tmp_path, column, cell), "no_value")


@pytest.mark.parametrize("cell", ["57", "-80", "500"])
@pytest.mark.parametrize("column", ["lumbar_extension", "pelvis_tilt"])
def test_an_angle_that_jumps_is_withheld(tmp_path: Path, column: str, cell: str) -> None:
    check_gap(with_gap(tmp_path, column, cell), "implausible")


def test_a_knee_that_jumps_is_left_out_and_said(tmp_path: Path) -> None:
    measured = with_gap(tmp_path, "knee_angle_r", "-64")
    assert np.nanmin(measured.posture.knee_flexion_deg) > -1
    assert "knee_angle_r in 15 rows" in measured.quality.reasons[0].text
    assert measured.posture.measurable.all()


def test_rows_of_zeros_alone_were_not_solved(tmp_path: Path) -> None:
    table = squat()
    table.values[GAP] = 0.0
    check_gap(measure(table, tmp_path), "no_value")


def test_degrees_that_the_header_calls_radians_are_read_as_degrees(tmp_path: Path) -> None:
    # 676 degrees of rounding were read from such a file
    table = squat()
    measured = measure(
        Motion(table.time_s, table.columns, table.values, in_degrees=False), tmp_path
    )
    assert [r.code for r in measured.quality.reasons] == ["units_corrected"]
    posture = measured.posture
    np.testing.assert_allclose(posture.lumbar_flexion_deg, 15 * DEPTH, atol=0.25)


def test_a_column_given_twice_is_one_where_it_says_the_same(tmp_path: Path) -> None:
    path = tmp_path / "squat.mot"
    table = squat()
    double = Motion(
        table.time_s,
        (*table.columns, "again"),
        np.column_stack([table.values, table.column("lumbar_extension")]),
    )
    write_mot(path, double)
    path.write_text(path.read_text().replace("again", "lumbar_extension"))
    posture = read_angles(path, SourceOptions()).posture
    np.testing.assert_allclose(posture.lumbar_flexion_deg, 15 * DEPTH, atol=0.25)
    write_mot(
        path, Motion(double.time_s, double.columns, double.values + np.arange(len(double.columns)))
    )
    path.write_text(path.read_text().replace("again", "lumbar_extension"))
    with pytest.raises(SourceError, match="two columns|2 columns 'lumbar_extension' that differ"):
        read_angles(path, SourceOptions())


LEVELS = ("L5_S1", "L4_L5", "L3_L4", "L2_L3", "L1_L2", "L1_T12")
SHARES = (0.125, 0.185, 0.204, 0.231, 0.155, 0.1)


def test_the_levels_of_the_lifting_full_body_model_are_summed(tmp_path: Path) -> None:
    table = squat()
    whole = table.column("lumbar_extension")
    others = [name for name in table.columns if name != "lumbar_extension"]
    names = (*others, *(f"{level}_Flex_Ext" for level in LEVELS))
    values = np.column_stack(
        [*(table.column(n) for n in others), *(share * whole for share in SHARES)]
    )
    measured = measure(Motion(table.time_s, names, values), tmp_path)
    assert measured.quality.verdict == "ok"
    np.testing.assert_allclose(measured.posture.lumbar_flexion_deg, 15 * DEPTH, atol=0.25)


def test_flex_extension_is_the_whole_lumbar_spine(tmp_path: Path) -> None:
    # the levels of Christophy's spine follow it, and must not be counted again
    table = squat()
    names = tuple(n.replace("lumbar_extension", "flex_extension") for n in table.columns)
    level = 0.185 * table.column("lumbar_extension")
    table = Motion(table.time_s, (*names, "L4_L5_FE"), np.column_stack([table.values, level]))
    posture = measure(table, tmp_path).posture
    np.testing.assert_allclose(posture.lumbar_flexion_deg, 15 * DEPTH, atol=0.25)


def commas(text: str) -> str:
    """The table parted by commas, as a spreadsheet saves it: the header's lines padded too."""
    head, _, table = text.partition("endheader\n")
    return "".join(
        f"{line},,,\n" for line in [*head.split("\n")[:-1], "endheader"]
    ) + table.replace("\t", ",")


def decimal_commas(text: str) -> str:
    head, mark, table = text.partition("endheader\n")
    return head + mark + table.replace(".", ",")


EDITS = {
    "commas": commas,
    "semicolons": lambda text: text.replace("\t", ";"),
    "decimal commas": decimal_commas,
    "semicolons and decimal commas": lambda text: decimal_commas(text).replace("\t", ";"),
    "blanks": lambda text: text.replace("\t", "    "),
    "blanks before the rows": lambda text: text.replace("\n0", "\n   0"),
    "a mark of UTF-8": lambda text: "\ufeff" + text,
    "Windows' line ends": lambda text: text.replace("\n", "\r\n"),
}


@pytest.mark.parametrize("kind", EDITS)
def test_a_table_written_another_way_gives_the_same(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "squat.mot"
    write_mot(path, squat())
    path.write_text(EDITS[kind](path.read_text()), newline="")
    assert reader_of(path).id == "opensim-angles"
    posture = read_angles(path, SourceOptions()).posture
    np.testing.assert_allclose(posture.lumbar_flexion_deg, 15 * DEPTH, atol=0.25)
    np.testing.assert_allclose(posture.pelvic_tilt_deg, 35 * DEPTH, atol=0.25)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_a_table_in_another_encoding_gives_the_same(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "squat.mot"
    write_mot(path, squat())
    text = path.read_text().replace("Coordinates", "Kniebeuge für Anna")
    path.write_bytes(text.encode(encoding))
    posture = read_angles(path, SourceOptions()).posture
    np.testing.assert_allclose(posture.lumbar_flexion_deg, 15 * DEPTH, atol=0.25)


def test_a_level_of_the_lumbar_spine_that_is_lacking_is_told(tmp_path: Path) -> None:
    # the sum of the others is too small
    table = squat()
    whole = table.column("lumbar_extension")
    others = [name for name in table.columns if name != "lumbar_extension"]
    kept = [(level, share) for level, share in zip(LEVELS, SHARES, strict=True) if level != "L2_L3"]
    names = (*others, *(f"{level}_Flex_Ext" for level, _ in kept))
    values = np.column_stack(
        [*(table.column(n) for n in others), *(share * whole for _, share in kept)]
    )
    measured = measure(Motion(table.time_s, names, values), tmp_path)
    assert measured.quality.verdict == "refused"
    assert "lacks a column for L2_L3" in measured.quality.reasons[0].text
    assert np.nanmax(measured.posture.pelvic_tilt_deg) == pytest.approx(35, abs=0.5)


def test_a_blank_in_a_name_of_a_column_is_no_separator(tmp_path: Path) -> None:
    path = tmp_path / "squat.mot"
    write_mot(path, squat())
    path.write_text(path.read_text().replace("knee_angle_l", "knee angle l"))
    posture = read_angles(path, SourceOptions()).posture
    np.testing.assert_allclose(posture.lumbar_flexion_deg, 15 * DEPTH, atol=0.25)


def test_a_standing_without_the_lumbar_joint_is_told_in_opensims_words(tmp_path: Path) -> None:
    quiet = squat()
    names = tuple(name for name in quiet.columns if name != "lumbar_extension")
    still = only(quiet, *names)
    write_mot(tmp_path / "quiet.mot", Motion(still.time_s[:60], names, still.values[:60]))
    with pytest.raises(NotMeasurableError, match=r"quiet\.mot'.*lumbar joints in OpenSim's"):
        measure(squat(), tmp_path, standing=tmp_path / "quiet.mot")
