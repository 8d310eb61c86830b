"""Synthetic lifters: a Posture with known reps, planted low-back events, noise and gaps.

The lifter is a chain of shank, thigh and trunk. How deep it is at a time comes from key frames
(time, depth 0 to 1) joined by half cosines; a style turns depth into joint angles; hip height and
travel follow from the geometry. So every timing and every angle is known beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from backline.model.posture import FloatArray, Posture, Standing, WholeBodyMotion


@dataclass(frozen=True)
class Style:
    """Angles at full depth (degrees) and where the hands hang (trunk lengths)."""

    knee: float
    shank: float
    lean: float
    hands_top: float
    hands_bottom: float


BACK_SQUAT = Style(knee=115, shank=35, lean=38, hands_top=0.05, hands_bottom=0.0)
FRONT_SQUAT = Style(knee=120, shank=38, lean=22, hands_top=0.1, hands_bottom=0.1)
OVERHEAD_SQUAT = Style(knee=120, shank=38, lean=28, hands_top=-0.9, hands_bottom=-0.8)
GOBLET_SQUAT = Style(knee=120, shank=36, lean=22, hands_top=0.3, hands_bottom=0.35)
BODYWEIGHT_SQUAT = Style(knee=120, shank=35, lean=40, hands_top=1.0, hands_bottom=0.2)
BOX_SQUAT = Style(knee=95, shank=8, lean=45, hands_top=0.05, hands_bottom=0.0)
LOW_BAR_SQUAT = Style(knee=105, shank=25, lean=52, hands_top=0.1, hands_bottom=0.1)
CONVENTIONAL = Style(knee=65, shank=12, lean=72, hands_top=1.05, hands_bottom=0.95)
SUMO = Style(knee=75, shank=10, lean=55, hands_top=1.05, hands_bottom=1.0)
KETTLEBELL = Style(knee=60, shank=8, lean=62, hands_top=1.05, hands_bottom=1.0)
ROMANIAN = Style(knee=20, shank=0, lean=80, hands_top=1.05, hands_bottom=0.95)
STOOP = Style(knee=25, shank=10, lean=88, hands_top=1.0, hands_bottom=0.95)

SQUATS = {
    "back": BACK_SQUAT,
    "front": FRONT_SQUAT,
    "overhead": OVERHEAD_SQUAT,
    "goblet": GOBLET_SQUAT,
    "bodyweight": BODYWEIGHT_SQUAT,
    "box": BOX_SQUAT,
    "low bar": LOW_BAR_SQUAT,
}
DEADLIFTS = {
    "conventional": CONVENTIONAL,
    "sumo": SUMO,
    "kettlebell": KETTLEBELL,
    "romanian": ROMANIAN,
}

Key = tuple[float, float]


@dataclass(frozen=True)
class Bump:
    """A planted change of lumbar flexion: a flat top with half-cosine flanks.

    Parameters
    ----------
    at_s, size_deg : float
        Middle of the flat top, and height (+ rounds).
    hold_s, flank_s : float
        Length of the flat top and of each flank.
    """

    at_s: float
    size_deg: float
    hold_s: float = 0.5
    flank_s: float = 0.35

    def __call__(self, time_s: FloatArray) -> FloatArray:
        away = np.clip((np.abs(time_s - self.at_s) - self.hold_s / 2) / self.flank_s, 0, 1)
        return self.size_deg * (1 + np.cos(np.pi * away)) / 2


@dataclass(frozen=True)
class Plan:
    """Everything about a synthetic clip."""

    style: Style
    keys: tuple[Key, ...]
    rate_hz: float = 30.0
    jitter: float = 0.0
    bumps: tuple[Bump, ...] = ()
    walks: tuple[tuple[float, float, float], ...] = ()  # start, end, leg lengths
    white_deg: float = 0.0
    slow_deg: float = 0.0
    joint_noise_deg: float = 0.0
    height_noise: float = 0.0
    hidden: tuple[tuple[float, float, str], ...] = ()  # low back not measurable
    unseen: tuple[tuple[float, float], ...] = ()  # nothing known at all
    sd_deg: float = 1.2
    curve_standing_deg: float = 35.0
    seed: int = 0
    unknown: frozenset[str] = field(default_factory=frozenset)


def squat_keys(
    reps: int = 3,
    *,
    first_s: float = 3.0,
    down_s: float = 1.3,
    pause_s: float = 0.2,
    up_s: float = 1.2,
    top_s: float = 1.5,
    depths: tuple[float, ...] | None = None,
) -> tuple[Key, ...]:
    """Return key frames: standing, then reps that go down, pause, come up, stand."""
    keys: list[Key] = [(0.0, 0.0)]
    t = first_s
    for k in range(reps):
        d = 1.0 if depths is None else depths[k]
        keys += [(t, 0.0), (t + down_s, d), (t + down_s + pause_s, d)]
        t += down_s + pause_s + up_s
        keys.append((t, 0.0))
        t += top_s
    return (*keys, (t + 0.5, 0.0))


def bottom_times(keys: tuple[Key, ...]) -> list[float]:
    """Return the middle of each flat deepest stretch (all keys at 0.4 or deeper)."""
    return [(t0 + t1) / 2 for (t0, d0), (t1, d1) in pairwise(keys) if d0 == d1 and d0 >= 0.4]


def deadlift_keys(
    reps: int = 3,
    *,
    setup_s: float = 2.5,
    floor_s: float = 0.8,
    up_s: float = 1.2,
    top_s: float = 1.0,
    down_s: float = 1.2,
    stands_up: bool = True,
) -> tuple[Key, ...]:
    """Return key frames: standing, bending to the bar, then pulls and lowerings."""
    keys: list[Key] = [(0.0, 0.0), (3.0, 0.0), (4.2, 1.0)]
    t = 4.2 + setup_s
    for k in range(reps):
        keys += [(t, 1.0), (t + up_s, 0.0), (t + up_s + top_s, 0.0)]
        t += up_s + top_s + down_s
        keys.append((t, 1.0))
        t += floor_s if k < reps - 1 else 1.5
    keys.append((t, 1.0))
    if stands_up:
        keys += [(t + 0.7, 0.0), (t + 4.5, 0.0)]
    return tuple(keys)


def pull_times(keys: tuple[Key, ...]) -> list[float]:
    """Return the times at which the body leaves depth 1 upwards."""
    return [t0 for (t0, d0), (_, d1) in pairwise(keys) if d0 == 1.0 > d1]


def clock(plan: Plan) -> FloatArray:
    """Return frame times: even, or with the jitter of a phone's variable frame rate."""
    last = plan.keys[-1][0]
    n = int(np.floor(last * plan.rate_hz + 1e-6)) + 1
    time_s = np.arange(n) / plan.rate_hz
    wobble = np.random.default_rng(plan.seed + 77).uniform(-1, 1, n)
    return np.asarray(time_s + plan.jitter * wobble / plan.rate_hz, dtype=np.float64)


