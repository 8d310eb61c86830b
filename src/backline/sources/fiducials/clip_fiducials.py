"""From a clip's stickers or dots to angles of the back."""

from __future__ import annotations

from backline.errors import UsageError
from backline.formats.frames import Clip
from backline.progress import ProgressCallback
from backline.sources.fiducials.angles import BackAngles, from_dots, from_stickers
from backline.sources.fiducials.dot_tracking import track_dots
from backline.sources.fiducials.layout import AUTO, KINDS, NONE
from backline.sources.fiducials.sticker_tracking import StickerSurvey, track_stickers
from backline.sources.video.clip_observations import ClipObservations


def stickers_of(
    clip: Clip,
    observations: ClipObservations,
    kind: str,
    *,
    max_side_px: int,
    progress: ProgressCallback | None = None,
    survey: StickerSurvey | None = None,
) -> BackAngles | None:
    """Return the angles that a clip's stickers show; None where it shows none.

    Parameters
    ----------
    clip : Clip
        The open clip.
    observations : ClipObservations
        The clip's observations.
    kind : str
        One of `KINDS`.
    max_side_px : int
        As in the pass over the clip.
    progress : callable, optional
        Called with each frame.
    survey : StickerSurvey, optional
        Result of the pass over the clip.

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
        tracks = track_stickers(
            clip, observations, max_side_px=max_side_px, progress=progress, survey=survey
        )
        if tracks is None:
            return None
        angles = from_stickers(observations.time_s, tracks.corners, observations.facing)
    else:
        places = track_dots(clip, observations, kind, max_side_px=max_side_px, progress=progress)
        angles = from_dots(places, observations.facing)
    return angles if angles.visible.any() else None
