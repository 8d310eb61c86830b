"""Analyses one clip of a batch: from its address to its result archive in the store."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from backline.batch.manifest import standing_span
from backline.batch.manifest_clip import ManifestClip
from backline.batch.result_archive import archive_name, pack
from backline.batch.store import FetchError, ResultStore, content_sha256, local_copy
from backline.errors import BacklineError, NotMeasurableError
from backline.model.trial import sex_of
from backline.sources import DEFAULT_ENGINE

if TYPE_CHECKING:
    from pathlib import Path

    from backline.pipeline import Analysis
    from backline.settings import Settings


AWAY = "unreachable"
"""Code of a clip that could not be fetched; the next run tries it again."""


@dataclass(frozen=True)
class ClipTask:
    """One clip to be measured.

    Parameters
    ----------
    clip : ManifestClip
        With the hash of its content.
    key : str
        Key of its result.
    root : str
        The dataset.
    settings : dict
        Values of :class:`backline.settings.Settings`.
    engine : str
        Pose engine.
    """

    clip: ManifestClip
    key: str
    root: str
    settings: dict[str, Any]
    engine: str = DEFAULT_ENGINE


@dataclass(frozen=True)
class ClipOutcome:
    """Outcome of a clip; one line of the ledger.

    Parameters
    ----------
    key : str
        Of the clip's result.
    status : {"done", "refused", "failed", "duplicate"}
        Refused: read, but nothing can be measured. Failed: no result.
    code, text : str
        The reason; ``""`` where done.
    seconds : float
        Time on the clip.
    tries : int
        How often it was tried, 1 or more.
    """

    key: str
    status: str
    code: str = ""
    text: str = ""
    seconds: float = 0.0
    tries: int = 1


def recipe(settings: Settings, engine: str) -> str:
    """Return what the result depends on besides the clip: version, engine, models, settings."""
    from backline.versions import collect

    facts = {k: v for k, v in collect().items() if k.startswith(("backline", "network"))}
    return json.dumps([facts, engine, settings.model_dump()], sort_keys=True)


def do(task: ClipTask) -> ClipOutcome:
    """Measure a clip and put its result archive into the store.

    An error of the clip becomes a failed outcome. An error of the store is raised.
    """
    start = time.monotonic()
    tables: dict[str, Any] = {}
    lift = "unknown"
    try:
        analysis = _analyse(task)
    except NotMeasurableError as error:
        outcome = ClipOutcome(task.key, "refused", "not_measurable", _line(error))
    except BacklineError as error:
        outcome = ClipOutcome(task.key, "failed", _code(error), _line(error))
    except Exception as error:  # noqa: BLE001 - one clip never stops the rest
        text = f"Backline stopped on an error that it did not expect ({_named(error)})."
        outcome = ClipOutcome(task.key, "failed", "unexpected", text)
    else:
        from backline.batch.tables import rows

        lift = analysis.lift
        tables = rows(analysis, task.clip, task.key)
        outcome = ClipOutcome(task.key, "done", *_refusal(analysis))
        if outcome.code:
            outcome = replace(outcome, status="refused")
    outcome = replace(outcome, seconds=round(time.monotonic() - start, 3))
    put(ResultStore(task.root), outcome, lift, tables)
    return outcome


def put(store: ResultStore, outcome: ClipOutcome, lift: str, tables: dict[str, Any]) -> None:
    """Write a result archive atomically."""
    store.put(archive_name(outcome.key), pack(asdict(outcome), lift, tables))


def _analyse(task: ClipTask) -> Analysis:
    from backline import pipeline
    from backline.settings import Settings

    clip = task.clip
    span = standing_span(clip)
    with local_copy(clip.source) as path:
        _still_the_same(clip, path)

        def run(standing: Path | tuple[float, float] | None) -> Analysis:
            return pipeline.analyze(
                path,
                lift=cast("Any", clip.lift),
                load_kg=clip.load_kg,
                body_mass_kg=clip.body_mass_kg,
                height_cm=clip.height_cm,
                sex=sex_of(clip.sex),
                lifter=clip.lifter,
                cue=clip.cue,
                standing=standing,
                side=cast("Any", clip.side),
                engine=task.engine,
                settings=Settings(**task.settings),
            )

        if clip.standing is None or span is not None:
            return run(span)
        with local_copy(clip.standing) as own:
            return run(own)


def _still_the_same(clip: ManifestClip, path: Path) -> None:
    if content_sha256(str(path)) != clip.sha256:
        raise BacklineError(
            f"'{clip.source}' changed while the batch ran: run the same line again."
        )


def _refusal(analysis: Analysis) -> tuple[str, str]:
    if analysis.quality.verdict != "refused":
        return "", ""
    reasons = analysis.quality.reasons
    return (reasons[0].code, reasons[0].text) if reasons else ("not_measurable", "")


def _code(error: BacklineError) -> str:
    if isinstance(error, FetchError):
        return AWAY
    return {2: "bad_value", 3: "unreadable"}.get(error.exit_code, "error")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {_line(error) or 'no message'}"
