"""Which frames can be measured: each reason on its own, and nothing without a reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backline.model.measurement import Quality
from backline.model.posture import (
    SERIES_FIELDS,
    Posture,
    Reference,
    ReferenceKind,
    Standing,
    StandingMethod,
    WholeBodyMotion,
    reference_from,
)
from backline.reasons import sentence
from backline.settings import Settings
from backline.sources.video.clip_observations import ClipObservations
from backline.sources.video.contour.outline import S1_INDEX, T12_INDEX
from backline.sources.video.quality.gating import (
    SHOULDERS_BY_TRUNK,
    FrameJudgement,
    camera_yaw_deg,
    judge,
    quality_of,
)
from tests.sources.video.sights import RATE_HZ, TRUNK, estimate_of, points_of, sight_of

N = 20
SETTINGS = Settings()
LIMITS = SETTINGS.gating
POOR_DEG, MOVED = LIMITS.poor_reference_deg, LIMITS.hidden_moved
STANDING = np.arange(N) < 6
BAD = slice(10, 15)


def series(good: float, bad: float) -> np.ndarray:
    out = np.full(N, good)
    out[BAD] = bad
    return out


def points(**changes: Any) -> np.ndarray:
    return points_of(np.linspace(0, 90, N), 10.0, 20.0, **changes)


def judged(
    estimate: dict[str, Any] | None = None, **observations: Any
) -> tuple[FrameJudgement, ClipObservations]:
    seen = sight_of(observations.pop("points", points()), **observations)
    return judge(seen, estimate_of(N, **(estimate or {})), STANDING, SETTINGS), seen


STOOD = Standing(0.0, 0.3, "before_first_rep")


def posture_of(
    observations: ClipObservations, standing: Standing = STOOD, reference: Reference | None = None
):
    """A posture of zeros with this standing and reference."""
    n = len(observations.time_s)
    series: dict[str, Any] = dict.fromkeys(SERIES_FIELDS, np.zeros(n))
    series |= {"measurable": np.ones(n, bool), "reason": np.full(n, "")}
    series["back_bulge"] = np.full(n, np.nan)
    return Posture(
        time_s=observations.time_s,
        standing=standing,
        motion=WholeBodyMotion(np.zeros(n), np.zeros(n), np.zeros(n)),
        reference=reference or reference_from(standing),
        **series,
    )


def verdict(judgement: FrameJudgement, observations: ClipObservations, **posture: Any) -> Quality:
    return quality_of(judgement, observations, posture_of(observations, **posture))


def codes_of(
    judgement: FrameJudgement, observations: ClipObservations, **posture: Any
) -> list[str]:
    return [reason.code for reason in verdict(judgement, observations, **posture).reasons]


def test_a_plain_lift_is_measured_throughout() -> None:
    judgement, observations = judged()
    assert judgement.measurable.all()
    assert set(judgement.reason) == {""}
    assert judgement.clip_reasons == ()
    assert judgement.widen == 1.0
    quality = verdict(judgement, observations)
    assert (quality.verdict, quality.reasons, quality.measurable_fraction) == ("ok", (), 1.0)


def gone() -> dict[str, Any]:
    missing = points()
    missing[BAD] = np.nan
    return {"points": missing, "crop_row": series(0, -1).astype(int)}


def out_of_view(joint: int, x: float, y: float) -> dict[str, Any]:
    moved = points()
    moved[BAD, joint, :2] = x, y
    return {"points": moved}


def covered(share: float) -> dict[str, Any]:
    visible = np.ones((N, 48), bool)
    low = np.arange(T12_INDEX, S1_INDEX + 1)
    visible[BAD, low[: round(share * len(low))]] = False
    return {"back_visible": visible}


FRAME_REASONS = [
    # code, changes of the sight, changes of the reading
    ("no_person", gone(), {}),
    ("cut_off", out_of_view(24, -5.0, 400.0), {}),  # the right hip, which is seen
    ("cut_off", out_of_view(26, 300.0, 990.0), {}),
    ("cut_off", out_of_view(12, 730.0, 300.0), {}),
    ("dark", {"brightness": series(120.0, LIMITS.dark_level - 1)}, {}),
    ("back_hidden", {}, {"hidden": series(0.1, 0.9)}),
    ("back_hidden", covered(0.9), {"hidden": 0.3}),  # where the network is not sure either
    ("unlike_training", {}, {"oddness": series(1.0, LIMITS.odd_limit + 1)}),
    ("too_uncertain", {}, {"lumbar_sd_deg": series(2.0, LIMITS.sd_limit_deg + 1)}),
]


@pytest.mark.parametrize(("code", "observations", "estimate"), FRAME_REASONS)
def test_each_reason_withholds_its_own_frames_only(
    code: str, observations: dict[str, Any], estimate: dict[str, Any]
) -> None:
    judgement, seen = judged(estimate, **observations)
    assert set(judgement.reason[BAD]) == {code}
    assert judgement.measurable.sum() == N - 5
    quality = verdict(judgement, seen)
    assert quality.verdict == "limited"
    assert quality.measurable_fraction == pytest.approx(0.75)
    assert [reason.code for reason in quality.reasons] == [code]
    assert "25%" in quality.reasons[0].text


@pytest.mark.parametrize(
    ("observations", "estimate"),
    [
        (out_of_view(23, -5.0, 400.0), {}),  # the left hip, which is hidden anyway
        (out_of_view(28, 300.0, 990.0), {}),  # an ankle out of view does not matter
        ({"brightness": series(120.0, LIMITS.dark_level + 1)}, {}),
        (covered(0.5), {"hidden": 0.3}),
        ({}, {"hidden": series(0.0, 0.4)}),
        ({}, {"oddness": series(1.0, LIMITS.odd_limit - 0.1)}),
        ({}, {"lumbar_sd_deg": series(2.0, LIMITS.sd_limit_deg - 0.1)}),
    ],
)
def test_what_is_still_good_enough_is_measured(
    observations: dict[str, Any], estimate: dict[str, Any]
) -> None:
    judgement, _ = judged(estimate, **observations)
    assert judgement.measurable.all()


def test_a_frame_without_an_outline_is_not_taken_for_a_hidden_back() -> None:
    line = np.full((N, 48, 2), np.nan, np.float32)
    judgement, _ = judged(back_line=line, back_visible=np.zeros((N, 48), bool))
    assert judgement.measurable.all()


def test_of_two_reasons_the_plainer_one_is_told() -> None:
    judgement, _ = judged({"hidden": 0.9, "oddness": 9.0}, **gone())
    assert set(judgement.reason[BAD]) == {"no_person"}
    assert set(judgement.reason[:10]) == {"back_hidden"}


def test_a_lifter_too_small_is_too_small_throughout() -> None:
    judgement, observations = judged(trunk_px=LIMITS.trunk_min_px - 1)
    assert set(judgement.reason) == {"too_small"}
    assert verdict(judgement, observations).verdict == "refused"
    assert judged(trunk_px=LIMITS.trunk_min_px + 1)[0].measurable.all()


NONE = Standing(float("nan"), float("nan"), "none")


@pytest.mark.parametrize("kind", ["lockouts", "none"])
def test_without_standing_the_clip_is_measured_with_that_reservation(kind: ReferenceKind) -> None:
    judgement, observations = judged()
    where: dict[str, Any] = {"standing": NONE, "reference": Reference(kind, sd_deg=4.5)}
    assert judgement.measurable.all()
    assert codes_of(judgement, observations, **where) == [f"reference_{kind}"]
    assert verdict(judgement, observations, **where).verdict == "limited"


@pytest.mark.parametrize(
    ("method", "sd_deg", "codes"),
    [
        ("before_first_rep", 0.5, []),
        ("before_first_rep", POOR_DEG + 0.1, ["reference_poor"]),
        ("before_first_rep", POOR_DEG - 0.1, []),
        ("between_reps", 2.0, ["standing_second_best"]),
        (
            "after_last_rep",
            POOR_DEG + 0.1,
            ["standing_second_best", "reference_poor"],
        ),
        ("given", 1.0, []),
        ("given", 6.0, ["reference_poor"]),
    ],
)
def test_a_reference_that_is_not_the_best_is_said(
    method: StandingMethod, sd_deg: float, codes: list[str]
) -> None:
    standing = Standing(0.0, 0.3, method)
    reference = replace(reference_from(standing), sd_deg=sd_deg)
    judgement, observations = judged()
    found = verdict(judgement, observations, standing=standing, reference=reference)
    assert [r.code for r in found.reasons] == codes
    assert found.verdict == ("limited" if codes else "ok")
    assert not any("6 degrees" in r.text for r in found.reasons) or sd_deg == 6.0


def test_what_is_refused_anyway_says_nothing_of_the_reference() -> None:
    judgement, observations = judged({"yaw_deg": 33.0})
    where: dict[str, Any] = {"standing": NONE, "reference": Reference("none")}
    assert codes_of(judgement, observations, **where) == ["not_side_on"]


def test_the_reason_that_decides_comes_first() -> None:
    """A front view on which much else is wrong too: turning the camera is to be done first."""
    front = points(shoulders_px=TRUNK * SHOULDERS_BY_TRUNK)
    moving = {"camera_moving": True, "camera_moved_px": 9.0}
    judgement, observations = judged({"hidden": series(0.1, 0.9)}, points=front, rivals=1, **moving)
    codes = codes_of(judgement, observations)
    assert codes[0] == "not_side_on"
    assert {"second_lifter", "camera_moving"} <= set(codes)


def test_of_frame_reasons_the_most_frequent_comes_first() -> None:
    odd, dark = np.full(N, 1.0), np.full(N, 120.0)
    odd[10:18], dark[18:20] = LIMITS.odd_limit + 1, LIMITS.dark_level - 1
    judgement, observations = judged({"oddness": odd}, brightness=dark)
    assert codes_of(judgement, observations) == ["unlike_training", "dark"]


def test_a_second_lifter_is_said() -> None:
    judgement, observations = judged(rivals=1)
    assert judgement.measurable.all()
    assert codes_of(judgement, observations) == ["second_lifter"]
    assert verdict(judgement, observations).verdict == "limited"


def test_a_file_that_ends_in_the_middle_is_said() -> None:
    judgement, observations = judged()
    found = quality_of(judgement, observations, posture_of(observations), truncated=True)
    assert ([r.code for r in found.reasons], found.verdict) == (["truncated"], "limited")


def test_frames_too_far_apart_to_follow_a_lift_refuse_the_clip() -> None:
    judgement, observations = judged(time_s=np.arange(N) * (LIMITS.frames_apart_s + 0.05))
    assert codes_of(judgement, observations) == ["few_frames"]
    quality = verdict(judgement, observations)
    assert quality.verdict == "refused"
    assert "about 0.25 seconds apart" in quality.reasons[0].text
    assert judged(time_s=np.arange(N) * (LIMITS.frames_apart_s - 0.05))[0].measurable.all()


def test_a_pause_in_the_frames_is_no_time_lapse() -> None:
    time_s = np.arange(N) / RATE_HZ
    time_s[5:] += 30.0
    assert judged(time_s=time_s)[0].measurable.all()


def test_a_camera_far_off_the_side_refuses_the_clip() -> None:
    judgement, observations = judged({"yaw_deg": 33.0})
    assert set(judgement.reason) == {"not_side_on"}
    assert codes_of(judgement, observations) == ["not_side_on"]
    quality = verdict(judgement, observations)
    assert quality.verdict == "refused"
    assert "33 degrees" in quality.reasons[0].text


def test_an_oblique_camera_widens_the_uncertainty() -> None:
    judgement, observations = judged({"yaw_deg": 25.0})
    assert judgement.measurable.all()
    assert judgement.widen > 1.0
    assert codes_of(judgement, observations) == ["oblique"]
    assert verdict(judgement, observations).verdict == "limited"


@pytest.mark.parametrize(
    ("code", "observations", "estimate"),
    [
        ("loose_cloth", {}, {"loose": 0.8}),
        ("camera_moving", {"camera_moving": True, "camera_moved_px": 41.0}, {}),
    ],
)
def test_what_spoils_the_whole_clip_widens_and_is_told(
    code: str, observations: dict[str, Any], estimate: dict[str, Any]
) -> None:
    judgement, seen = judged(estimate, **observations)
    assert judgement.measurable.all()
    assert judgement.widen > 1.0
    assert judgement.clip_reasons == (code,)
    assert verdict(judgement, seen).verdict == "limited"


def test_a_front_view_is_told_by_the_width_of_the_shoulders() -> None:
    front = points(shoulders_px=TRUNK * SHOULDERS_BY_TRUNK)
    judgement, observations = judged(points=front)
    assert judgement.yaw_deg == pytest.approx(90.0, abs=2.0)
    assert codes_of(judgement, observations) == ["not_side_on"]


@pytest.mark.parametrize(
    ("wide_deg", "learned_deg", "expected_deg"),
    [
        (35.0, 22.0, 35.0),  # both say oblique: the wider word counts
        (35.0, 28.0, 35.0),
        (25.0, 28.0, 28.0),
        (30.0, 8.0, 8.0),  # broad shoulders alone, below what they can tell, are no oblique view
    ],
)
def test_an_oblique_view_is_told_by_network_and_shoulders_together(
    wide_deg: float, learned_deg: float, expected_deg: float
) -> None:
    wide = points(shoulders_px=TRUNK * SHOULDERS_BY_TRUNK * np.sin(np.radians(wide_deg)))
    yaw = camera_yaw_deg(sight_of(wide), estimate_of(N, yaw_deg=learned_deg), STANDING)
    assert yaw == pytest.approx(expected_deg, abs=0.5)


def test_between_the_two_the_shoulders_tell_the_sine_of_the_yaw() -> None:
    wide = points(shoulders_px=TRUNK * SHOULDERS_BY_TRUNK * np.sin(np.radians(55.0)))
    observations = sight_of(wide)
    assert camera_yaw_deg(observations, estimate_of(N), STANDING) == pytest.approx(55.0, abs=0.5)


def test_small_yaws_are_the_network_s_word_in_standing() -> None:
    yaw = np.where(STANDING, 8.0, 25.0)
    assert camera_yaw_deg(sight_of(points()), estimate_of(N, yaw_deg=yaw), STANDING) == 8.0


def test_nobody_anywhere_has_no_yaw_and_raises_no_warning() -> None:
    observations = sight_of(np.full((N, 33, 3), np.nan), crop_row=np.full(N, -1))
    nothing = estimate_of(N, **dict.fromkeys(("yaw_deg", "loose", "hidden", "oddness"), np.nan))
    judgement = judge(observations, nothing, np.zeros(N, bool), SETTINGS)
    assert np.isnan(judgement.yaw_deg)
    assert set(judgement.reason) == {"no_person"}
    assert verdict(judgement, observations).verdict == "refused"


def test_frames_before_the_lift_do_not_count_for_the_verdict() -> None:
    """He walks in during the first 15 frames, and stands from 0.75 s on."""
    early = points()
    early[:15] = np.nan
    row = np.where(np.arange(N) < 15, -1, np.arange(N))
    observations = sight_of(early, crop_row=row)
    judgement = judge(observations, estimate_of(N), np.arange(N) >= 15, SETTINGS)
    quality = verdict(judgement, observations, standing=Standing(0.75, 0.95, "before_first_rep"))
    assert (quality.verdict, quality.measurable_fraction) == ("ok", 1.0)


def test_a_single_frame_of_many_is_not_worth_a_word() -> None:
    n = 60
    observations = sight_of(points_of(np.zeros(n), 0, 0), crop_row=np.r_[-1, np.arange(n - 1)])
    judgement = judge(observations, estimate_of(n), np.arange(n) > 40, SETTINGS)
    quality = verdict(judgement, observations)
    assert (quality.verdict, quality.reasons) == ("ok", ())


def test_less_than_a_tenth_measured_is_a_refusal() -> None:
    hidden = np.full(N, 0.9)
    hidden[:1] = 0.0
    judgement, observations = judged({"hidden": hidden})
    assert verdict(judgement, observations).verdict == "refused"


@pytest.mark.parametrize(
    "code",
    [
        "no_person", "back_hidden", "cut_off", "too_small", "unlike_training", "too_uncertain",
        "not_side_on", "oblique", "loose_cloth", "second_lifter", "dark", "camera_moving",
        "standing_second_best", "reference_poor", "reference_lockouts", "reference_none",
        "truncated", "other_shot", "few_frames",
    ],
)  # fmt: skip
def test_every_text_is_one_sentence_with_every_blank_filled(code: str) -> None:
    shots = {"shots": "2", "shot_from": "0.0", "shot_to": "9.0"}
    text = sentence(code, share="12%", yaw="33", moved="9", apart="0.5", sd="5", **shots)
    assert "{" not in text
    assert "}" not in text
    assert text.endswith(".")
    assert "\n" not in text
    assert ": " in text  # what was found: what to do


def test_no_reason_has_an_empty_share() -> None:
    for estimate in ({"yaw_deg": 25.0}, {"yaw_deg": 33.0}, {"loose": 0.9}):
        judgement, observations = judged(estimate)
        for reason in verdict(judgement, observations).reasons:
            assert "  " not in reason.text
            assert "{" not in reason.text


def hidden_frames(hidden: np.ndarray, **changes: Any) -> np.ndarray:
    """Frames withheld for a hidden back, where the network's word is given frame by frame."""
    judgement, _ = judged({"hidden": hidden}, **changes)
    return np.flatnonzero(judgement.reason == "back_hidden")


