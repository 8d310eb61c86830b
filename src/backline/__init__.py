"""Backline: where in a loaded lift the low back rounds, how much, and which cue to change.

``backline.analyze`` and ``backline.Analysis`` are fetched when first used, so that importing
the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from os import environ
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backline.pipeline import Analysis, analyze

__version__ = "0.1.0"

__all__ = ["Analysis", "__version__", "analyze"]

for _waiting in ("WORKER", "MAIN"):
    # OpenCV (ours and the one inside MediaPipe) reads these as it loads. Left alone, its idle
    # threads hand the core to each other thirty thousand times a second instead of sleeping.
    environ.setdefault(f"OPENCV_THREAD_POOL_ACTIVE_WAIT_{_waiting}", "0")

_HOME = {"Analysis": "backline.pipeline", "analyze": "backline.pipeline"}


def __getattr__(name: str) -> object:
    """Fetch a public name from the module that defines it."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'backline' has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    """List the public names, fetched or not."""
    return sorted({*globals(), *__all__})
