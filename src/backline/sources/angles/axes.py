"""The lifter's anatomical axes: vertical and facing direction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backline.errors import NotMeasurableError
from backline.model.measurement import Reason
from backline.model.posture import FloatArray
from backline.reasons import sentence
from backline.sources.mocap.recording import MarkerRecording

LEAST_PARALLEL = 0.7
"""Cosine of the angle between the lines over ASIS and PSIS: parallel on every pelvis, they cross at
more than 60 degrees where the markers of one side have changed places."""
MOST_ASIDE_M = 0.1
"""Largest lateral distance of C7 from the sacrum, metres: shoulders are at 0.15 to 0.2, and C7
over a scoliosis at some centimetres."""
FEET = ("ANKLE_left", "ANKLE_right", "HEEL_left", "HEEL_right", "TOE_left", "TOE_right")


@dataclass(frozen=True, eq=False)
class Lifter:
    """Landmarks in axes of the lifter.

    Parameters
    ----------
    at : dict of str to ndarray, shape (n, 3)
        Landmark to its place, metres; the third coordinate points up.
    forward : ndarray, shape (n, 3)
        Level unit vector to the front of the pelvis, frame by frame; NaN where unknown.
    up_axis : str
        Which of the file's axes points up, for example ``"+z"``.
    remarks : tuple of Reason
        What was unusual and was corrected.
    """

    at: dict[str, FloatArray]
    forward: FloatArray
    up_axis: str
    remarks: tuple[Reason, ...] = ()

    def mean(self, *roles: str) -> FloatArray | None:
        """Return the mean of the landmarks that exist and are visible; None where none exists."""
        found = [self.at[role] for role in roles if role in self.at]
        return mean_known(found) if found else None

    def sagittal(self, segment: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return how far a segment, shape (n, 3), reaches forward and up, metres."""
        return np.einsum("ij,ij->i", segment, self.forward), segment[:, 2]


def mean_known(parts: list[FloatArray]) -> FloatArray:
    """Return the mean of the known values over arrays of one shape; NaN where none is known."""
    stack = np.stack(parts)
    known = np.isfinite(stack)
    total = np.where(known, stack, 0.0).sum(axis=0)
    count = known.sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def orient(recording: MarkerRecording) -> Lifter:
    """Rotate a recording so that the third axis is vertical, and find where the lifter faces.

    Up is the laboratory axis along which the pelvis lies above the feet (without markers on the
    feet: C7 above the pelvis) in most frames. The front is at right angles to the line from the
    right to the left of the pelvis, which stays level however far the lifter bends; ASIS in
    front of PSIS, summed over the recording, says which of the two ways it is.

    Raises
    ------
    NotMeasurableError
        If the vertical cannot be determined, ASIS and PSIS have changed places (on one side or
        both), or C7 is not a marker of the midline.
    """
    turn, up_axis = _upright(recording)
    at = {role: place @ turn.T for role, place in recording.at.items()}
    _check_pairs(recording)
    forward, swapped = _forward(at)
    lifter = Lifter(at, forward, up_axis)
    _check_front(recording, lifter)
    _check_midline(recording, lifter)
    if not swapped:
        return lifter
    pairs = ", ".join(recording.name(f"{pair}_left", f"{pair}_right") for pair in swapped)
    remark = Reason("sides_swapped", sentence("sides_swapped", pairs=pairs))
    return Lifter(at, forward, up_axis, (remark,))


def _upright(recording: MarkerRecording) -> tuple[FloatArray, str]:
    """Return the rotation that makes the file's vertical axis the third, and that axis."""
    pelvis = mean_known([recording.at["ASIS_left"], recording.at["ASIS_right"]])
    feet = [recording.at[role] for role in FEET if role in recording.at]
    if feet:
        rise = pelvis - mean_known(feet)
    elif "C7" in recording.at:
        rise = recording.at["C7"] - pelvis
    else:
        rise = np.full((1, 3), np.nan)
    rise = rise[np.isfinite(rise).all(axis=1)]
    if len(rise) == 0:
        raise NotMeasurableError(
            f"'{recording.path}' shows neither the feet (ANKLE, HEEL or TOE) nor C7 together with "
            "the pelvis, so it is not known which way is up: record one of these markers too."
        )
    middle = np.median(rise, axis=0)
    axis = int(np.argmax(np.abs(middle)))
    sign = 1.0 if middle[axis] > 0 else -1.0
    unit = np.eye(3)
    up, level = sign * unit[axis], unit[(axis + 1) % 3]
    turn = np.stack([level, np.cross(up, level), up])
    return turn, f"{'+' if sign > 0 else '-'}{'xyz'[axis]}"


