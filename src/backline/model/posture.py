"""Posture: the angle series of one recording, with its uncertainty. Every source returns one.

Signs (see the contract): lumbar flexion + when the low back rounds; pelvic tilt + anterior;
trunk lean + forward; hip and knee flexion and ankle dorsiflexion + flexion; lumbar curve
+ lordotic. Lumbar flexion, pelvic tilt and trunk lean are CHANGES from the
reference, and ``pelvic tilt = trunk lean - lumbar flexion`` holds in every frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
StandingMethod = Literal["before_first_rep", "between_reps", "after_last_rep", "given", "none"]
ReferenceKind = Literal["quiet_standing", "given", "record", "lockouts", "none"]


@dataclass(frozen=True)
class Standing:
    """The stretch of quiet standing that every change is measured from.

    Parameters
    ----------
    start_s, end_s : float
        Its time span, seconds; NaN where ``method`` is ``"none"``, and where the user gave
        another recording of it.
    method : str
        How it was found; ``"given"`` when the user named it.
    """

    start_s: float
    end_s: float
    method: StandingMethod

    @property
    def elsewhere(self) -> bool:
        """Whether it was taken from another recording, so that no frame of this one shows it."""
        return self.method == "given" and math.isnan(self.start_s)


ELSEWHERE = Standing(math.nan, math.nan, "given")
"""The standing reference that another recording shows."""


@dataclass(frozen=True)
class Reference:
    """What the changes of a posture are measured from, and its uncertainty.

    Parameters
    ----------
    kind : str
        ``"quiet_standing"`` (in the clip), ``"given"`` (a span or a clip that the user named),
        ``"record"`` (this lifter's earlier standing), ``"lockouts"`` (the upright moments of the
        set), ``"none"`` (each rep is measured from its own most extended moment).
    spans : tuple of (float, float)
        Where in this recording it is, seconds, in order of time; empty where no frame shows it.
    sd_deg : float
        One standard deviation of its zero about the lifter's own standing posture, degrees.
    noise_deg : float
        Standard deviation of lumbar flexion within it, degrees; NaN unknown.
    text : str
        One sentence about it for people.
    """

    kind: ReferenceKind
    spans: tuple[tuple[float, float], ...] = ()
    sd_deg: float = 0.0
    noise_deg: float = math.nan
    text: str = ""

    @property
    def start_s(self) -> float:
        """Its first moment, seconds; NaN where no frame shows it."""
        return self.spans[0][0] if self.spans else math.nan

    @property
    def end_s(self) -> float:
        """Its last moment, seconds; NaN where no frame shows it."""
        return self.spans[-1][1] if self.spans else math.nan

    @property
    def within_reps(self) -> bool:
        """Whether there is none, so that each rep is measured from a moment of its own."""
        return self.kind == "none"

    def frames(self, time_s: FloatArray) -> BoolArray:
        """Return which of the times, seconds, belong to it; shape as ``time_s``."""
        inside = np.zeros(len(time_s), dtype=np.bool_)
        for start, end in self.spans:
            inside |= (time_s >= start - 1e-9) & (time_s <= end + 1e-9)
        return inside


_FROM_STANDING = Reference("none")
"""Placeholder for "not given": the reference is then the quiet standing."""


def reference_from(standing: Standing) -> Reference:
    """Return the reference that a stretch of quiet standing is, without a deviation of its own."""
    if standing.method == "none":
        return Reference("none")
    kind: ReferenceKind = "given" if standing.method == "given" else "quiet_standing"
    spans = () if math.isnan(standing.start_s) else ((standing.start_s, standing.end_s),)
    return Reference(kind, spans)


@dataclass(frozen=True)
class WholeBodyMotion:
    """Position of the body, for finding reps. NaN where unknown.

    Parameters
    ----------
    hip_height : ndarray, shape (n,)
        Height of the hip above the ankle, in leg lengths (1 = standing).
    hip_travel : ndarray, shape (n,)
        Horizontal place of the hip, + to the front of the lifter, in leg lengths.
    hands_below_shoulders : ndarray, shape (n,)
        How far the wrists hang below the shoulders, in trunk lengths: near 1 in a
        deadlift, near 0 with a bar on the back, below 0 overhead.
    shoulder_height : ndarray, shape (n,), optional
        Height of the shoulders, in leg lengths, any zero; all NaN where left out.
    bar_ahead : ndarray, shape (n,), optional
        How far the bar is in front of the shoulders, in trunk lengths, any zero: only its change
        means something. NaN where it is not seen; all NaN where left out.
    """

    hip_height: FloatArray
    hip_travel: FloatArray
    hands_below_shoulders: FloatArray
    shoulder_height: FloatArray = field(default_factory=lambda: np.empty(0))
    bar_ahead: FloatArray = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        for name in ("shoulder_height", "bar_ahead"):
            if len(getattr(self, name)) != len(self.hip_height):
                object.__setattr__(self, name, np.full(len(self.hip_height), np.nan))


@dataclass(frozen=True)
class Posture:
    """Angles of one lift, frame by frame, as change from the standing reference.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        The source's own time of each frame, seconds, strictly increasing.
    lumbar_flexion_deg, pelvic_tilt_deg, trunk_lean_deg : ndarray, shape (n,)
        Change from the standing reference, degrees.
    lumbar_flexion_sd_deg, pelvic_tilt_sd_deg, trunk_lean_sd_deg : ndarray, shape (n,)
        One standard deviation of each, degrees.
    lumbar_curve_deg : ndarray, shape (n,)
        Angle between the back's tangents over T12 and S1, + lordotic.
    thoracic_flexion_deg : ndarray, shape (n,)
        Bend above T12, change from the standing reference; NaN where the source does not measure
        it.
    hip_flexion_deg, knee_flexion_deg, ankle_dorsiflexion_deg : ndarray, shape (n,)
        Field's usual zero (anatomical standing).
    measurable : ndarray of bool, shape (n,)
        Whether the low back can be measured in the frame.
    reason : ndarray of str, shape (n,)
        Code of why not (``""`` where measurable), for example ``"back_hidden"``.
    standing : Standing
        The lifter's quiet standing; method ``"none"`` where the recording shows none.
    motion : WholeBodyMotion
        Position signals for finding reps.
    notes : tuple of str
        Sentences for the report.
    reference : Reference, optional
        What changes are measured from; the quiet standing where left out.
    back_bulge : ndarray, shape (n,), optional
        How far the outline of the low back stands out behind its chord, share of the chord:
        + convex (rounded), - hollow; NaN where the outline is not seen.
    """

    time_s: FloatArray
    lumbar_flexion_deg: FloatArray
    lumbar_flexion_sd_deg: FloatArray
    pelvic_tilt_deg: FloatArray
    pelvic_tilt_sd_deg: FloatArray
    trunk_lean_deg: FloatArray
    trunk_lean_sd_deg: FloatArray
    lumbar_curve_deg: FloatArray
    thoracic_flexion_deg: FloatArray
    hip_flexion_deg: FloatArray
    knee_flexion_deg: FloatArray
    ankle_dorsiflexion_deg: FloatArray
    measurable: BoolArray
    reason: NDArray[np.str_]
    standing: Standing
    motion: WholeBodyMotion
    notes: tuple[str, ...] = field(default=())
    reference: Reference = field(default=_FROM_STANDING)
    back_bulge: FloatArray = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        n = len(self.time_s)
        if len(self.back_bulge) == 0:
            object.__setattr__(self, "back_bulge", np.full(n, np.nan))
        if self.reference is _FROM_STANDING:
            object.__setattr__(self, "reference", reference_from(self.standing))
        for name in SERIES_FIELDS:
            found = getattr(self, name).shape
            if found != (n,):
                raise ValueError(f"{name}: expected shape ({n},), got {found}")
        if n > 1 and not bool(np.all(np.diff(self.time_s) > 0)):
            raise ValueError("time_s: expected strictly increasing times")

    def __len__(self) -> int:
        return len(self.time_s)

    def between(self, start_s: float, end_s: float) -> Posture:
        """Return the frames with ``start_s <= time < end_s``."""
        keep = (self.time_s >= start_s) & (self.time_s < end_s)
        series = {name: getattr(self, name)[keep] for name in ("time_s", *SERIES_FIELDS)}
        moved = {f.name: getattr(self.motion, f.name)[keep] for f in fields(WholeBodyMotion)}
        return replace(self, **series, motion=WholeBodyMotion(**moved))

    def index_at(self, time_s: float) -> int:
        """Return the index of the frame nearest to a time in seconds."""
        return int(np.argmin(np.abs(self.time_s - time_s)))


SERIES_FIELDS: tuple[str, ...] = (
    "lumbar_flexion_deg",
    "lumbar_flexion_sd_deg",
    "pelvic_tilt_deg",
    "pelvic_tilt_sd_deg",
    "trunk_lean_deg",
    "trunk_lean_sd_deg",
    "lumbar_curve_deg",
    "thoracic_flexion_deg",
    "hip_flexion_deg",
    "knee_flexion_deg",
    "ankle_dorsiflexion_deg",
    "measurable",
    "reason",
    "back_bulge",
)
