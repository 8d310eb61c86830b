"""From the vertical in two sensors' axes to the sagittal rotation of two segments.

While the body bends forward and back, the vertical moves in a plane of the sensor's own axes; the
normal of that plane is the body's left-right axis there, however the sensor is attached (the
"functional" calibration from standing and a forward bend). The turn of the vertical in that plane
is the segment's turn. Only inclination is used, never heading, which without a magnetometer
drifts: gravity corrects inclination all the time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from backline.errors import NotMeasurableError
from backline.model.posture import FloatArray, WholeBodyMotion
from backline.signals.filters import lowpass
from backline.sources.angles.raw import RawAngles, Spread
from backline.sources.imu.stream import Vertical, at_times

LEAST_SWEEP_DEG = 15.0
"""Least forward bend that defines the left-right axis, degrees: 1 degree of wobble tilts the axis
by 4."""
STILL_S = 0.5  # shortest quiet standing, seconds (as `Settings.standing_min_s`)
GRID_HZ = 100.0  # at which two sensors' turning speeds are compared
SAME = 1e-4
"""Verticals that never differ by more than this come from one sensor, radians (0.006 degrees):
noise alone is ten times that."""
IMU_SPREAD = Spread(
    pelvis_deg=(0.9, 4.4),
    trunk_deg=(0.9, 4.4),
    source="standing: sensors on T12 and S2 against optical capture of the same sensors in "
    "lifting, 0.9 degrees each (dorsaVi 2022); full bend: against markers on "
    "the skeleton, lumbar flexion 6.7 degrees after adjustment (Bailes 2024), less the markers' "
    "2.6, shared by two segments",
)


@dataclass(frozen=True, eq=False)
class Plane:
    """The plane of the forward bend in one sensor's axes, which shows how it was attached.

    Parameters
    ----------
    zero : ndarray, shape (3,)
        The vertical in standing, a unit vector.
    ahead : ndarray, shape (3,)
        Unit vector at right angles to it: the vertical moves there as the lifter bends forward.
    """

    zero: FloatArray
    ahead: FloatArray

    def turn_deg(self, up: FloatArray) -> FloatArray:
        """Return the turn of verticals (n, 3) from standing, degrees, + in a forward bend."""
        return np.asarray(np.degrees(np.arctan2(up @ self.ahead, up @ self.zero)))


def planes_of(
    sensed: dict[str, Vertical], span: tuple[float, float] | None, name: str
) -> dict[str, Plane]:
    """Find each sensor's plane of the forward bend; a thigh's is left out where it hardly leans.

    Parameters
    ----------
    seen : dict of str to Vertical
        By place; sacrum and t12 are there, thigh may be.
    span : (float, float) or None
        Quiet standing as the user gave it, seconds; else the stillest half second is taken.
    name : str
        For messages.

    Raises
    ------
    NotMeasurableError
        If the recording shows no forward bend to calibrate from, or one sensor twice.
    """
    time_s = sensed["sacrum"].time_s
    placed = {place: at_times(one, time_s)[0] for place, one in sensed.items()}
    _check_apart(name, placed)
    still = _still(time_s, placed["t12"], span)
    planes = {}
    for place, up in placed.items():
        plane = _plane(name, place, up, still, needed=place != "thigh")
        if plane is not None:
            planes[place] = plane
    pelvis, trunk = (planes[place].turn_deg(placed[place]) for place in ("sacrum", "t12"))
    if _same_way(pelvis, trunk) < 0:
        planes["sacrum"] = replace(planes["sacrum"], ahead=-planes["sacrum"].ahead)
    return planes


def raw_of(sensed: dict[str, Vertical], planes: dict[str, Plane]) -> RawAngles:
    """Work out the angles at the times of the sensor on the sacrum.

    Parameters
    ----------
    seen : dict of str to Vertical
        By place; sacrum and t12 are there, thigh may be.
    planes : dict of str to Plane
        Of the same sensors, from the recording that shows the forward bend.
    """
    time_s = sensed["sacrum"].time_s
    n = len(time_s)
    placed = {place: at_times(one, time_s) for place, one in sensed.items() if place in planes}
    turns = {place: planes[place].turn_deg(up) for place, (up, _) in placed.items()}
    pelvis, trunk = turns["sacrum"], turns["t12"]
    unknown = np.full(n, np.nan)
    doubtful = np.zeros(n, dtype=np.bool_)
    for _, doubt in placed.values():
        doubtful |= doubt
    thigh = turns.get("thigh", unknown)
    return RawAngles(
        time_s=time_s, pelvis_deg=pelvis, trunk_deg=trunk, thoracic_deg=unknown,
        curve_deg=unknown, hip_deg=thigh + pelvis, knee_deg=unknown, ankle_deg=unknown,
        hip_zero_in_standing=True, motion=WholeBodyMotion(unknown, unknown, unknown),
        doubtful=doubtful,
        blocked=np.full(n, "", dtype="<U16"), missing="sensor_gap", spread=IMU_SPREAD,
    )  # fmt: skip


def _check_apart(name: str, placed: dict[str, FloatArray]) -> None:
    """Raise where two sensors have the same values in every sample: one file was given twice."""
    for one, other in combinations(placed, 2):
        off = np.abs(placed[one] - placed[other]).max(axis=1)
        known = off[np.isfinite(off)]
        if len(known) and known.max() < SAME:
            raise NotMeasurableError(
                f"'{name}': the sensors on {one} and {other} hold the same recording, and two "
                "sensors were expected: one file was copied or named twice; give the other one."
            )


def _still(time_s: FloatArray, up: FloatArray, span: tuple[float, float] | None) -> slice:
    """Return the samples of quiet standing: as given, else the stillest half second."""
    if span is not None:
        a, b = np.searchsorted(time_s, span)
        if b > a:
            return slice(int(a), int(b))
    width = max(3, round(STILL_S / float(np.median(np.diff(time_s)))))
    width = min(width, len(up))  # a recording shorter than that
    windows = np.lib.stride_tricks.sliding_window_view(up, width, axis=0)
    moved = np.ptp(windows, axis=2).max(axis=1)
    start = int(np.nanargmin(moved)) if np.isfinite(moved).any() else 0
    return slice(start, start + width)


def _plane(name: str, place: str, up: FloatArray, still: slice, *, needed: bool) -> Plane | None:
    """Return the plane of a segment's largest turn from where it stood still."""
    known = np.isfinite(up).all(axis=1)
    zero = np.nanmean(up[still], axis=0) if known[still].any() else up[known][0]
    zero = zero / np.linalg.norm(zero)
    swept = np.degrees(np.arccos(np.clip(up[known] @ zero, -1.0, 1.0)))
    if float(np.percentile(swept, 99)) < LEAST_SWEEP_DEG:
        if not needed:
            return None
        raise NotMeasurableError(
            f"'{name}': the sensor on the {place} never leans more than "
            f"{float(np.percentile(swept, 99)):.0f} degrees from standing, and a forward bend of "
            f"{LEAST_SWEEP_DEG:.0f} or more is needed to determine how it was attached: bend "
            "forward once in the recording."
        )
    # each sample is weighted by its turn, so that long standing does not tilt the plane
    moved = up[known] - np.outer(up[known] @ zero, zero)
    direction = np.linalg.svd(moved, full_matrices=False)[2][0]
    plane = Plane(zero, direction)
    ends = np.nanpercentile(plane.turn_deg(up), [1, 99])
    return plane if abs(ends[1]) >= abs(ends[0]) else Plane(zero, -direction)


