"""Reading ahead: order, bound, errors, clean stop."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import ThreadpoolController, threadpool_limits

from backline.errors import SourceError
from backline.parallel import OVERLAP, in_background, one_blas_thread, prefetch


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers()), st.integers(1, 5))
def test_items_come_in_order_and_complete(items: list[int], depth: int) -> None:
    assert list(prefetch(items, depth)) == items


def test_no_more_items_live_than_depth_and_one_at_each_end() -> None:
    alive: weakref.WeakSet[object] = weakref.WeakSet()
    most = 0

    class Item:
        pass

    def make() -> Iterator[Item]:
        nonlocal most
        for _ in range(100):
            item = Item()
            alive.add(item)
            most = max(most, len(alive))
            yield item
            del item

    count = 0
    for item in prefetch(make(), depth=3):
        count += 1
        del item
    assert count == 100
    # Three wait, one is in the hand of each thread, one is being handed over.
    assert most <= 3 + 3
    assert len(alive) == 0


def test_the_producer_waits_when_nobody_takes() -> None:
    made = 0
    full = threading.Event()

    def make() -> Iterator[int]:
        nonlocal made
        for i in range(100):
            made += 1
            if made == 4:
                full.set()
            yield i

    ahead = prefetch(make(), depth=2)
    assert next(ahead) == 0
    assert full.wait(timeout=30)  # one taken, two waiting, the fourth in the producer's hand
    assert made == 4
    assert list(ahead) == list(range(1, 100))


def test_an_error_comes_after_the_items_before_it() -> None:
    def make() -> Iterator[int]:
        yield 1
        yield 2
        raise SourceError("the disk went away: plug it in again.")

    ahead = prefetch(make())
    assert [next(ahead), next(ahead)] == [1, 2]
    with pytest.raises(SourceError, match="the disk went away"):
        next(ahead)


def test_stopping_early_ends_the_producer_and_closes_its_generator() -> None:
    closed_in: list[str] = []

    def make() -> Iterator[int]:
        try:
            yield from range(1000)
        finally:
            closed_in.append(threading.current_thread().name)

    ahead = prefetch(make(), depth=2)
    for item in ahead:
        if item == 5:
            break
    ahead.close()  # type: ignore[attr-defined]
    assert closed_in == ["backline-prefetch"]
    assert not [t for t in threading.enumerate() if t.name == "backline-prefetch"]


def test_nothing_starts_before_the_first_item_is_wanted() -> None:
    before = threading.active_count()
    prefetch(iter([1, 2, 3]))
    assert threading.active_count() == before


def test_depth_below_one_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="depth"):
        prefetch([1], depth=0)


def test_where_nothing_may_overlap_each_item_is_made_in_the_reader_s_own_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(OVERLAP, "0")
    made: list[int] = []
    makers: set[int] = set()
    closed: list[bool] = []

    def make() -> Iterator[int]:
        try:
            for number in range(5):
                made.append(number)
                makers.add(threading.get_ident())
                yield number
        finally:
            closed.append(True)

    reading = prefetch(make(), depth=4)
    assert next(reading) == 0
    assert made == [0]  # none is made ahead
    reading.close()  # type: ignore[attr-defined]
    assert closed == [True]
    assert makers == {threading.get_ident()}


def test_tasks_beside_are_done_in_turn_in_another_thread_before_the_block_ends() -> None:
    done: list[tuple[int, bool]] = []
    gate = threading.Event()

    def task(number: int) -> Callable[[], None]:
        def run() -> None:
            assert gate.wait(10.0), "the block went on while the task waited"
            done.append((number, threading.current_thread() is threading.main_thread()))

        return run

    with in_background(task(1), task(2)):
        assert done == []
        gate.set()
    assert done == [(1, False), (2, False)]


def test_what_fails_beside_is_left_to_whoever_wants_it() -> None:
    def fail() -> None:
        raise ImportError("not there")

    done: list[int] = []
    with in_background(fail, lambda: done.append(1)):
        pass
    assert done == [1]


def test_an_error_in_the_block_comes_out_after_the_tasks() -> None:
    done: list[int] = []
    with pytest.raises(KeyError), in_background(lambda: done.append(1)):
        raise KeyError("block")
    assert done == [1]


def test_where_nothing_may_overlap_no_task_is_done_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OVERLAP, "0")
    done: list[int] = []
    with in_background(lambda: done.append(1)):
        pass
    assert done == []


def _blas_threads() -> list[int]:
    return [i["num_threads"] for i in ThreadpoolController().info() if i["user_api"] == "blas"]


def test_linear_algebra_uses_one_thread_in_the_block_and_as_many_as_before_after_it() -> None:
    import scipy.special  # noqa: F401 - with its own copy of the library

    with threadpool_limits(2, user_api="blas"):
        with one_blas_thread():
            inside = _blas_threads()
        after = _blas_threads()
    assert len(inside) >= 2
    assert set(inside) == {1}
    assert set(after) <= {1, 2}  # 1: a build without threads
    assert 2 in after or os.cpu_count() == 1


def test_blocks_that_overlap_restore_the_threads_when_the_last_one_ends() -> None:
    """Two analyses at once in one process left the library at one thread for good."""
    import scipy.special  # noqa: F401 - with its own copy of the library

    with threadpool_limits(2, user_api="blas"):
        first, second = one_blas_thread(), one_blas_thread()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        between = _blas_threads()
        second.__exit__(None, None, None)
        after = _blas_threads()
    assert set(between) == {1}
    assert 2 in after or os.cpu_count() == 1


def test_nothing_waits_busily_beside_small_matrices() -> None:
    """OpenBLAS's second thread spins after each product that is large enough to share."""
    with one_blas_thread():
        some = np.ones((200, 200))
        _ = some @ some
        everything, own = time.process_time(), time.thread_time()
        while time.thread_time() - own < 0.3:
            _ = some @ some
        share = (time.process_time() - everything) / (time.thread_time() - own)
    assert share < 1.3
