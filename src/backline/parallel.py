"""Threads of this process: reading ahead, slow tasks in the background, limits of libraries."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from queue import Full, Queue
from threading import Event, Lock, Thread
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_POLL_S = 0.05
"""Interval at which a waiting producer checks whether it is still wanted, seconds."""

OVERLAP = "BACKLINE_OVERLAP"
"""Environment variable: with 0 a process uses one thread, as for workers of a batch, whose
neighbours use the other cores."""


def overlaps() -> bool:
    """Return whether this process may read, analyse and write in parallel threads."""
    return os.environ.get(OVERLAP, "1") != "0"


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let numpy's and scipy's linear algebra use one thread while the block runs.

    Its matrices are small here, and after each of them OpenBLAS's other threads wait in a loop that
    keeps a core busy: that was 36 % of the processor time of an analysis (``python -m
    benchmarks.stages``, 105 against 67 ms a frame). Blocks of several threads may overlap: the last
    one to end restores the number.
    """
    _BLAS.begin()
    try:
        yield
    finally:
        _BLAS.end()


class _BlasLimit:
    """The limit of one thread, shared by all blocks that ask for it at a time."""

    def __init__(self) -> None:
        self._lock, self._blocks, self._limit = Lock(), 0, ExitStack()

    def begin(self) -> None:
        """Set the limit, unless another block has."""
        with self._lock:
            if not self._blocks:
                self._limit.enter_context(_libraries().limit(limits=1, user_api="blas"))
            self._blocks += 1

    def end(self) -> None:
        """Restore the number of before, unless another block still needs the limit."""
        with self._lock:
            self._blocks -= 1
            if not self._blocks:
                self._limit.close()


_BLAS = _BlasLimit()


@functools.cache
def _libraries() -> Any:
    """Return the libraries with threads of their own, scipy's included."""
    import scipy.special  # noqa: F401 - loads its own copy of OpenBLAS
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@contextmanager
def in_background(*tasks: Callable[[], object]) -> Iterator[None]:
    """Run slow tasks, one after the other, in another thread while the block runs.

    For results that are cached in the process, such as imports. The block's end waits for the
    tasks. Errors are not reported here: the caller that needs the result runs the task again and
    gets the error then. Where no threads are allowed (`overlaps`), nothing is run.

    Parameters
    ----------
    *tasks : callable
        Without arguments.
    """
    if not overlaps():
        yield
        return
    with ThreadPoolExecutor(1, "backline-prefetch") as pool:
        for task in tasks:
            pool.submit(task)
        yield


@dataclass(frozen=True)
class _Item(Generic[T]):
    value: T


@dataclass(frozen=True)
class _End:
    error: BaseException | None = None


def prefetch(items: Iterable[T], depth: int = 8) -> Iterator[T]:
    """Yield the items of an iterable that a second thread produces ahead.

    At most ``depth`` items wait; one more is being made and one is in use. Where no threads are
    allowed (`overlaps`), each is made on demand in the reader's thread. An error in the producer
    is raised here, after the items made before it. When the reader stops early (or is closed), the
    producer stops and its generator is closed in its own thread.

    Parameters
    ----------
    items : iterable
        Is iterated in the second thread only.
    depth : int
        Number of items that may wait, 1 or more.

    Raises
    ------
    ValueError
        If ``depth`` is below 1.
    """
    if depth < 1:
        raise ValueError(f"depth: expected 1 or more, got {depth}")
    return _consume(items, depth) if overlaps() else _in_turn(items)


def _consume(items: Iterable[T], depth: int) -> Iterator[T]:
    waiting: Queue[_Item[T] | _End] = Queue(maxsize=depth)
    stop = Event()
    producer = Thread(
        target=_produce, args=(items, waiting, stop), name="backline-prefetch", daemon=True
    )
    producer.start()
    try:
        while isinstance(item := waiting.get(), _Item):
            # Without a local name, so that the reader alone decides how long the item lives.
            yield _take(item)
        if item.error is not None:
            raise item.error
    finally:
        stop.set()
        producer.join()


def _in_turn(items: Iterable[T]) -> Iterator[T]:
    iterator = iter(items)
    try:
        yield from iterator
    finally:
        if hasattr(iterator, "close"):
            iterator.close()


def _take(item: _Item[T]) -> T:
    return item.value


def _produce(items: Iterable[T], waiting: Queue[_Item[T] | _End], stop: Event) -> None:
    """Fill the queue until the items end, fail, or are no longer wanted."""
    iterator = iter(items)
    end = _End()
    try:
        for value in iterator:
            if not _put(_Item(value), waiting, stop):
                return
            del value
    except BaseException as error:  # noqa: BLE001 - the reader raises it
        end = _End(error)
    finally:
        if hasattr(iterator, "close"):
            iterator.close()
        _put(end, waiting, stop)


def _put(item: _Item[T] | _End, waiting: Queue[_Item[T] | _End], stop: Event) -> bool:
    """Wait for space in the queue; False when the reader has stopped."""
    while not stop.is_set():
        try:
            waiting.put(item, timeout=_POLL_S)
        except Full:
            continue
        return True
    return False
