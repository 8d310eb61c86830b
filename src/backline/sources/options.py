"""Options of a source, as the user gave them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from backline.sources import DEFAULT_ENGINE

if TYPE_CHECKING:
    from backline.progress import ProgressCallback
    from backline.settings import Settings


@dataclass(frozen=True)
class SourceOptions:
    """Options of a source; each reader uses those that apply to it.

    Parameters
    ----------
    side : {"auto", "left", "right"}
        The side that faces the camera; in motion capture, the leg that is measured (auto:
        the mean of both).
    engine : str
        Pose engine for videos.
    standing : Path, (float, float) or None
        The standing reference: another recording of the same person, or start and end in seconds.
    settings : Settings or None
        Thresholds and filters; None takes the defaults.
    progress : callable or None
        Called with the progress of the work.
    mapping : Path or None
        TOML file that says what the file's own markers or columns are.
    stickers : str
        In a video: ``"auto"`` searches for printed stickers, ``"none"`` for nothing, the name of a
        colour for three dots of it.
    video : Path or None
        For keypoints: the video that they were found in.
    meanwhile : tuple of callable
        Slow tasks independent of the source, to run in the background while it is read (see
        `backline.parallel.in_background`).
    observations_path : Path or None
        File to store a video's observations in, so that another reference needs no new pass.
    lift : {"auto", "squat", "deadlift"}
        The lift, where it is known.
    least_hz : float or None
        In a video: about as many frames a second are processed; None takes what the filters need.
    person : (float, float, float) or None
        In a video: whom to measure, by a click: time, seconds, and position in shares of the
        picture's width and height.
    """

    side: Literal["auto", "left", "right"] = "auto"
    engine: str = DEFAULT_ENGINE
    standing: Path | tuple[float, float] | None = None
    settings: Settings | None = None
    progress: ProgressCallback | None = None
    mapping: Path | None = None
    stickers: str = "auto"
    video: Path | None = None
    meanwhile: tuple[Callable[[], object], ...] = ()
    observations_path: Path | None = None
    lift: Literal["auto", "squat", "deadlift"] = "auto"
    least_hz: float | None = None
    person: tuple[float, float, float] | None = None
