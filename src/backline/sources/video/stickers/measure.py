"""A clip's stickers, whatever their kind, to angles of the back."""

from __future__ import annotations

from backline.errors import UsageError
from backline.formats.frames import Clip
from backline.progress import ProgressCallback
from backline.sources.video.sight import Sight
from backline.sources.video.stickers.angles import BackAngles, from_dots, from_stickers
from backline.sources.video.stickers.dots import track_dots
from backline.sources.video.stickers.places import AUTO, KINDS, NONE
from backline.sources.video.stickers.track import track_stickers


def stickers_of(
    clip: Clip,
    sight: Sight,
    kind: str,
    *,
    max_side_px: int,
    progress: ProgressCallback | None = None,
) -> BackAngles | None:
    """Return the angles that a clip's stickers tell; None where it shows none.

    Parameters
    ----------
    clip : Clip
        The open clip.
    sight : Sight
        What was seen of the lifter.
    kind : str
        One of `KINDS`.
    max_side_px : int
        As the clip was watched.
    progress : callable, optional
        Told of each frame.

    Raises
    ------
    UsageError
        If the kind is not known.
    """
    if kind not in KINDS:
        raise UsageError(f"There are no stickers '{kind}': use one of {', '.join(KINDS)}.")
    if kind == NONE:
        return None
    if kind == AUTO:
        tracks = track_stickers(clip, sight, max_side_px=max_side_px, progress=progress)
        if tracks is None:
            return None
        angles = from_stickers(sight.time_s, tracks.corners, sight.facing)
    else:
        places = track_dots(clip, sight, kind, max_side_px=max_side_px, progress=progress)
        angles = from_dots(places, sight.facing)
    return angles if angles.seen.any() else None
