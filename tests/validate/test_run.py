"""Many cases: in order, within the time, joined to tables that count every planted rep."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from backline.errors import BacklineError, MissingExtraError
from backline.progress import Progress
from backline.validate import run
from backline.validate.case_evaluation import EvaluatedCase
from backline.validate.cases import Case, case_list, plan_of
from backline.validate.detection import TOP_TUCK, outcome
from backline.validate.run import gather, run_cases
from tests.validate.synthetic import evaluated, frames_of, outcome_of


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Replace the work by a made-up result, and the extra by its pretence."""
    order: list[int] = []

    def work(case: Case, cache: Path) -> EvaluatedCase:
        order.append(case.index)
        return evaluated(case)

    monkeypatch.setattr(run, "evaluate_case", work)
    monkeypatch.setattr(run, "_need_renderer", lambda: None)
    return order


def test_cases_are_done_in_their_order_and_told_one_by_one(done: list[int], tmp_path: Path) -> None:
    told: list[Progress] = []
    found = run_cases(case_list(3), tmp_path / "new", workers=1, progress=told.append)
    assert done == [one.case.index for one in found] == [0, 1, 2]
    assert [(p.stage, p.done, p.total) for p in told] == [("clips", k, 3) for k in (1, 2, 3)]
    assert (tmp_path / "new").is_dir()


def test_no_case_is_begun_when_the_time_is_up(
    done: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 1000, 25))  # each look at the clock takes 25 s
    monkeypatch.setattr(run.time, "monotonic", lambda: next(clock))
    found = run_cases(case_list(9), tmp_path, workers=1, minutes=1.2)
    # begun at 0, looked at 25 and 50; 75 is past 72
    assert len(found) == len(done) == 2


def test_no_time_at_all_is_an_error(done: list[int], tmp_path: Path) -> None:
    with pytest.raises(BacklineError, match="allow more time with --minutes"):
        run_cases(case_list(2), tmp_path, workers=1, minutes=0.0)


def test_workers_stop_by_the_same_clock() -> None:
    case = case_list(1)[0]
    assert run._in_time(lambda c, p: evaluated(c), case, Path(), until=0.0) is None
    found = run._in_time(lambda c, p: evaluated(c), case, Path(), until=float("inf"))
    assert found is not None
    assert found.case is case


def test_a_process_that_fails_ends_the_run_loudly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a file stands where the cache's folder for the case would have to be
    monkeypatch.setattr(run, "_alone", None)
    case = case_list(1)[0]
    (tmp_path / case.name).write_text("in the way")
    with pytest.raises(FileExistsError):
        list(run._in_parallel([case], tmp_path, 2, float("inf")))


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"\[phantom\]"):
        run_cases(case_list(1), tmp_path)


def test_tables_carry_the_tags_of_their_case() -> None:
    cases = case_list(20)
    results = gather([evaluated(case) for case in cases])
    assert len(results.frames) == 20 * 50
    assert len(results.reps) == len(results.cases) == 20
    for case in cases:
        part = results.frames[results.frames["case"] == case.index]
        assert part["height_px"].eq(case.height_px).all()
        assert part["setting"].eq("fair" if case.group == "fair" else case.condition).all()
    assert results.cases["found_lift"].tolist() == [case.lift for case in cases]


def test_planted_reps_of_a_clip_that_failed_are_missed_not_forgotten() -> None:
    case = next(case for case in case_list(20) if case.event == "top")
    blank = frames_of(withheld=50)
    failed = EvaluatedCase(
        case, blank, pd.DataFrame(), outcome_of(case, failure="Nobody is there.")
    )
    results = gather([failed])
    assert len(results.reps) == len(plan_of(case).reps)
    found = outcome(results.reps, TOP_TUCK)
    assert (found.planted, found.hits, found.clean) == (len(plan_of(case).reps), 0, 0)
