"""Processor time by stage: every stage exists, and no time counts twice."""

from __future__ import annotations

import functools
import importlib
import time
from collections.abc import Iterator

import pytest
from benchmarks.stages import STAGES, Clock


@pytest.mark.parametrize(("name", "module", "path"), STAGES)
def test_every_stage_is_a_function_of_the_program(name: str, module: str, path: str) -> None:
    found = functools.reduce(getattr, path.split("."), importlib.import_module(module))
    assert callable(found), name


def test_time_within_a_stage_within_another_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "process_time", lambda: now[0])
    clock = Clock()

    def work(seconds: float) -> None:
        now[0] += seconds

    def items() -> Iterator[int]:
        for i in range(3):
            work(1.0)
            yield i

    inner = clock.around("inner", work)

    def both() -> None:
        work(2.0)
        inner(3.0)
        work(4.0)

    clock.around("outer", both)()
    for _ in clock.around("items", items)():
        work(0.5)
    with clock.stage("end"):
        pass
    assert clock.spent_s == {"the rest": 1.5, "outer": 6.0, "inner": 3.0, "items": 3.0, "end": 0.0}
    assert clock.calls["inner"] == 1