def _forward(at: dict[str, FloatArray]) -> tuple[FloatArray, list[str]]:
    """Return the horizontal unit vectors to the front, and the pairs that point the wrong way."""
    ahead = mean_known([at["ASIS_left"], at["ASIS_right"]]) - back_of_pelvis(at)
    fronts, swapped = [], []
    for pair in ("ASIS", "PSIS"):
        if f"{pair}_left" not in at or f"{pair}_right" not in at:
            continue
        left = at[f"{pair}_left"] - at[f"{pair}_right"]
        front = np.stack([left[:, 1], -left[:, 0], np.zeros(len(left))], axis=1)
        agreement = float(np.nansum(front[:, :2] * ahead[:, :2]))
        if agreement < 0:
            swapped.append(pair)
        fronts.append(np.sign(agreement) * front)
    front = mean_known(fronts)
    size = np.linalg.norm(front, axis=1, keepdims=True)
    return np.where(size > 0, front / np.where(size > 0, size, 1.0), np.nan), swapped


def back_of_pelvis(at: dict[str, FloatArray]) -> FloatArray:
    """Return the middle of the PSIS, else the sacrum; both PSIS must be seen in a frame."""
    if "PSIS_left" in at and "PSIS_right" in at:
        return (at["PSIS_left"] + at["PSIS_right"]) / 2
    return at["SACRUM"]


def _check_front(recording: MarkerRecording, lifter: Lifter) -> None:
    """Raise where toes, or else the breast bone, point to the back of the pelvis."""
    toe, heel = lifter.mean("TOE_left", "TOE_right"), lifter.mean("HEEL_left", "HEEL_right")
    chest, spine = lifter.mean("CLAV", "STRN"), lifter.mean("C7", "T10")
    if toe is not None and heel is not None:
        ahead = lifter.sagittal(toe - heel)[0]
    elif chest is not None and spine is not None:
        ahead = lifter.sagittal(chest - spine)[0]
    else:
        return
    if np.nansum(ahead) < 0:
        front, back = recording.name("ASIS_left", "ASIS_right"), _back_names(recording)
        raise NotMeasurableError(
            f"'{recording.path}': {front} lie behind {back}, seen from the feet or the breast "
            "bone, so front and back of the pelvis have changed places: correct their names, or "
            "give a mapping file."
        )


def _check_pairs(recording: MarkerRecording) -> None:
    """Raise where the lines from left to right over the ASIS and over the PSIS cross."""
    if not {"PSIS_left", "PSIS_right"} <= set(recording.at):
        return
    lines = [recording.at[f"{pair}_left"] - recording.at[f"{pair}_right"]
             for pair in ("ASIS", "PSIS")]  # fmt: skip
    with np.errstate(invalid="ignore", divide="ignore"):
        units = [line / np.linalg.norm(line, axis=1, keepdims=True) for line in lines]
    along = np.abs(np.einsum("ij,ij->i", *units))
    known = along[np.isfinite(along)]
    if len(known) and float(np.median(known)) < LEAST_PARALLEL:
        raise NotMeasurableError(
            f"'{recording.path}': the line between {recording.name('ASIS_left', 'ASIS_right')} "
            f"crosses that between {_back_names(recording)}, so ASIS and PSIS of one side have "
            "changed places: correct their names, or give a mapping file."
        )


def _check_midline(recording: MarkerRecording, lifter: Lifter) -> None:
    """Raise where the marker on C7 lies at a shoulder."""
    if "C7" not in lifter.at:
        return
    aside = np.stack([-lifter.forward[:, 1], lifter.forward[:, 0], lifter.forward[:, 2]], axis=1)
    off = np.einsum("ij,ij->i", lifter.at["C7"] - back_of_pelvis(lifter.at), aside)
    known = off[np.isfinite(off)]
    if len(known) and abs(float(np.median(known))) > MOST_ASIDE_M:
        raise NotMeasurableError(
            f"'{recording.path}': {recording.name('C7')} lies "
            f"{abs(float(np.median(known))):.2f} m to the side of {_back_names(recording)}, and C7 "
            "is in the middle of the back: its name was exchanged with another's; correct it, or "
            "give a mapping file."
        )


def _back_names(recording: MarkerRecording) -> str:
    if "PSIS_left" in recording.names and "PSIS_right" in recording.names:
        return recording.name("PSIS_left", "PSIS_right")
    return recording.name("SACRUM")
