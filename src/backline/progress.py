"""Progress callbacks of long tasks.

Long tasks call a :data:`ProgressCallback` with a :class:`Progress` from time to time; the command
line draws a bar from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Progress of one stage of the work.

    Parameters
    ----------
    stage : str
        What is being done, in plain words, for example ``"finding the lifter"``. Stages may
        overlap in time; the same words always mean the same stage.
    done : int
        Units finished (frames, unless the stage says otherwise), 0 or more.
    total : int or None
        Units in all, None where that is not known. A container's own frame count is an
        estimate, so ``done`` may pass it.

    Raises
    ------
    ValueError
        If a count is negative.
    """

    stage: str
    done: int
    total: int | None

    def __post_init__(self) -> None:
        if self.done < 0:
            raise ValueError(f"done: expected 0 or more, got {self.done}")
        if self.total is not None and self.total < 0:
            raise ValueError(f"total: expected 0 or more, got {self.total}")


ProgressCallback = Callable[[Progress], None]
