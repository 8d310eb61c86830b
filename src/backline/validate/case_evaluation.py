"""Evaluates one case: renders it, analyses it and compares it with its true angles.

What is kept is used again only while neither the case nor the program that made it has changed,
so that an interrupted run resumes where it stopped and never mixes two versions.
"""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from backline.errors import BacklineError
from backline.validate.cases import Case, plan_of, scene_of

if TYPE_CHECKING:
    import pandas as pd

    from backline.pipeline import Analysis

#: Parts of the package that change neither a rendered clip nor a measurement.
_APART = ("report", "web", "library", "batch", "validate")
_PICTURES, _CASES = "phantom", "validate/cases.py"
_SCORING = (
    "validate/ground_truth_comparison.py",
    "validate/proxies.py",
    "validate/case_evaluation.py",
)


@dataclass(frozen=True)
class EvaluatedCase:
    """One case, done.

    Parameters
    ----------
    case : Case
        Which.
    frames, reps : DataFrame
        From `backline.validate.ground_truth_comparison`; no rows in ``reps`` where nothing was
        found.
    outcome : dict
        ``verdict``, ``lift`` as found, ``reps`` found, ``findings``, ``reasons``, ``failure``
        ("" or the sentence that analysing ended with).
    """

    case: Case
    frames: pd.DataFrame
    reps: pd.DataFrame
    outcome: dict[str, Any]


def evaluate_case(case: Case, cache: Path) -> EvaluatedCase:
    """Render and analyse one case, or take from the cache what is already there.

    Parameters
    ----------
    case : Case
        Which clip.
    cache : Path
        Folder that holds one folder a case.
    """
    folder = cache / case.name
    folder.mkdir(parents=True, exist_ok=True)
    clip = rendered(case, folder)
    stamp = _digest(_sources(("",), _APART) | _sources(_SCORING), clip.name, _print_of(case))
    kept = _load(case, folder, stamp)
    if kept is not None:
        return kept
    done = _analysed(case, clip)
    done.frames.to_parquet(folder / "frames.parquet")
    done.reps.to_parquet(folder / "reps.parquet")
    (folder / "outcome.json").write_text(json.dumps({"stamp": stamp, **done.outcome}))
    return done


def rendered(case: Case, folder: Path) -> Path:
    """Return the case's clip, rendering it unless it lies in ``folder`` already."""
    from backline.phantom.clip import render_clip
    from backline.phantom.plan import events_of

    clip, note = folder / "clip.mp4", folder / "clip.sha"
    stamp = _print_of(case)
    if not (clip.exists() and note.exists() and note.read_text() == stamp):
        note.unlink(missing_ok=True)
        plan = plan_of(case)
        render_clip(clip, scene_of(case), plan, crf=case.crf, events=events_of(plan))
        note.write_text(stamp)
    return clip


def _load(case: Case, folder: Path, stamp: str) -> EvaluatedCase | None:
    import pandas as pd

    try:
        outcome = json.loads((folder / "outcome.json").read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    if outcome.pop("stamp", "") != stamp:
        return None
    frames, reps = (pd.read_parquet(folder / f"{name}.parquet") for name in ("frames", "reps"))
    return EvaluatedCase(case, frames, reps, outcome)


def _analysed(case: Case, clip: Path) -> EvaluatedCase:
    """Analyse a clip as a user would, with nothing given but its name."""
    import pandas as pd

    from backline import pipeline
    from backline.validate.ground_truth_comparison import frame_table, rep_table

    truth = pd.read_csv(clip.with_suffix(".truth.csv"))
    about = json.loads(clip.with_suffix(".truth.json").read_text())
    try:
        result = pipeline.analyze(clip)
    except BacklineError as error:
        frames = frame_table(truth, _nothing())
        return EvaluatedCase(case, frames, pd.DataFrame(), _outcome(None, str(error)))
    frames = frame_table(truth, result.posture)
    reps = rep_table(frames, about["plan"]["reps"], case.lift, result)
    return EvaluatedCase(case, frames, reps, _outcome(result, ""))


def _outcome(result: Analysis | None, failure: str) -> dict[str, Any]:
    if result is None:
        return {
            "verdict": "refused", "lift": "", "reps": 0, "findings": [], "reasons": [],
            "standing": "none", "failure": failure,
        }  # fmt: skip
    return {
        "verdict": result.quality.verdict,
        "lift": result.lift,
        "reps": len(result.reps),
        "findings": [f"{f.kind} {f.where} {f.rep} {f.size_deg:.1f}" for f in result.findings],
        "reasons": [reason.code for reason in result.quality.reasons],
        "standing": result.posture.standing.method,
        "failure": failure,
    }


def _nothing() -> Any:
    """Return a posture without frames, for a clip that could not be analysed."""
    from backline.model.posture import SERIES_FIELDS, Posture, Standing, WholeBodyMotion

    none = np.zeros(0)
    series: dict[str, Any] = dict.fromkeys(SERIES_FIELDS, none)
    series |= {"measurable": np.zeros(0, np.bool_), "reason": np.zeros(0, "<U16")}
    standing = Standing(float("nan"), float("nan"), "none")
    return Posture(
        time_s=none, standing=standing, motion=WholeBodyMotion(none, none, none), **series
    )


def _print_of(case: Case) -> str:
    """Return the fingerprint of a rendered clip: the case, and the program that draws it."""
    return _digest(_sources((_PICTURES, _CASES)), repr(case))


def _digest(sources: frozenset[tuple[str, str]], *words: str) -> str:
    return hashlib.sha256(repr((sorted(sources), words)).encode()).hexdigest()


@functools.cache
def _sources(inside: tuple[str, ...], apart: tuple[str, ...] = ()) -> frozenset[tuple[str, str]]:
    """Return name and hash of the package's programs and networks below some paths."""
    import backline

    root = Path(backline.__file__).parent
    found = set()
    for path in sorted([*root.rglob("*.py"), *root.rglob("*.onnx")]):
        name = path.relative_to(root).as_posix()
        if name.startswith((*apart, "cli")) or not name.startswith(inside):
            continue
        found.add((name, hashlib.sha256(path.read_bytes()).hexdigest()))
    return frozenset(found)