def test_one_frame_that_says_hidden_is_outvoted_by_those_about_it() -> None:
    assert len(hidden_frames(np.where(np.arange(N) == 9, 0.9, 0.1))) == 0


def test_one_frame_that_sees_a_hidden_back_is_outvoted_too() -> None:
    said = np.where((np.arange(N) >= 5) & (np.arange(N) != 9), 0.9, 0.1)
    assert hidden_frames(said).tolist() == list(range(5, N))


def test_a_stretch_longer_than_half_the_vote_keeps_its_own_ends() -> None:
    votes = round(LIMITS.agreeing_s * RATE_HZ / 2) + 1
    said = np.where((np.arange(N) >= 8) & (np.arange(N) < 8 + votes), 0.9, 0.1)
    assert hidden_frames(said).tolist() == list(range(8, 8 + votes))
    assert len(hidden_frames(np.where(np.arange(N) == 8 + votes, 0.1, said))) == votes


LONG = 60


def long_hidden(*stretches: tuple[int, int]) -> np.ndarray:
    """Reasons of a longer clip whose back the network calls hidden in these stretches."""
    said = np.full(LONG, 0.1)
    for first, stop in stretches:
        said[first:stop] = 0.9
    seen = sight_of(points_of(np.linspace(0, 90, LONG), 10.0, 20.0))
    return judge(seen, estimate_of(LONG, hidden=said), np.arange(LONG) < 6, SETTINGS).reason


