"""Runs cases in worker processes until they are done or the time is up."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backline.errors import BacklineError, MissingExtraError
from backline.progress import Progress, ProgressCallback
from backline.validate.case_evaluation import EvaluatedCase, evaluate_case
from backline.validate.cases import Case

if TYPE_CHECKING:
    import pandas as pd

#: Cases that one worker process does before a fresh one takes its place: the renderer does not
#: give all of its memory back.
CASES_A_WORKER = 16
STAGE = "clips"


@dataclass(frozen=True)
class Results:
    """All cases together.

    Parameters
    ----------
    frames : DataFrame
        One row a frame, with the case's tags and ``setting``: ``"fair"``, or what is outside.
    reps : DataFrame
        One row a planted rep, with the case's tags.
    cases : DataFrame
        One row a case: its tags, and ``found_*`` what came of it.
    """

    frames: pd.DataFrame
    reps: pd.DataFrame
    cases: pd.DataFrame


def run_cases(
    cases: list[Case],
    cache: Path,
    *,
    workers: int = 2,
    minutes: float | None = None,
    progress: ProgressCallback | None = None,
) -> list[EvaluatedCase]:
    """Evaluate cases, the first ones first.

    Parameters
    ----------
    cases : list of Case
        In the order in which they matter.
    cache : Path
        What is kept between runs; made if missing.
    workers : int
        Processes; 1 works in this one.
    minutes : float, optional
        No new case is begun after this time.
    progress : callable, optional
        Called with each finished case.

    Returns
    -------
    list of EvaluatedCase
        In the order of the cases; shorter than asked where the time was up.

    Raises
    ------
    MissingExtraError
        If the extra ``phantom`` is not installed.
    BacklineError
        If nothing was done within the time.
    """
    _need_renderer()
    cache.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + 60 * minutes if minutes is not None else float("inf")
    stream = (
        _here(cases, cache, until) if workers <= 1 else _in_parallel(cases, cache, workers, until)
    )
    done = []
    for evaluated in stream:
        done.append(evaluated)
        if progress:
            progress(Progress(STAGE, len(done), len(cases)))
    if not done:
        raise BacklineError(
            f"No clip was done within {minutes} minutes: allow more time with --minutes."
        )
    return sorted(done, key=lambda evaluated: evaluated.case.index)


def _need_renderer() -> None:
    from importlib.util import find_spec

    if any(find_spec(name) is None for name in ("anny", "pyvista", "torch")):
        raise MissingExtraError("Validation on rendered lifters", "phantom")


def _here(cases: list[Case], cache: Path, until: float) -> Iterator[EvaluatedCase]:
    for case in cases:
        if time.monotonic() >= until:
            return
        yield evaluate_case(case, cache)


def _in_parallel(
    cases: list[Case], cache: Path, workers: int, until: float
) -> Iterator[EvaluatedCase]:
    """Work in rounds, each with fresh processes; a process that dies ends the run loudly."""
    size = CASES_A_WORKER * workers
    for start in range(0, len(cases), size):
        if time.monotonic() >= until:
            return
        with ProcessPoolExecutor(workers, get_context("spawn"), _alone) as pool:
            some = cases[start : start + size]
            futures = [pool.submit(_in_time, evaluate_case, case, cache, until) for case in some]
            try:
                for future in as_completed(futures):
                    evaluated = future.result()
                    if evaluated is not None:
                        yield evaluated
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise


def _in_time(
    work: Callable[[Case, Path], EvaluatedCase], case: Case, cache: Path, until: float
) -> EvaluatedCase | None:
    """Do one case unless the time is up (the clock is the same in all processes)."""
    return work(case, cache) if time.monotonic() < until else None


def _alone() -> None:
    """Keep a worker to one core: the workers share the machine between them."""
    os.environ["OMP_NUM_THREADS"] = "1"
    import cv2
    import torch

    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def gather(evaluated: list[EvaluatedCase]) -> Results:
    """Join evaluated cases to three tables."""
    import pandas as pd

    frames, reps, rows = [], [], []
    for one in evaluated:
        tags = one.case.tags()
        outcome = {f"found_{k}": _flat(v) for k, v in one.outcome.items()}
        rows.append(tags | outcome)
        frames.append(_tagged(one.frames, tags))
        if len(one.reps):
            reps.append(_tagged(one.reps, tags))
        else:
            reps.append(_tagged(_unseen_reps(one.case), tags))
    joined = pd.concat(frames, ignore_index=True)
    joined["setting"] = settings_of(joined)
    return Results(joined, pd.concat(reps, ignore_index=True), pd.DataFrame(rows))


def settings_of(frames: pd.DataFrame) -> Any:
    """Return each frame's setting: ``"fair"``, the condition, or ``"plate over the back"``."""
    import numpy as np

    from backline.validate.ground_truth_comparison import HIDDEN_FROM

    fair = (frames["group"] == "fair").to_numpy()
    setting = np.where(fair, "fair", frames["condition"].to_numpy(dtype=object))
    return np.where(frames["hidden"].to_numpy() > HIDDEN_FROM, "plate over the back", setting)


def _tagged(table: pd.DataFrame, tags: dict[str, Any]) -> pd.DataFrame:
    names = {k: v for k, v in tags.items() if k not in ("index", "reps")}
    return table.assign(**names)


def _flat(value: Any) -> Any:
    return "; ".join(map(str, value)) if isinstance(value, list) else value


def _unseen_reps(case: Case) -> pd.DataFrame:
    """Return a case's planted reps where analysing gave nothing: all of them missed."""
    import pandas as pd

    from backline.validate.cases import plan_of
    from backline.validate.ground_truth_comparison import EVENTS, HELD

    rows = [
        {
            "rep": number,
            "planted_bottom": rep.bottom_deg,
            "planted_top": rep.top_deg,
            "planted_ascent": rep.ascent_deg,
            "knee_deg": rep.knee_deg,
            "found": False,
            **{f"alarm_{event}": "none" for event in EVENTS},
            **{f"{what}_{place}": False for what in ("measured", "hidden") for place in HELD},
        }
        for number, rep in enumerate(plan_of(case).reps, start=1)
    ]
    return pd.DataFrame(rows)
