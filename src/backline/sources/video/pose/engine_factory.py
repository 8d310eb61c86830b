"""Pose engines by name: :func:`make_engine` makes one.

An engine is anything that fits :class:`backline.sources.video.pose.person.PoseEngine`.
"""

from __future__ import annotations

from collections.abc import Callable

from backline.errors import UsageError
from backline.sources import DEFAULT_ENGINE
from backline.sources.video.pose.person import PoseEngine


def _make_mediapipe(static: bool) -> PoseEngine:
    from backline.sources.video.pose.mediapipe_engine import MediaPipeEngine

    return MediaPipeEngine(static=static)


def _make_blazepose(static: bool) -> PoseEngine:
    from backline.sources.video.pose.blazepose.engine import BlazePoseEngine

    return BlazePoseEngine(static=static)


def _make_rtmlib(static: bool) -> PoseEngine:
    from backline.sources.video.pose.rtmlib_engine import RtmlibEngine

    return RtmlibEngine(static=static)


ENGINES: dict[str, Callable[[bool], PoseEngine]] = {
    "blazepose": _make_blazepose,
    "mediapipe": _make_mediapipe,
    "rtmlib": _make_rtmlib,
}


def make_engine(name: str = DEFAULT_ENGINE, *, static: bool = False) -> PoseEngine:
    """Make a pose engine by name.

    Parameters
    ----------
    name : str
        One of :data:`ENGINES`.
    static : bool
        True for pictures that do not follow each other in time: nothing is remembered.

    Raises
    ------
    UsageError
        If no engine of that name is known, or it lacks its model.
    MissingExtraError
        If it is not installed.
    """
    factory = ENGINES.get(name)
    if factory is None:
        known = ", ".join(sorted(ENGINES))
        raise UsageError(
            f"There is no pose engine called '{name}': use one of {known} with --engine."
        )
    return factory(static)