@pytest.mark.parametrize(
    ("open_s", "hidden"), [(LIMITS.short_gap_s - 0.1, True), (LIMITS.short_gap_s + 0.1, False)]
)
def test_a_glimpse_of_the_back_between_two_coverings_is_no_measurement(
    open_s: float, hidden: bool
) -> None:
    again = 20 + round(open_s * RATE_HZ) - 1
    reason = long_hidden((10, 20), (again, again + 12))
    assert set(reason[20:again]) == {"back_hidden" if hidden else ""}
    assert set(reason[:10]) == set(reason[again + 12 :]) == {""}


def test_a_short_stretch_at_an_end_of_the_clip_is_no_glimpse() -> None:
    assert set(long_hidden((8, LONG))[:8]) == {""}


def test_frames_without_the_lifter_have_no_vote() -> None:
    """Between two losses a single frame that says hidden has nobody to outvote it."""
    lost = np.isin(np.arange(N), [6, 7, 8, 10, 11, 12])
    missing = points()
    missing[lost] = np.nan
    said = np.where(np.arange(N) == 9, 0.9, 0.1)
    observations = {"points": missing, "crop_row": np.where(lost, -1, 0)}
    assert 9 in hidden_frames(said, **observations)


def lost_at(
    depth: tuple[float, ...],
    lost: slice,
    time_s: np.ndarray | None = None,
    along_px: float = 0.0,
    plate_at: float = float("nan"),
) -> FrameJudgement:
    """Judge a lifter lost in a stretch; knee and lean follow the depth, n frames at 20 Hz."""
    deep = np.asarray(depth)
    seen = points_of(110.0 * deep, 30.0 * deep, 45.0 * deep)
    seen[lost.stop :, :, 0] += along_px
    seen[lost] = np.nan
    row = np.where(np.isnan(seen[:, 0, 0]), -1, 0)
    n = len(deep)
    changes = {} if time_s is None else {"time_s": time_s}
    observations = sight_of(seen, crop_row=row, **changes)
    plate = observations.joint(23) + np.array([plate_at * TRUNK, 0.0])
    observations = replace(observations, plate_px=plate)
    return judge(observations, estimate_of(n), np.arange(n) < 6, SETTINGS)