def depth_at(keys: tuple[Key, ...], time_s: FloatArray) -> FloatArray:
    """Return the depth 0 to 1 along half cosines between the key frames."""
    t, d = np.array(keys).T
    k = np.clip(np.searchsorted(t, time_s, side="right") - 1, 0, len(t) - 2)
    part = np.clip((time_s - t[k]) / (t[k + 1] - t[k]), 0, 1)
    return np.asarray(d[k] + (d[k + 1] - d[k]) * (1 - np.cos(np.pi * part)) / 2)


def slow_noise(time_s: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return a drift of variance 1 that changes over about 3 s (random phases, 0.05-0.3 Hz)."""
    waves = [np.sin(2 * np.pi * (f * time_s + rng.uniform())) for f in rng.uniform(0.05, 0.3, 6)]
    return np.asarray(np.sum(waves, axis=0) / np.sqrt(3.0), dtype=np.float64)


def simulate(plan: Plan) -> Posture:
    """Return the Posture of a plan."""
    rng = np.random.default_rng(plan.seed)
    t = clock(plan)
    f, style = depth_at(plan.keys, t), plan.style
    knee, shank, lean = style.knee * f, style.shank * f, style.lean * f
    thigh = knee - shank
    lumbar = np.sum([b(t) for b in plan.bumps], axis=0) if plan.bumps else np.zeros_like(t)
    walked = np.zeros_like(t)
    for start, end, far in plan.walks:
        part = np.clip((t - start) / (end - start), 0, 1)
        walked += far * part
        stride = np.where((t > start) & (t < end), np.sin(2 * np.pi * 0.9 * (t - start)), 0.0)
        knee = knee + 55 * np.clip(stride, 0, 1)
        thigh = thigh + 22 * stride
    height = 0.5 * np.cos(np.radians(shank)) + 0.5 * np.cos(np.radians(thigh))
    travel = 0.5 * np.sin(np.radians(shank)) - 0.5 * np.sin(np.radians(thigh)) + walked
    tilt = lean - lumbar
    curve = plan.curve_standing_deg - lumbar
    seen_lumbar = lumbar + plan.white_deg * rng.standard_normal(len(t))
    seen_lumbar = seen_lumbar + plan.slow_deg * slow_noise(t, rng)

    def noisy(values: FloatArray, sd: float) -> FloatArray:
        return np.asarray(values + sd * rng.standard_normal(len(t)), dtype=np.float64)

    series = {
        "lumbar_flexion_deg": seen_lumbar,
        "pelvic_tilt_deg": lean - seen_lumbar,
        "trunk_lean_deg": noisy(lean, plan.joint_noise_deg),
        "lumbar_curve_deg": noisy(curve, plan.white_deg),
        "thoracic_flexion_deg": np.zeros_like(t),
        "hip_flexion_deg": noisy(tilt + thigh, plan.joint_noise_deg),
        "knee_flexion_deg": noisy(knee, plan.joint_noise_deg),
        "ankle_dorsiflexion_deg": noisy(shank, plan.joint_noise_deg),
    }
    motion = {
        "hip_height": noisy(height, plan.height_noise),
        "hip_travel": noisy(travel, plan.height_noise),
        "hands_below_shoulders": style.hands_top + (style.hands_bottom - style.hands_top) * f,
    }
    return _posture(plan, t, series, motion)


def _posture(
    plan: Plan, t: FloatArray, series: dict[str, FloatArray], motion: dict[str, FloatArray]
) -> Posture:
    """Blank what the plan hides, and build the object."""
    reason = np.full(len(t), "", dtype="<U24")
    for start, end, code in plan.hidden:
        reason[(t >= start) & (t <= end)] = code
    for start, end in plan.unseen:
        gone = (t >= start) & (t <= end)
        reason[gone] = "no_person"
        for values in (*series.values(), *motion.values()):
            values[gone] = np.nan
    for name in plan.unknown:
        (series if name in series else motion)[name][:] = np.nan
    measurable = reason == ""
    for name in ("lumbar_flexion_deg", "pelvic_tilt_deg", "lumbar_curve_deg"):
        series[name][~measurable] = np.nan
    sd = np.where(measurable, plan.sd_deg, np.nan)
    return Posture(
        time_s=t,
        **series,
        lumbar_flexion_sd_deg=sd,
        pelvic_tilt_sd_deg=sd.copy(),
        trunk_lean_sd_deg=sd.copy(),
        measurable=measurable,
        reason=reason,
        standing=Standing(0.5, 2.5, "before_first_rep"),
        motion=WholeBodyMotion(**motion),
    )


NOISE = {"white_deg": 1.0, "slow_deg": 0.7, "joint_noise_deg": 1.5, "height_noise": 0.006}
"""Realistic noise of a good video: the low back 1 degree white and 0.7 degrees shared."""


def noisy(plan: Plan, seed: int) -> Plan:
    """Return the plan with realistic noise."""
    return replace(plan, seed=seed, **NOISE)
