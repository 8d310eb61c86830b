"""What is wrong with a recording of markers is said in one sentence; what can be read is read."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from backline.errors import NotMeasurableError, SourceError, UsageError
from backline.formats.c3d import write_c3d
from backline.formats.opensim import Markers, write_trc
from backline.model.measurement import Measured
from backline.sources.mocap.source import read_markers
from backline.sources.registry import SourceOptions
from tests.sources.mocap.marker_body import Body, body


def measure(lifter: Body, path: Path, unit: str = "mm", mapping: Path | None = None) -> Measured:
    write_trc(path, lifter.markers(unit))
    return read_markers(path, SourceOptions(mapping=mapping))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lift.trc"


def codes(measured: Measured) -> list[str]:
    return [reason.code for reason in measured.quality.reasons]


@pytest.mark.parametrize(
    ("pairs", "named"),
    [
        (("ASI", "PSI"), "LASI and RASI, LPSI and RPSI"),  # the whole file mirrored
        (("ASI",), "LASI and RASI"),
        (("PSI",), "LPSI and RPSI"),
    ],
)
def test_swapped_sides_are_named_and_do_no_harm(
    path: Path, pairs: tuple[str, ...], named: str
) -> None:
    lifter = body()
    swap = {f"{a}{p}": f"{b}{p}" for p in pairs for a, b in (("L", "R"), ("R", "L"))}
    # the legs' markers stay where they are: the back alone is compared
    measured = measure(lifter.renamed(swap), path)
    assert codes(measured) == ["sides_swapped"]
    assert f"in {named} (" in measured.quality.reasons[0].text
    assert measured.quality.verdict == "limited"
    flexion = measured.posture.lumbar_flexion_deg
    np.testing.assert_allclose(flexion, 18.0 * lifter.depth, atol=0.25)


def test_front_and_back_swapped_is_refused_by_name(path: Path) -> None:
    swap = {f"{s}{a}": f"{s}{b}" for s in "LR" for a, b in (("ASI", "PSI"), ("PSI", "ASI"))}
    with pytest.raises(NotMeasurableError, match="LASI and RASI lie behind LPSI and RPSI"):
        measure(body().renamed(swap), path)


def test_without_feet_the_breast_bone_tells_front_from_back(path: Path) -> None:
    swap = {f"{s}{a}": f"{s}{b}" for s in "LR" for a, b in (("ASI", "PSI"), ("PSI", "ASI"))}
    feet = [f"{s}{n}" for s in "LR" for n in ("TOE", "HEE")]
    with pytest.raises(NotMeasurableError, match="changed places"):
        measure(body().renamed(swap).without(*feet), path)


@pytest.mark.parametrize("name", ["LASI", "RPSI"])
def test_a_missing_pelvis_marker_is_named(path: Path, name: str) -> None:
    role = {"LASI": "ASIS_left", "RPSI": "PSIS_right"}[name]
    with pytest.raises(NotMeasurableError, match=rf"no marker for {role};.*mapping file"):
        measure(body().without(name), path)


def test_a_pelvis_marker_that_is_never_seen_is_missing(path: Path) -> None:
    with pytest.raises(NotMeasurableError, match=r"never seen: LPSI"):
        measure(body().hidden("LPSI", slice(None)), path)


def test_without_c7_the_pelvis_is_given_and_the_low_back_refused(path: Path) -> None:
    lifter = body()
    measured = measure(lifter.without("C7"), path)
    assert measured.quality.verdict == "refused"
    assert any("no marker on C7" in r.text for r in measured.quality.reasons)
    assert not measured.posture.measurable.any()


def test_a_gap_stays_a_gap_and_names_the_marker(path: Path) -> None:
    lifter = body()
    measured = measure(lifter.hidden("C7", slice(150, 165)), path)
    posture = measured.posture
    assert np.isnan(posture.lumbar_flexion_deg[150:165]).all()
    assert not posture.measurable[150:165].any()
    assert set(posture.reason[150:165]) == {"marker_not_seen"}
    assert posture.measurable.sum() == len(posture) - 15
    beyond = np.r_[0:150, 165 : len(posture)]
    expected = 18.0 * lifter.depth[beyond]
    np.testing.assert_allclose(posture.lumbar_flexion_deg[beyond], expected, atol=0.6)
    assert "C7 in 15 frames" in measured.quality.reasons[0].text
    assert measured.quality.verdict == "limited"


@pytest.mark.parametrize("name", ["LASI", "RASI", "LPSI", "RPSI"])
def test_one_lost_pelvis_marker_is_put_back_from_the_other_three(path: Path, name: str) -> None:
    lifter = body()
    measured = measure(lifter.hidden(name, slice(170, 230)), path)
    posture = measured.posture
    np.testing.assert_allclose(posture.pelvic_tilt_deg, 40.0 * lifter.depth, atol=0.25)
    assert codes(measured) == ["pelvis_filled"]
    whole = measure(lifter, path).posture
    grown = posture.pelvic_tilt_sd_deg[200] / whole.pelvic_tilt_sd_deg[200]
    assert grown == pytest.approx(2.0, rel=0.02)


def test_two_lost_pelvis_markers_are_a_gap(path: Path) -> None:
    lifter = body().hidden("LASI", slice(170, 230)).hidden("RPSI", slice(170, 230))
    posture = measure(lifter, path).posture
    assert not posture.measurable[170:230].any()
    assert np.isnan(posture.pelvic_tilt_deg[170:230]).all()


@pytest.mark.parametrize(
    ("stated", "factor", "read_as"),
    [("m", 1.0, "mm"), ("mm", 0.001, "m"), ("mm", 0.1, "cm"), ("mm", 1 / 25.4, "in")],
)
def test_a_wrong_unit_is_put_right_and_said(
    path: Path, stated: str, factor: float, read_as: str
) -> None:
    lifter = body()
    measured = measure(lifter.moved(np.eye(3), factor), path, stated)
    assert codes(measured) == ["units_corrected"]
    text = measured.quality.reasons[0].text
    assert f"states {stated}" in text
    assert "LASI and RASI" in text
    assert measured.settings["unit"] == read_as
    np.testing.assert_allclose(measured.posture.lumbar_flexion_deg, 18.0 * lifter.depth, atol=0.25)


def test_a_size_that_fits_no_unit_is_refused(path: Path) -> None:
    with pytest.raises(SourceError, match=r"LASI and RASI lie 0\.72 mm apart"):
        measure(body().moved(np.eye(3), 0.003), path)


def test_pixels_are_refused(path: Path) -> None:
    with pytest.raises(SourceError, match="in pixels"):
        measure(body(), path, "px")


def test_two_people_in_one_file_are_refused(path: Path) -> None:
    lifter = body()
    names = {f"{who}:{n}": place for who in ("Anna", "Ben") for n, place in lifter.at.items()}
    with pytest.raises(NotMeasurableError, match=r"2 people \(Anna, Ben\)"):
        measure(Body(lifter.time_s, lifter.depth, lifter.plan, names), path)


def test_up_that_cannot_be_told_is_refused(path: Path) -> None:
    feet = [f"{s}{n}" for s in "LR" for n in ("ANK", "TOE", "HEE")]
    with pytest.raises(NotMeasurableError, match="which way is up"):
        measure(body().without("C7", *feet), path)


def test_times_that_do_not_rise_are_named_by_their_frame(path: Path) -> None:
    markers = body().markers()
    time_s = markers.time_s.copy()
    time_s[7] = time_s[5]
    write_trc(path, Markers(time_s, markers.names, markers.positions, "mm"))
    with pytest.raises(SourceError, match="frame 8: the time 0.1 s follows 0.12 s"):
        read_markers(path, SourceOptions())


def test_one_frame_is_no_movement(path: Path) -> None:
    markers = body().markers()
    write_trc(path, Markers(markers.time_s[:1], markers.names, markers.positions[:1], "mm"))
    with pytest.raises(SourceError, match="holds 1 frames"):
        read_markers(path, SourceOptions())


def test_a_block_of_nan_in_every_marker_is_a_gap(path: Path) -> None:
    lifter = body()
    for name in lifter.at:
        lifter = lifter.hidden(name, slice(300, 340))
    posture = measure(lifter, path).posture
    assert not posture.measurable[300:340].any()
    assert posture.measurable.sum() == len(posture) - 40


def test_a_trc_of_another_program_is_told_by_its_first_line(path: Path) -> None:
    path.write_text("NO_OF_FRAMES\t181\nNO_OF_CAMERAS\t8\nFREQUENCY\t50\n1\n2\n3\n")
    with pytest.raises(SourceError, match="line 1: 'PathFileType' was expected"):
        read_markers(path, SourceOptions())


def test_a_broken_cell_is_named_by_its_line(path: Path) -> None:
    write_trc(path, body().markers())
    lines = path.read_text().splitlines()
    lines[20] = lines[20].replace("\t", "\tx", 3)
    path.write_text("\n".join(lines))
    with pytest.raises(SourceError, match="line 21: 'x"):
        read_markers(path, SourceOptions())


def test_a_file_too_large_is_refused_unread(path: Path) -> None:
    with path.open("wb") as stream:
        stream.write(b"PathFileType\t4")
        os.truncate(stream.fileno(), 2 * 1024**3 + 1)  # takes no room on the disk
    with pytest.raises(SourceError, match="2.0 GiB"):
        read_markers(path, SourceOptions())


def test_a_cut_c3d_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = tmp_path / "whole.c3d"
    write_c3d(whole, body().c3d())
    content = whole.read_bytes()
    cut = tmp_path / "cut.c3d"
    cut.write_bytes(content[: len(content) * 3 // 4])
    measured = read_markers(cut, SourceOptions())
    assert "truncated" in codes(measured)
    assert len(measured.posture) < 0.8 * len(body().time_s)
    assert np.nanmax(measured.posture.lumbar_flexion_deg) == pytest.approx(18, abs=0.3)


def test_a_cut_trc_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "cut.trc"
    write_trc(path, body().markers())
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 3 // 4])
    measured = read_markers(path, SourceOptions())
    assert "truncated" in codes(measured)
    assert len(measured.posture) < 0.8 * len(body().time_s)
    assert np.nanmax(measured.posture.lumbar_flexion_deg) == pytest.approx(18, abs=0.3)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[markers]\nC8 = "C7"\n', "landmark 'C8', which is not known"),
        ('[markers]\nC7 = "C9"\n', "C7 is the marker 'C9'"),
        ('[marks]\nC7 = "C7"\n', r"no table \[markers\]"),
        ("[markers]\nC7 = 7\n", "C7 is the marker 7"),
        ("[markers\n", "cannot be read"),
    ],
)
def test_a_wrong_mapping_file_is_wrong_usage(
    path: Path, tmp_path: Path, text: str, told: str
) -> None:
    mapping = tmp_path / "map.toml"
    mapping.write_text(text)
    with pytest.raises(UsageError, match=told):
        measure(body(), path, mapping=mapping)


def test_a_missing_mapping_file_is_wrong_usage(path: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        measure(body(), path, mapping=tmp_path / "none.toml")


def test_a_video_is_no_own_standing_of_markers(tmp_path: Path) -> None:
    write_c3d(tmp_path / "lift.c3d", body().c3d())
    clip = tmp_path / "standing.mp4"
    clip.write_bytes(b"\0\0\0\x18ftypmp42" + b"\0" * 100)
    with pytest.raises(SourceError, match="is taken as video of a lift: give a .c3d or .trc"):
        read_markers(tmp_path / "lift.c3d", SourceOptions(standing=clip))
