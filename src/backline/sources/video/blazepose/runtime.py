"""A .tflite model, run by LiteRT, by as many threads at once as ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backline.sources.video.quiet import quiet_native_logs


class Model:
    """A model of one input and several outputs; what it says depends on its input alone.

    Parameters
    ----------
    content : bytes
        The .tflite file's.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._idle: SimpleQueue[Any] = SimpleQueue()
        self._idle.put(self._make())

    def run(self, values: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Return the model's outputs for an input of its shape, each without the first axis."""
        with self._interpreter() as one:
            one.set_tensor(one.get_input_details()[0]["index"], values[None])
            one.invoke()
            return [one.get_tensor(out["index"])[0] for out in one.get_output_details()]

    @contextmanager
    def _interpreter(self) -> Iterator[Any]:
        """Lend an interpreter; one more is made where all are in use in other threads."""
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

        with quiet_native_logs():  # it tells of its CPU kernels when it is made
            one = Interpreter(model_content=self._content, num_threads=1)
            one.allocate_tensors()
        return one


def file_of(package: str, name: str) -> Path | None:
    """Return where a file of an installed package lies, without importing it; None if nowhere."""
    from importlib.util import find_spec

    spec = find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or ():
        if (path := Path(folder) / name).is_file():
            return path
    return None
