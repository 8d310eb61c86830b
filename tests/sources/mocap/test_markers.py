"""Markers with planted angles come back as those angles, however the file is laid out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backline.errors import NotMeasurableError, UsageError
from backline.formats.c3d import C3dEvent, write_c3d
from backline.formats.opensim import write_trc
from backline.model.measurement import Measured
from backline.reps.lockout_reference import LOCKOUT_PRIOR_DEG
from backline.sources.mocap.source import read_markers
from backline.sources.registry import SourceOptions
from tests.sources.mocap.marker_body import OPENCAP, UPRIGHT, Body, Plan, body, yaw

# The 4 Hz filter takes next to nothing from a way of 2 s; C3D keeps single precision.
NEAR_DEG = 0.25

Measure = Callable[..., Measured]


@pytest.fixture
def measure(tmp_path: Path) -> Measure:
    """Write a body as a file and measure it."""

    def run(lifter: Body, kind: str = "trc", unit: str = "mm", **options: object) -> Measured:
        path = tmp_path / f"lift.{kind}"
        if kind == "c3d":
            write_c3d(path, lifter.c3d(unit))
        else:
            write_trc(path, lifter.markers(unit))
        return read_markers(path, SourceOptions(**options))  # type: ignore[arg-type]

    return run


def check_planted(measured: Measured, plan: Plan, depth: np.ndarray) -> None:
    posture = measured.posture
    planted = {
        "pelvic_tilt_deg": plan.pelvis,
        "lumbar_flexion_deg": plan.lumbar,
        "trunk_lean_deg": plan.pelvis + plan.lumbar,
        "knee_flexion_deg": plan.thigh + plan.shank,
        "hip_flexion_deg": plan.thigh + plan.pelvis,
        "ankle_dorsiflexion_deg": plan.shank,
    }
    for name, size in planted.items():
        np.testing.assert_allclose(
            getattr(posture, name), size * depth, atol=NEAR_DEG, err_msg=name
        )
    assert posture.measurable.all()


@pytest.mark.parametrize("kind", ["c3d", "trc"])
def test_planted_angles_come_back(measure: Measure, kind: str) -> None:
    lifter = body()
    measured = measure(lifter, kind)
    check_planted(measured, lifter.plan, lifter.depth)
    assert measured.quality.verdict == "ok"
    assert measured.posture.standing.method == "before_first_rep"
    assert (measured.source.kind, measured.source.codec) == ("mocap", kind)
    assert measured.view.side is None
    assert np.isnan(measured.view.yaw_deg)


@pytest.mark.parametrize("up", list(UPRIGHT))
@pytest.mark.parametrize("facing_deg", [0.0, 57.0, 180.0])
def test_any_vertical_axis_and_any_way_of_facing_give_the_same(
    measure: Measure, up: str, facing_deg: float
) -> None:
    lifter = body()
    measured = measure(lifter.moved(UPRIGHT[up] @ yaw(facing_deg)))
    check_planted(measured, lifter.plan, lifter.depth)
    assert measured.settings["up_axis"] == up


def test_a_lifter_who_turns_round_on_the_way_is_measured_all_along(measure: Measure) -> None:
    lifter = body()
    angle = np.linspace(0.0, np.radians(120.0), len(lifter.time_s))
    turned = {}
    for name, place in lifter.at.items():
        x = place[:, 0] * np.cos(angle) - place[:, 1] * np.sin(angle)
        y = place[:, 0] * np.sin(angle) + place[:, 1] * np.cos(angle)
        turned[name] = np.stack([x, y, place[:, 2]], axis=1)
    measured = measure(Body(lifter.time_s, lifter.depth, lifter.plan, turned), standing=(0.0, 1.5))
    check_planted(measured, lifter.plan, lifter.depth)


def test_a_pelvis_beyond_the_vertical_is_followed(measure: Measure) -> None:
    lifter = body(Plan(pelvis=95.0, lumbar=25.0, thigh=10.0, shank=0.0))
    check_planted(measure(lifter), lifter.plan, lifter.depth)


def test_over_arching_has_the_other_sign(measure: Measure) -> None:
    lifter = body(Plan(lumbar=-12.0))
    check_planted(measure(lifter), lifter.plan, lifter.depth)


def test_metres_are_read_as_metres(measure: Measure) -> None:
    lifter = body()
    measured = measure(lifter.moved(np.eye(3), 0.001), unit="m")
    check_planted(measured, lifter.plan, lifter.depth)
    assert measured.quality.reasons == ()


def test_opencaps_names_are_known(measure: Measure) -> None:
    lifter = body()
    # OpenCap's files carry the video's key points too, which must not be taken
    video_knee = lifter.at["RKNE"] + 80.0
    named = lifter.renamed(OPENCAP)
    mixed = Body(named.time_s, named.depth, named.plan, {"RKnee": video_knee, **named.at})
    check_planted(measure(mixed.moved(UPRIGHT["+y"], 0.001), unit="m"), lifter.plan, lifter.depth)


def test_a_subjects_prefix_is_no_part_of_the_name(measure: Measure) -> None:
    lifter = body()
    check_planted(
        measure(lifter.renamed({n: f"Anna:{n}" for n in lifter.at}), "c3d"),
        lifter.plan,
        lifter.depth,
    )


def test_a_mapping_file_names_markers_that_are_not_known(measure: Measure, tmp_path: Path) -> None:
    lifter = body()
    mapping = tmp_path / "map.toml"
    mapping.write_text('[markers]\nC7 = "neck_bump"\nASIS_left = "M1"\n')
    odd = lifter.renamed({"C7": "neck_bump", "LASI": "M1"})
    check_planted(measure(odd, mapping=mapping), lifter.plan, lifter.depth)


def test_one_sacrum_marker_stands_for_both_psis(measure: Measure) -> None:
    lifter = body()
    middle = (lifter.at["LPSI"] + lifter.at["RPSI"]) / 2
    one = lifter.without("LPSI", "RPSI")
    one = Body(one.time_s, one.depth, one.plan, {**one.at, "SACR": middle})
    check_planted(measure(one), lifter.plan, lifter.depth)


@pytest.mark.parametrize(
    ("side", "extra"),
    [("right", 0.0), ("left", 1.0), ("auto", 0.5)],  # share of the left knee's extra lean
)
def test_the_chosen_leg_is_measured(measure: Measure, side: str, extra: float) -> None:
    lifter = body(Plan(left_knee_extra=8.0))
    ankle = measure(lifter, side=side).posture.ankle_dorsiflexion_deg
    expected = lifter.plan.shank + extra * 8.0
    assert np.nanmax(ankle) == pytest.approx(expected, abs=NEAR_DEG)


def test_bend_of_the_thorax_is_told_apart(measure: Measure) -> None:
    lifter = body(Plan(thoracic=16.0))
    posture = measure(lifter).posture
    np.testing.assert_allclose(posture.thoracic_flexion_deg, 16.0 * lifter.depth, atol=NEAR_DEG)


def test_without_t10_the_thorax_is_unknown_and_a_note_says_so(measure: Measure) -> None:
    posture = measure(body().without("T10")).posture
    assert np.isnan(posture.thoracic_flexion_deg).all()
    assert any("T10" in note for note in posture.notes)


def test_without_leg_markers_the_back_is_measured_all_the_same(measure: Measure) -> None:
    lifter = body()
    legs = [f"{s}{n}" for s in "LR" for n in ("KNE", "ANK", "HEE", "TOE")]
    posture = measure(lifter.without(*legs)).posture
    np.testing.assert_allclose(posture.lumbar_flexion_deg, 18.0 * lifter.depth, atol=NEAR_DEG)
    assert np.isnan(posture.knee_flexion_deg).all()
    assert posture.motion.hip_height.min() < 0.8
    assert any("KNEE and ANKLE" in note for note in posture.notes)


def test_place_and_hands_are_in_the_bodys_own_lengths(measure: Measure) -> None:
    lifter = body()
    motion = measure(lifter).posture.motion
    assert motion.hip_height[0] == pytest.approx(1.0, abs=0.01)
    drop = 1 - (400 * np.cos(np.radians(25)) + 420 * np.cos(np.radians(75))) / 820
    assert motion.hip_height.min() == pytest.approx(1 - drop, abs=0.01)
    assert motion.hands_below_shoulders[0] == pytest.approx(500 / 520, abs=0.15)
    assert np.ptp(motion.hip_travel) == pytest.approx(
        (420 * np.sin(np.radians(75)) - 400 * np.sin(np.radians(25))) / 820, abs=0.01
    )


def test_uncertainty_grows_with_the_bend(measure: Measure) -> None:
    posture = measure(body(Plan(pelvis=60, lumbar=25))).posture
    deepest = int(np.argmax(posture.trunk_lean_deg))
    assert posture.lumbar_flexion_sd_deg[0] == pytest.approx(1.0, abs=0.05)
    assert 2.0 < posture.lumbar_flexion_sd_deg[deepest] < 3.0
    total = posture.pelvic_tilt_sd_deg**2 + posture.trunk_lean_sd_deg**2
    np.testing.assert_allclose(posture.lumbar_flexion_sd_deg**2, total)


def test_events_of_the_file_are_kept(tmp_path: Path) -> None:
    events = (C3dEvent("Lift off", "General", 2.5), C3dEvent("Foot Strike", "Right", 63.25))
    write_c3d(tmp_path / "lift.c3d", body().c3d(events=events))
    measured = read_markers(tmp_path / "lift.c3d", SourceOptions())
    assert measured.settings["events"] == "2.500 s General Lift off; 63.250 s Right Foot Strike"


def test_own_standing_from_another_recording(measure: Measure, tmp_path: Path) -> None:
    quiet = body(Plan(pelvis=0, lumbar=0, thigh=0, shank=0))
    write_c3d(tmp_path / "quiet.c3d", quiet.c3d())
    lifter = body(Plan(stand_s=0.1))
    measured = measure(lifter, standing=tmp_path / "quiet.c3d")
    check_planted(measured, lifter.plan, lifter.depth)
    assert measured.posture.standing.elsewhere
    assert measured.settings["standing_from"] == "quiet.c3d"


def test_own_standing_from_seconds_of_the_recording(measure: Measure) -> None:
    lifter = body(Plan(stand_s=0.2))
    measured = measure(lifter, standing=(0.0, 0.1))
    check_planted(measured, lifter.plan, lifter.depth)
    assert measured.posture.standing.end_s == 0.1


def test_seconds_outside_the_recording_are_wrong_usage(measure: Measure) -> None:
    with pytest.raises(UsageError, match=r"30:31.*runs from 0 to"):
        measure(body(), standing=(30.0, 31.0))


def test_a_recording_without_stillness_is_no_own_standing(measure: Measure, tmp_path: Path) -> None:
    write_trc(tmp_path / "moving.trc", body(Plan(stand_s=0.0)).markers())
    with pytest.raises(NotMeasurableError, match=r"moving\.trc.*quiet"):
        measure(body(), standing=tmp_path / "moving.trc")


def test_without_own_standing_the_lockouts_are_the_reference(measure: Measure) -> None:
    """The body's top is its standing, so the change at the bottom is the plan's."""
    measured = measure(body(Plan(stand_s=0.0)))
    posture, reference = measured.posture, measured.posture.reference
    assert measured.quality.verdict == "limited"
    assert [r.code for r in measured.quality.reasons] == ["reference_lockouts"]
    assert (reference.kind, posture.standing.method) == ("lockouts", "none")
    assert reference.sd_deg == pytest.approx(LOCKOUT_PRIOR_DEG, abs=0.5)
    assert "upright moments" in reference.text
    assert np.nanmax(posture.lumbar_flexion_deg) == pytest.approx(Plan.lumbar, abs=1.5)
    deep = int(np.nanargmax(posture.lumbar_flexion_deg))
    assert posture.lumbar_flexion_sd_deg[deep] >= reference.sd_deg
    assert np.nanmax(posture.knee_flexion_deg) == pytest.approx(100, abs=2)


def test_where_no_lockout_is_seen_each_rep_is_measured_from_its_own_moment(
    measure: Measure,
) -> None:
    """C7 is hidden whenever the body is upright."""
    lifter = body(Plan(stand_s=0.0))
    at = lifter.at["C7"].copy()
    at[lifter.depth < 0.3] = np.nan
    measured = measure(replace(lifter, at={**lifter.at, "C7": at}))
    posture = measured.posture
    assert measured.quality.verdict == "limited"
    assert posture.reference.kind == "none"
    assert "reference_none" in [r.code for r in measured.quality.reasons]
    known = posture.lumbar_flexion_deg[posture.measurable]
    assert known.min() == pytest.approx(0.0, abs=0.5)
    assert known.max() == pytest.approx(0.7 * Plan.lumbar, abs=2.0)


def test_without_a_trunk_no_lockout_helps(measure: Measure) -> None:
    measured = measure(body(Plan(stand_s=0.0)).without("C7"))
    assert measured.quality.verdict == "refused"
    assert not measured.posture.measurable.any()
