"""The standing reference of a recording: given as another recording, as seconds, or found in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backline.errors import NotMeasurableError, SourceError, UsageError
from backline.model.posture import BoolArray, FloatArray, Standing
from backline.signals.filters import known_mean
from backline.signals.standing import find_standing
from backline.sources.angles.raw import RawAngles

NONE = Standing(float("nan"), float("nan"), "none")


@dataclass(frozen=True)
class AngleZero:
    """Mean angles of the standing reference, degrees; NaN where unknown."""

    pelvis_deg: float
    trunk_deg: float
    thoracic_deg: float
    hip_deg: float
    ankle_deg: float


def own_standing(
    raw: RawAngles, span: tuple[float, float] | None, minimum_s: float, path: Path
) -> tuple[Standing, AngleZero | None]:
    """Find the standing reference in a recording, or use the span that the user gave.

    Parameters
    ----------
    raw : RawAngles
        The recording.
    span : (float, float) or None
        Start and end as the user gave them, seconds of the file's own time.
    minimum_s : float
        Shortest stretch that will do, seconds.
    path : Path
        For messages.

    Returns
    -------
    Standing
        Method ``"none"`` where there is none.
    AngleZero or None
        Its mean angles.

    Raises
    ------
    UsageError
        If the given span shows no frame with pelvis and trunk (without any trunk: the pelvis).
    """
    known = known_frames(raw)
    if span is not None:
        frames = known & (raw.time_s >= span[0]) & (raw.time_s <= span[1])
        if not frames.any():
            raise UsageError(
                f"--standing is {span[0]:g}:{span[1]:g}, and '{path}' shows {_wanted(raw)} in "
                f"none of its frames then (it runs from {raw.time_s[0]:g} to {raw.time_s[-1]:g} "
                "s): give another span."
            )
        return Standing(span[0], span[1], "given"), zero_of(raw, frames)
    found = find_standing(
        raw.time_s,
        raw.motion.hip_height,
        raw.knee_deg,
        raw.trunk_deg,
        minimum_s=minimum_s,
        hip_travel=raw.motion.hip_travel,
    )
    frames = known & (raw.time_s >= found.start_s) & (raw.time_s <= found.end_s)
    return (found, zero_of(raw, frames)) if frames.any() else (NONE, None)


def known_frames(raw: RawAngles) -> BoolArray:
    """Return the frames with pelvis and trunk; without any trunk, those with the pelvis."""
    visible = raw.visible
    if visible.any() or np.isfinite(raw.trunk_deg).any():
        return visible
    return np.asarray(np.isfinite(raw.pelvis_deg), dtype=np.bool_)


def _wanted(raw: RawAngles) -> str:
    return "pelvis and trunk" if np.isfinite(raw.trunk_deg).any() else "the pelvis"


def standing_elsewhere(raw: RawAngles, minimum_s: float, path: Path, lift: RawAngles) -> AngleZero:
    """Return the standing reference from a recording that was given for it.

    One that is shorter than ``minimum_s``, such as a laboratory's static of one frame, is taken
    whole.

    Parameters
    ----------
    raw : RawAngles
        That recording.
    minimum_s : float
        Shortest stretch of quiet standing that is searched for, seconds.
    path : Path
        For messages.
    lift : RawAngles
        The lift that is measured from it.

    Raises
    ------
    NotMeasurableError
        If it shows no quiet standing, or no trunk where the lift shows one.
    """
    known = known_frames(raw)
    if known.any() and raw.time_s[-1] - raw.time_s[0] < minimum_s:
        zero: AngleZero | None = zero_of(raw, known)
    else:
        zero = own_standing(raw, None, minimum_s, path)[1]
    if zero is None:
        raise NotMeasurableError(
            f"'{path}', given as the standing reference, shows no {minimum_s:g} s of quiet, "
            f"upright standing with {_wanted(raw)} in view: give a recording of quiet standing, or "
            "a span of seconds such as 0.5:2.5."
        )
    if np.isfinite(lift.trunk_deg).any() and not np.isfinite(zero.trunk_deg):
        raise NotMeasurableError(
            f"'{path}', given as the standing reference, does not show the trunk (C7 in markers, "
            "the lumbar joints in OpenSim's angles), which the lift shows: give one with the same "
            "markers or model, or a span of seconds, such as 0.5:2.5."
        )
    return zero


@contextmanager
def about_standing() -> Iterator[None]:
    """Add to errors that they concern the recording given as the standing reference."""
    try:
        yield
    except (NotMeasurableError, SourceError, UsageError) as error:
        text = str(error)
        if "given as the standing reference" not in text:
            text = f"In the recording given as the standing reference: {text}"
        raise type(error)(text) from error


def zero_of(raw: RawAngles, frames: BoolArray) -> AngleZero:
    """Return the mean angles of some frames."""

    def mean(values: FloatArray) -> float:
        return known_mean(values[frames])

    return AngleZero(
        mean(raw.pelvis_deg),
        mean(raw.trunk_deg),
        mean(raw.thoracic_deg),
        mean(raw.hip_deg),
        mean(raw.ankle_deg),
    )
