"""Runs a .tflite model with LiteRT, from several threads at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backline.parallel import overlaps
from backline.sources.video.pose.native_log_filter import quiet_native_logs

MOST_THREADS = 4
"""Most threads of a model: with more it gains almost nothing, since its layers are small."""


class Model:
    """A model with one input and several outputs, without state.

    Parameters
    ----------
    content : bytes
        The .tflite file's.
    threads : int, optional
        Threads for one call; the result does not depend on their number. By default one where no
        threads are allowed (`backline.parallel.overlaps`), else the cores, at most
        `MOST_THREADS`.
    """

    def __init__(self, content: bytes, threads: int | None = None) -> None:
        self._content = content
        self._threads = threads or _threads()
        first = self._make()
        self._input: int = first.get_input_details()[0]["index"]
        self._outputs: list[int] = [out["index"] for out in first.get_output_details()]
        self._idle: SimpleQueue[Any] = SimpleQueue()
        self._idle.put(first)

    def run(self, values: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Return the model's outputs for an input of its shape, each without the first axis."""
        with self._interpreter() as one:
            one.set_tensor(self._input, values[None])
            one.invoke()
            return [one.get_tensor(index)[0] for index in self._outputs]

    @contextmanager
    def _interpreter(self) -> Iterator[Any]:
        """Lend an interpreter; another is made where all are in use by other threads."""
        try:
            one = self._idle.get_nowait()
        except Empty:
            one = self._make()
        try:
            yield one
        finally:
            self._idle.put(one)

    def _make(self) -> Any:
        from ai_edge_litert.interpreter import Interpreter

        with quiet_native_logs():  # it logs its CPU kernels when it is created
            one = Interpreter(model_content=self._content, num_threads=self._threads)
            one.allocate_tensors()
        return one


def _threads() -> int:
    return min(os.cpu_count() or 1, MOST_THREADS) if overlaps() else 1


def file_of(package: str, name: str) -> Path | None:
    """Return the path of a file of an installed package, without importing it; None if missing."""
    from importlib.util import find_spec

    spec = find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or ():
        if (path := Path(folder) / name).is_file():
            return path
    return None
