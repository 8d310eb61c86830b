"""Opens a video file, and explains why one cannot be opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from backline.errors import SourceError
from backline.parallel import overlaps
from backline.storage.regular_files import check_regular

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

WANTED = "a video was expected (mp4, mov, mkv, webm, avi or gif)"

_NOT_PICTURES = frozenset({"tty", "lrc", "srt", "hls", "concat"})
"""Demuxers that would read a text file as a video, or open other files."""

_VIDEO_HEADS = (b"\x1a\x45\xdf\xa3", b"RIFF", b"GIF8")
"""First bytes of Matroska and WebM, AVI, GIF."""


@dataclass(frozen=True)
class VideoLimits:
    """Limits of a video of a lift; each is the setting of the same name.

    Parameters
    ----------
    most_picture_pixels : int
        Width times height.
    least_side_px : int
        Shorter side, pixels.
    most_frames : int
        Frames that the file states.
    most_duration_s : float
        Length that it states, seconds.
    """

    most_picture_pixels: int
    least_side_px: int
    most_frames: int
    most_duration_s: float

    @classmethod
    def of_settings(cls) -> Self:
        """Return those of the user's settings."""
        from backline.settings import Settings

        limits = Settings()
        return cls(
            limits.most_picture_pixels, limits.least_side_px, limits.most_frames,
            limits.most_duration_s,
        )  # fmt: skip


def open_container(path: Path) -> InputContainer:
    """Open a video file for reading.

    Raises
    ------
    SourceError
        If it is missing, empty, unreadable or not a video.
    """
    import av

    _check_file(path)
    try:
        container = av.open(
            str(path.resolve()), metadata_errors="replace", options={"protocol_whitelist": "file"}
        )
    except (av.error.FFmpegError, OSError) as error:
        raise SourceError(_why_unreadable(path)) from error
    if container.format.name in _NOT_PICTURES:
        container.close()
        raise SourceError(f"'{path}' is a text file; {WANTED}: give the film itself.")
    return container


def video_stream_of(
    container: InputContainer, path: Path, limits: VideoLimits | None = None
) -> VideoStream:
    """Return the video stream of a container, set up for decoding.

    Of several streams it is the default one, of equal ones the largest. Cover pictures and
    thumbnails are excluded. Without limits those of the settings hold.

    Raises
    ------
    SourceError
        If there is no video in it, or none that can be decoded.
    """
    import av

    kinds = av.stream.Disposition
    streams = [
        stream
        for stream in container.streams.video
        if not stream.disposition & (kinds.attached_pic | kinds.timed_thumbnails)
    ]
    if not streams:
        held = {"sound" if s.type == "audio" else s.type for s in container.streams}
        what = " and ".join(sorted(held)) or "nothing"
        raise SourceError(
            f"'{path}' holds {what} but no moving picture; {WANTED}: "
            "check that it is the right file."
        )
    stream = max(streams, key=_preference)
    if stream.codec_context is None:
        raise SourceError(
            f"'{path}' is coded in a way that is not known here; H.264, HEVC, VP9, AV1, MPEG-4 or "
            "MJPEG was expected: convert it to H.264 and try again."
        )
    _check_size(container, stream, path, limits or VideoLimits.of_settings())
    stream.thread_type = "AUTO" if overlaps() else "NONE"
    return stream


def _check_size(
    container: InputContainer, stream: VideoStream, path: Path, limits: VideoLimits
) -> None:
    """Raise for a video that is too large or too long to be a lift, before decoding it.

    Raises
    ------
    SourceError
        If it is.
    """
    coded = stream.codec_context
    # A damaged header within the video can name another size; the decoder refuses that itself.
    coded.options = {**coded.options, "max_pixels": str(limits.most_picture_pixels)}
    wide, high = coded.width, coded.height
    length_s = (container.duration or 0) / 1_000_000  # libavformat's AV_TIME_BASE
    if stream.duration and stream.time_base:
        length_s = max(length_s, float(stream.duration * stream.time_base))
    known = (
        (wide * high > limits.most_picture_pixels, f"pictures of {wide} x {high} pixels"),
        (0 < min(wide, high) < limits.least_side_px, f"pictures of {wide} x {high} pixels"),
        (stream.frames > limits.most_frames, f"{stream.frames} frames"),
        (length_s > limits.most_duration_s, f"a length of {length_s:.0f} s"),
    )
    for wrong, found in known:
        if wrong:
            raise SourceError(
                f"'{path}' states {found}; sides from {limits.least_side_px} pixels, at most "
                f"{limits.most_picture_pixels / 1e6:.0f} million pixels, {limits.most_frames} "
                f"frames and {limits.most_duration_s / 60:.0f} minutes were expected: cut out the "
                "lift, or export it smaller."
            )


def _preference(stream: VideoStream) -> tuple[bool, bool, int]:
    """Return the sort key of video streams; the first of equal ones is chosen."""
    import av

    coded = stream.codec_context
    size = coded.width * coded.height if coded is not None else 0
    return coded is not None, bool(stream.disposition & av.stream.Disposition.default), size


def nothing_decoded(path: Path, stream: VideoStream) -> SourceError:
    """Return the error for a video of which no frame could be decoded."""
    width, height = stream.codec_context.width, stream.codec_context.height
    if width < 1 or height < 1:
        return SourceError(
            f"'{path}' has pictures of {width} x {height} pixels; at least one pixel was expected: "
            "export or record it again."
        )
    return SourceError(
        f"'{path}' has a film track, but not one frame of it could be decoded: the file is empty, "
        "cut off or damaged; copy or export it again."
    )


def _check_file(path: Path) -> None:
    """Raise if there is no regular file with content and the right to read it."""
    check_regular(path)
    try:
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except FileNotFoundError as error:
        raise SourceError(f"There is no file '{path}'; {WANTED}: check its name.") from error
    except OSError as error:
        raise SourceError(
            f"'{path}' cannot be opened ({error.strerror}): check that it is a file "
            "that you may read."
        ) from error
    if size == 0:
        raise SourceError(f"'{path}' is empty (0 bytes); {WANTED}: copy or record it again.")


def _why_unreadable(path: Path) -> str:
    """Return the sentence for a non-empty file without a video."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    if head[4:8] == b"ftyp":
        return (
            f"'{path}' is cut off: the index of its frames, which stands at the end, is missing; "
            "copy the whole file again from where it was recorded."
        )
    if head.startswith(_VIDEO_HEADS):
        return (
            f"'{path}' begins like a video, but is cut off or damaged too early to be read; "
            "a whole film was expected: copy the file again from where it was recorded."
        )
    printable = sum(32 <= byte < 127 or byte in b"\t\r\n" for byte in head)
    what = "holds text" if printable > 0.95 * len(head) else "is not in a known video format"
    return f"'{path}' {what}; {WANTED}: check that it is the right file, or export it as mp4."
