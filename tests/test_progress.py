"""Progress and the checks on its counts."""

from __future__ import annotations

import dataclasses

import pytest

from backline.progress import Progress, ProgressCallback


def test_a_callback_is_any_function_of_one_progress() -> None:
    seen: list[Progress] = []
    report: ProgressCallback = seen.append
    report(Progress("finding the lifter", 3, 10))
    assert seen == [Progress("finding the lifter", 3, 10)]


@pytest.mark.parametrize(
    ("done", "total"),
    [
        (0, 0),  # an empty stage
        (5, None),  # nobody knows how long
        (101, 100),  # the container's own count was an estimate
    ],
)
def test_these_counts_are_taken(done: int, total: int | None) -> None:
    assert Progress("drawing", done, total).done == done


@pytest.mark.parametrize(("done", "total", "name"), [(-1, 5, "done"), (0, -5, "total")])
def test_negative_counts_are_refused_by_name(done: int, total: int, name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}: expected 0 or more, got -"):
        Progress("drawing", done, total)


def test_a_progress_cannot_be_changed_afterwards() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Progress("drawing", 1, 2).done = 2  # type: ignore[misc]