DEPTH = tuple(np.clip(0.5 - 0.6 * np.cos(2 * np.pi * np.arange(40) / 40), 0.0, 1.0))
LOST = slice(15, 25)


def test_a_lifter_lost_at_the_bottom_and_found_there_again_is_behind_something() -> None:
    judgement = lost_at(DEPTH, LOST)
    assert set(judgement.reason[LOST]) == {"back_hidden"}
    assert judgement.measurable[:15].all()
    assert judgement.measurable[25:].all()


@pytest.mark.parametrize("lost", [slice(0, 6), slice(34, 40), slice(2, 12), slice(30, 38)])
def test_a_lifter_lost_upright_or_at_an_end_of_the_clip_is_not_there(lost: slice) -> None:
    assert set(lost_at(DEPTH, lost).reason[lost]) == {"no_person"}


@pytest.mark.parametrize(("plate_at", "reason"), [(0.4, "back_hidden"), (1.5, "no_person")])
def test_a_lifter_lost_at_the_top_as_a_plate_passes_the_hip_is_behind_it(
    plate_at: float, reason: str
) -> None:
    """So in a deadlift's lockout: the plate hides hip and trunk for a second."""
    lost = slice(2, 12)
    judgement = lost_at(DEPTH, lost, plate_at=plate_at)
    assert set(judgement.reason[lost]) == {reason}


@pytest.mark.parametrize("lost", [slice(0, 25), slice(15, 40)])
def test_a_lifter_lost_until_the_clip_ends_may_have_left(lost: slice) -> None:
    judgement = lost_at(DEPTH, lost)
    assert "back_hidden" not in set(judgement.reason)


@pytest.mark.parametrize(
    ("along", "reason"),
    [(MOVED - 0.1, "back_hidden"), (MOVED + 0.1, "no_person")],
)
def test_whoever_comes_back_elsewhere_had_left(along: float, reason: str) -> None:
    assert set(lost_at(DEPTH, LOST, along_px=along * TRUNK).reason[LOST]) == {reason}


@pytest.mark.parametrize(("longer_s", "reason"), [(-0.2, "back_hidden"), (0.2, "no_person")])
def test_nobody_stays_down_behind_a_plate_for_longer_than_a_bottom(
    longer_s: float, reason: str
) -> None:
    time_s = np.arange(40) / RATE_HZ
    time_s[25:] += LIMITS.hidden_gap_s + longer_s - (time_s[25] - time_s[14])
    assert set(lost_at(DEPTH, LOST, time_s).reason[LOST]) == {reason}
