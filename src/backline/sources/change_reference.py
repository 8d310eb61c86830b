"""Changes a finished measurement: another reference, drawn lines, a stretch of the clip alone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from backline.errors import SourceError, UsageError
from backline.model.measurement import Measured
from backline.model.posture import BoolArray, FloatArray, Reference, Standing
from backline.settings import Settings

if TYPE_CHECKING:
    from backline.sources.video.by_hand import HandLine

SHORTEST_S = 0.15
"""Shortest reference, seconds: as in touch-and-go reps."""
SHORTEST_CLIP_S = 1.0
"""Shortest stretch that a clip is trimmed to, seconds: a rep takes longer."""
LEAST_FRAMES = 3
"""Frames that a reference needs at least."""
OUTDATED = frozenset(
    {"standing_second_best", "reference_poor", "reference_lockouts", "reference_none"}
)
"""Reasons that concern the earlier reference."""


def change_reference(
    measured: Measured,
    span: tuple[float, float],
    settings: Settings | None = None,
    stored: Path | None = None,
) -> Measured:
    """Return a measurement relative to another moment of the clip.

    Where a video's observations are stored, the low back is estimated again relative to that
    moment, with new deviations and verdict, as if the clip had been analysed with it; a refused
    clip may have numbers then. Else (markers, sensors, keypoints, stickers) the mean over the
    moment is subtracted from the angles.

    Parameters
    ----------
    measured : Measured
        As the source gave it.
    span : (float, float)
        Start and end of the reference, seconds.
    settings : Settings, optional
        Filters and limits.
    stored : Path, optional
        The clip's observations (`backline.sources.video.observations_file`).

    Raises
    ------
    UsageError
        If the stretch is too short, or hardly anything was measured in it.
    """
    start, end = span
    if not end - start >= SHORTEST_S:
        raise UsageError(
            f"The reference from {start:g} to {end:g} s is too short: give at least "
            f"{SHORTEST_S:g} s."
        )
    if stored is not None and stored.exists() and measured.second_estimate is None:
        return _measured_again(measured, span, settings or Settings(), stored)
    return moved(measured, span)


def drawn_by_hand(
    measured: Measured,
    drawn: Sequence[HandLine],
    span: tuple[float, float] | None,
    settings: Settings | None = None,
    stored: Path | None = None,
) -> Measured:
    """Return a measurement with a person's back lines and hip points.

    Parameters
    ----------
    measured : Measured
        As the video source gave it.
    drawn : sequence of HandLine
        What was drawn.
    span : (float, float) or None
        The reference, where one was chosen, seconds.
    settings : Settings, optional
        Filters and limits.
    stored : Path, optional
        The clip's observations.

    Raises
    ------
    UsageError
        If no observations are stored, stickers gave the angles, or the lifter was not found where
        something was drawn.
    """
    if measured.second_estimate is not None:
        raise UsageError(
            "This clip was measured from stickers on the back, not from its outline: a line drawn "
            "by hand has nothing to correct there."
        )
    if stored is None or not stored.exists():
        raise UsageError(
            "What was seen in this clip is not kept any more: add the clip again, then draw."
        )
    return _measured_again(measured, span, settings or Settings(), stored, drawn)


def trimmed(
    measured: Measured,
    stretch: tuple[float, float],
    settings: Settings | None = None,
    stored: Path | None = None,
    *,
    span: tuple[float, float] | None = None,
    drawn: Sequence[HandLine] = (),
) -> Measured:
    """Return a measurement of one stretch of the clip, as if the rest had not been filmed.

    The reference is chosen within the stretch too.

    Parameters
    ----------
    measured : Measured
        The whole clip, as the video source gave it.
    stretch : (float, float)
        Start and end, seconds of the clip.
    settings : Settings, optional
        Filters and limits.
    stored : Path, optional
        The clip's observations.
    span : (float, float), optional
        The reference, where one was chosen, seconds of the clip.
    drawn : sequence of HandLine
        What was drawn; lines outside the stretch are left out.

    Raises
    ------
    UsageError
        If the stretch is too short or holds no frames, the chosen reference is outside it, no
        observations are stored, or stickers gave the angles.
    """
    (start, end), times = stretch, measured.posture.time_s
    inside = times[(times >= start) & (times <= end)]
    if len(inside) < LEAST_FRAMES or inside[-1] - inside[0] < SHORTEST_CLIP_S:
        raise UsageError(
            f"From {start:g} to {end:g} s the clip holds less than {SHORTEST_CLIP_S:g} s: choose a "
            "stretch with at least one whole rep."
        )
    if span is not None and not (start <= span[0] and span[1] <= end):
        raise UsageError(
            f"The standing reference from {span[0]:g} to {span[1]:g} s is outside the stretch from "
            f"{start:g} to {end:g} s: choose a stretch that holds it, or another reference."
        )
    if measured.second_estimate is not None:
        raise UsageError(
            "This clip was measured from stickers on the back and cannot be trimmed afterwards: "
            "cut it with the phone, and add it again."
        )
    if stored is None or not stored.exists():
        raise UsageError(
            "What was seen in this clip is not kept any more: add the clip again, then trim it."
        )
    lines = [one for one in drawn if start <= one.time_s <= end]
    again = _measured_again(measured, span, settings or Settings(), stored, lines, stretch)
    source = replace(measured.source, frames=len(inside), duration_s=float(inside[-1] - inside[0]))
    noted = {**again.settings, "trimmed_from_s": start, "trimmed_to_s": end}
    return replace(again, source=source, settings=noted)


def _measured_again(
    measured: Measured,
    span: tuple[float, float] | None,
    settings: Settings,
    stored: Path,
    drawn: Sequence[HandLine] = (),
    stretch: tuple[float, float] | None = None,
) -> Measured:
    from backline.sources.video.clip_observations import stretch_of
    from backline.sources.video.observations_file import load_observations
    from backline.sources.video.source import estimate_cache_of, measured_again

    try:
        observations = load_observations(stored)
    except SourceError:
        if span is None or drawn or stretch:
            raise
        return moved(measured, span)
    with closing(observations.crops):
        if stretch is not None:
            observations = stretch_of(observations, *stretch)
        again = measured_again(
            measured, observations, span, settings, drawn, estimate_cache_of(stored)
        )
    noted = _noted(again, span) if span else again.settings
    if drawn:
        noted = {**noted, "drawn_by_hand": ", ".join(f"{one.time_s:.2f} s" for one in drawn)}
    return replace(again, settings=noted)


def moved(measured: Measured, span: tuple[float, float]) -> Measured:
    """Subtract the mean over the stretch; angles with a zero of their own stay unchanged.

    For a video this is a quick approximation until the low back is estimated again.

    Parameters
    ----------
    measured : Measured
        As the source gave it.
    span : (float, float)
        Start and end of the reference, seconds.

    Raises
    ------
    UsageError
        If hardly anything was measured in it.
    """
    start, end = span
    posture = measured.posture
    inside = (posture.time_s >= start) & (posture.time_s <= end) & posture.measurable
    if int(inside.sum()) < LEAST_FRAMES:
        raise UsageError(
            f"Between {start:g} and {end:g} s the low back was hardly measured: choose a stretch "
            "of quiet standing in which the curve is drawn."
        )
    flexion = _from(posture.lumbar_flexion_deg, inside)
    lean = _from(posture.trunk_lean_deg, inside)
    noise = float(np.std(flexion[inside]))
    doubt = posture.reference.sd_deg
    own = np.sqrt(np.maximum(posture.lumbar_flexion_sd_deg**2 - doubt**2, 0.0))
    shifted = replace(
        posture,
        lumbar_flexion_deg=flexion,
        lumbar_flexion_sd_deg=np.where(inside, own, np.hypot(own, noise)),
        trunk_lean_deg=lean,
        pelvic_tilt_deg=lean - flexion,
        thoracic_flexion_deg=_from(posture.thoracic_flexion_deg, inside),
        standing=Standing(start, end, "given"),
        reference=Reference(
            "given", (span,), noise, noise,
            f"Numbers are changes from the moment that was given, {start:.1f} to {end:.1f} s.",
        ),
    )  # fmt: skip
    second_estimate = measured.second_estimate
    if second_estimate is not None:
        second_estimate = replace(
            second_estimate, lumbar_flexion_deg=_from(second_estimate.lumbar_flexion_deg, inside)
        )
    reasons = tuple(r for r in measured.quality.reasons if r.code not in OUTDATED)
    return replace(
        measured,
        posture=shifted,
        second_estimate=second_estimate,
        quality=replace(measured.quality, reasons=reasons),
        settings=_noted(measured, span),
    )


def _noted(measured: Measured, span: tuple[float, float]) -> dict[str, float | str]:
    return {**measured.settings, "standing_corrected": f"{span[0]:g} to {span[1]:g} s"}


def _from(values: FloatArray, inside: BoolArray) -> FloatArray:
    known = inside & np.isfinite(values)
    return values - float(np.mean(values[known])) if known.any() else values
