"""A clip whose frames are decoded once and kept, for a few frames that are read more than once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backline.formats.frames import Clip, Frame

MOST_BYTES = 256_000_000
"""Most memory that the pictures may take: 20 s at 4 frames a second of 1280 x 720 pixels take
220 MB."""


class RememberedClip(Clip):
    """Another clip's frames, decoded on the first demand and kept in memory.

    Parameters
    ----------
    clip : Clip
        The clip, thinned as wanted. It must stay open.
    max_side_px : int
        Longer side that all pictures are reduced to.
    """

    def __init__(self, clip: Clip, max_side_px: int) -> None:
        super().__init__(clip.info)
        self.every = clip.every
        self._clip = clip
        self._rest = clip.frames(max_side_px=max_side_px)
        self._read: list[Frame] = []

    def frames(
        self,
        start_s: float | None = None,
        end_s: float | None = None,
        max_side_px: int | None = None,
    ) -> Iterator[Frame]:
        """Yield the frames; ``max_side_px`` is that of the whole clip. See :meth:`Clip.frames`."""
        index = 0
        for frame in self._all():
            if end_s is not None and frame.time_s >= end_s:
                return
            if start_s is None or frame.time_s >= start_s:
                yield Frame(index, frame.time_s, frame.picture)
                index += 1

    def sample(self, times: Sequence[float], max_side_px: int | None = None) -> Iterator[Frame]:
        """Yield the kept frames that are on screen at some times; see :meth:`Clip.sample`."""
        for index, wanted in enumerate(times):
            shown: Frame | None = None
            for frame in self._all():
                if shown is not None and frame.time_s > wanted:
                    break
                shown = frame
            if shown is not None:
                yield Frame(index, shown.time_s, shown.picture)

    def _all(self) -> Iterator[Frame]:
        at = 0
        while True:
            if at == len(self._read):
                frame = next(self._rest, None)
                if frame is None:
                    break
                self._read.append(frame)
            yield self._read[at]
            at += 1
        self.truncated = self._clip.truncated
        self.damaged, self.dropped = self._clip.damaged, self._clip.dropped


def remembered(clip: Clip, max_side_px: int) -> Clip:
    """Return a clip whose frames are kept, where few enough of them remain; else the clip itself.

    Parameters
    ----------
    clip : Clip
        The clip, thinned as wanted.
    max_side_px : int
        Longer side that all pictures are reduced to.
    """
    info = clip.info
    if not info.frames_hint:
        return clip
    scale = min(1.0, max_side_px / max(info.width_px, info.height_px, 1))
    pixels = info.width_px * info.height_px * scale**2
    frames = info.frames_hint / clip.every
    return RememberedClip(clip, max_side_px) if 3 * pixels * frames <= MOST_BYTES else clip
