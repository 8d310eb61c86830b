"""Reading ahead: order, bound, errors, clean stop."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backline.errors import SourceError
from backline.formats.prefetch import OVERLAP, in_background
from backline.formats.video import open_clip, prefetch


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


def test_a_clip_read_ahead_gives_the_same_frames(film: Callable[..., Path], tmp_path: Path) -> None:
    clip = open_clip(film(tmp_path / "a.mp4"))
    plain, ahead = list(clip.frames()), list(prefetch(clip.frames(), depth=2))
    assert [f.time_s for f in ahead] == [f.time_s for f in plain]
    assert all(np.array_equal(a.picture, b.picture) for a, b in zip(ahead, plain, strict=True))


def test_frames_are_let_go_while_a_clip_streams(film: Callable[..., Path], tmp_path: Path) -> None:
    clip = open_clip(film(tmp_path / "a.mp4", frames=80, options={"preset": "ultrafast"}))
    alive: weakref.WeakSet[object] = weakref.WeakSet()
    most = 0
    for frame in clip.frames():
        alive.add(frame)
        most = max(most, len(alive))
    assert most <= 2


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


def test_a_clip_read_in_turn_gives_the_same_frames(
    film: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = film(tmp_path / "a.mp4", frames=12)
    with open_clip(path) as clip:
        ahead = [frame.picture for frame in prefetch(clip.frames())]
    monkeypatch.setenv(OVERLAP, "0")
    with open_clip(path) as clip:
        in_turn = [frame.picture for frame in prefetch(clip.frames())]
    np.testing.assert_array_equal(in_turn, ahead)


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
