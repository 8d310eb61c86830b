"""Gluteus maximus through the lift: length, velocity, moment arm and action.

Whether a muscle shortens, lengthens or holds follows from the hip's angle alone; how hard it
works does not, and no video shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backline.loads.body import USUAL_HEIGHT_CM
from backline.loads.full_body import MODEL_HEIGHT_M, between, muscles
from backline.model.posture import FloatArray, Posture
from backline.signals.filters import lowpass, speed

DEAD_BAND = 0.03
"""Changes slower than this count as holding, standing lengths a second: about 6 degrees of
hip a second, three times what a hip read with an error of 2 degrees seems to do when it is still
at `SPEED_CUTOFF_HZ`, and a third of a 9 degree tuck made in half a second (16 degrees a
second)."""
SPEED_CUTOFF_HZ = 1.5
"""Zero-phase low-pass of the hip's angle before it is differentiated, Hz: a lift's phase lasts 1 to
2 s, and speed's noise grows with frequency."""
ACTIONS = ("shortening", "holding", "lengthening")


@dataclass(frozen=True)
class GluteSeries:
    """The gluteus maximus, frame by frame; NaN (``""``) where the hip was not measured.

    Parameters
    ----------
    length : ndarray, shape (n,)
        Of the whole muscle, its parts weighted by strength; 1 is its length in the standing
        posture.
    speed : ndarray, shape (n,)
        Its change, standing lengths a second, + lengthens.
    action : ndarray of str, shape (n,)
        ``"shortening"``, ``"holding"`` or ``"lengthening"``, with `DEAD_BAND`.
    part_length, part_speed : ndarray, shape (n, 3)
        The same of the upper, middle and lower part.
    part_arm_m : ndarray, shape (n, 3)
        Arm of each part about the hip, metres, + extends, at the lifter's size.
    """

    length: FloatArray = field(default_factory=lambda: np.zeros(0))
    speed: FloatArray = field(default_factory=lambda: np.zeros(0))
    action: NDArray[np.object_] = field(default_factory=lambda: np.zeros(0, dtype=object))
    part_length: FloatArray = field(default_factory=lambda: np.zeros((0, 3)))
    part_speed: FloatArray = field(default_factory=lambda: np.zeros((0, 3)))
    part_arm_m: FloatArray = field(default_factory=lambda: np.zeros((0, 3)))

    def __bool__(self) -> bool:
        return bool(np.isfinite(self.length).any())

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        """The contract's columns ``glute_length`` and ``glute_action``."""
        return {"glute_length": self.length, "glute_action": self.action}


def glute_series(posture: Posture, height_cm: float | None = None) -> GluteSeries:
    """Compute the gluteus maximus over a clip.

    Parameters
    ----------
    posture : Posture
        The clip. Only the hip's angle counts; the leg is taken to move straight forward.
    height_cm : float, optional
        Stature, for the arms; the usual one where left out.

    Returns
    -------
    GluteSeries
        NaN throughout where the hip was never measured.
    """
    hip = np.where(posture.measurable, posture.hip_flexion_deg, np.nan)
    if not np.isfinite(hip).any():
        none, parts = np.full(len(hip), np.nan), np.full((len(hip), 3), np.nan)
        return GluteSeries(none, none, actions(none), parts, parts, parts)
    table = muscles().hip
    own = part_lengths(np.array([standing_hip(posture, hip)]))[0]
    lengths = part_lengths(hip) / own
    smooth = part_lengths(lowpass(posture.time_s, hip, SPEED_CUTOFF_HZ))
    changes = np.stack([speed(posture.time_s, part) for part in smooth.T], axis=1)
    changes = np.where(np.isfinite(hip)[:, None], changes, np.nan)
    weight = own * _strength() / float(own @ _strength())
    change = changes @ _strength() / float(own @ _strength())
    scale = (height_cm or USUAL_HEIGHT_CM) / 100 / MODEL_HEIGHT_M
    return GluteSeries(
        length=np.asarray(lengths @ weight),
        speed=change,
        action=actions(change),
        part_length=lengths,
        part_speed=changes / own,
        part_arm_m=scale * between(table.flexion_deg, table.arm_m, hip),
    )


def part_lengths(hip_flexion_deg: FloatArray) -> FloatArray:
    """Return the lengths of the three parts at hip angles, metres at the model's size, (n, 3)."""
    table = muscles().hip
    return between(table.flexion_deg, table.length_m, hip_flexion_deg)


def whole_length(hip_flexion_deg: FloatArray) -> FloatArray:
    """Return the length of the whole muscle at hip angles, metres at the model's size, (n,)."""
    return np.asarray(part_lengths(hip_flexion_deg) @ _strength())


def actions(change: FloatArray) -> NDArray[np.object_]:
    """Return what a muscle does, from its speed in own lengths a second; ``""`` where unknown."""
    said = np.where(change > DEAD_BAND, "lengthening", "holding")
    said = np.where(change < -DEAD_BAND, "shortening", said)
    return np.where(np.isfinite(change), said, "").astype(object)


def standing_hip(posture: Posture, hip_flexion_deg: FloatArray) -> float:
    """Return hip flexion in standing; of the straightest 5 % where no frame shows it."""
    still = posture.reference.frames(posture.time_s)
    still &= np.isfinite(hip_flexion_deg)
    if still.any():
        return float(np.mean(hip_flexion_deg[still]))
    known = hip_flexion_deg[np.isfinite(hip_flexion_deg)]
    return float(np.percentile(known, 5))


def _strength() -> FloatArray:
    """Return the share of each part in the muscle's strength."""
    table = muscles().hip
    straight = table.force_n[int(np.argmin(np.abs(table.flexion_deg)))]
    return np.asarray(straight / straight.sum())