def _same_way(pelvis: FloatArray, trunk: FloatArray) -> float:
    """Return -1 where the pelvis has the wrong sign: it must turn as the trunk does."""
    both = np.isfinite(pelvis) & np.isfinite(trunk)
    return -1.0 if float(np.sum(pelvis[both] * trunk[both])) < 0 else 1.0


def clock_offset(one: Vertical, other: Vertical) -> tuple[float, float]:
    """Return the seconds to add to the other's clock, and the correlation there.

    The speeds at which the two verticals turn are compared at all lags (normalised
    cross-correlation), the peak is refined by a parabola.
    """
    from scipy.signal import correlate, correlation_lags

    speeds = [_speed(sensed) for sensed in (one, other)]
    a, b = ((v - v.mean()) / (v.std() + 1e-12) for v in speeds)
    score = correlate(a, b, mode="full") / min(len(a), len(b))
    lags = correlation_lags(len(a), len(b), mode="full")
    k = int(np.argmax(score))
    shift = float(lags[k])
    if 0 < k < len(score) - 1:
        left, middle, right = score[k - 1 : k + 2]
        shift += 0.5 * (left - right) / (left - 2 * middle + right)
    return float(one.time_s[0] - other.time_s[0] + shift / GRID_HZ), float(score[k])


def _speed(sensed: Vertical) -> FloatArray:
    grid = np.arange(sensed.time_s[0], sensed.time_s[-1], 1.0 / GRID_HZ)
    up, _ = at_times(sensed, grid)
    turned = np.linalg.norm(np.gradient(up, axis=0), axis=1) * GRID_HZ
    return np.nan_to_num(lowpass(grid, turned, 3.0))
