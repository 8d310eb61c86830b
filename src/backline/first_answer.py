"""A first answer about a clip, from a few frames a second, long before its numbers are known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path

from backline.model.measurement import Reason, Verdict
from backline.model.posture import ReferenceKind
from backline.parallel import in_background
from backline.reasons import retold
from backline.reps import Lift, detect_lift, find_reps
from backline.settings import Settings
from backline.sources.registry import SourceOptions, open_source
from backline.texts import say

FIRST_HZ = 4.0
"""Least frames a second: a rep lasts 2 s and more, which leaves 8 frames of it. In seven of eight
real and rendered clips that can be measured lift and reps were right (one rep too many in the
other), as with 5 and 6 frames a second."""


@dataclass(frozen=True)
class FirstAnswer:
    """What a few frames show: no angle, and all of it provisional.

    Parameters
    ----------
    verdict : {"ok", "limited", "refused"}
        Whether the clip can probably be measured.
    reasons : tuple of Reason
        Why it cannot, or with which limits; the decisive one first.
    lift : {"squat", "deadlift"}
        The lift.
    reps : int
        Number of reps.
    reference : str
        What changes will be measured from, see `backline.model.posture.Reference`.
    reference_span_s : (float, float) or None
        Where in the clip it lies, seconds.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    lift: Lift
    reps: int
    reference: ReferenceKind
    reference_span_s: tuple[float, float] | None


def first_answer(source: str | Path, options: SourceOptions | None = None) -> FirstAnswer:
    """Return verdict, lift, reps and reference of a clip from a few of its frames.

    It takes 7 s of processor time for a clip of 21 s (``python -m benchmarks.first_answer``). The
    frames are decoded once and kept, where they fit into memory
    (`backline.formats.remembered_clip`). The reference may differ from that of the whole analysis,
    as stillness shows less in so few frames.

    Parameters
    ----------
    source : str or Path
        A clip, or any other source, which is read whole.
    options : SourceOptions, optional
        Side, person, standing reference, lift, progress; as for the analysis.

    Raises
    ------
    SourceError, UsageError, NotMeasurableError
        As `backline.analyze`.
    """
    options = options or SourceOptions()
    options = replace(
        options, least_hz=FIRST_HZ, stickers="none", meanwhile=(), observations_path=None,
        settings=_for_few_frames(options.settings or Settings()),
    )  # fmt: skip
    with in_background(
        partial(import_module, "scipy.signal"), partial(import_module, "onnxruntime")
    ):
        measured = open_source(source, options)
    posture, quality = measured.posture, measured.quality
    lift = detect_lift(posture) if options.lift == "auto" else options.lift
    spans = posture.reference.spans
    return FirstAnswer(
        verdict=quality.verdict,
        reasons=quality.reasons,
        lift=lift,
        reps=len(find_reps(posture, lift)),
        reference=posture.reference.kind,
        reference_span_s=spans[0] if len(spans) == 1 else None,
    )


def _for_few_frames(settings: Settings) -> Settings:
    """Return settings by which a clip is not refused for the frames left out here."""
    apart_s = max(settings.gating.frames_apart_s, 1.5 / FIRST_HZ)
    gating = settings.gating.model_copy(update={"frames_apart_s": apart_s})
    return settings.model_copy(update={"gating": gating})


def sentence(answer: FirstAnswer) -> str:
    """Return a first answer as a sentence, in the language that is spoken."""
    if answer.verdict == "refused":
        reason = answer.reasons[0]
        return say("first_answer.refused", reason=retold(reason.code, reason.text))
    lift, reference = say(f"lift_name.{answer.lift}"), say(f"from.{answer.reference}")
    text = say("first_answer.measurable", lift=lift, count=answer.reps, reference=reference)
    return text[0].upper() + text[1:]
