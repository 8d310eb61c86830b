"""Files as phones and action cameras write them: the film among tracks of other kinds.

Each is read as the plain film alone is: the same frames, times, length, and not called cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.stream import Disposition

from backline.formats.video import open_clip

Film = Callable[..., Path]

FRAMES, RATE_HZ = 12, 30


def join(path: Path, *sources: Path, flags: Sequence[int] | None = None) -> Path:
    """Write one file with the first stream of each source, in this order, not coded anew."""
    with ExitStack() as stack:
        opened = [stack.enter_context(av.open(str(source))) for source in sources]
        out = stack.enter_context(av.open(str(path), "w"))
        streams = [out.add_stream_from_template(each.streams[0]) for each in opened]
        for stream, flag in zip(streams, flags or (), strict=bool(flags)):
            stream.disposition = Disposition(flag)
        for each, stream in zip(opened, streams, strict=True):
            for packet in each.demux(each.streams[0]):
                if packet.dts is not None:
                    packet.stream = stream
                    out.mux(packet)
    return path


def sound(path: Path, seconds: float) -> Path:
    """Write a file of noise of a length, seconds."""
    noise = np.random.default_rng(0).normal(0, 0.1, (1, round(8000 * seconds)))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(noise.astype(np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 8000, 0, Fraction(1, 8000)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def assert_like_the_plain_film(path: Path, look: Any) -> None:
    """The twelve frames, their times, the length, whole; in one pass, by sampling, in a part."""
    clip = open_clip(path)
    frames = list(clip.frames())
    assert [look.index(f.picture) for f in frames] == list(range(FRAMES))
    times = [i / RATE_HZ for i in range(FRAMES)]
    assert [f.time_s for f in frames] == pytest.approx(times, abs=0.00051)
    assert (clip.truncated, clip.damaged, clip.dropped) == (False, 0, 0)
    assert clip.info.duration_hint_s == pytest.approx(FRAMES / RATE_HZ, abs=0.002)
    assert clip.info.frames_hint == FRAMES
    assert [look.index(f.picture) for f in clip.sample([0.39, 0.02])] == [11, 0]
    assert [look.index(f.picture) for f in clip.frames(start_s=0.32)] == [10, 11]


def kinds(path: Path) -> list[str]:
    """Kinds of the streams of a file, in their order."""
    with av.open(str(path)) as container:
        return [stream.type for stream in container.streams]


def test_a_time_code_track(film: Film, look: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.mov"
    with av.open(str(film(tmp_path / "plain.mp4"))) as source, av.open(str(path), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        stream.metadata["timecode"] = "01:00:00:00"
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    assert kinds(path) == ["video", "data"]
    assert_like_the_plain_film(path, look)


def test_subtitles_that_run_on_after_the_film(film: Film, look: Any, tmp_path: Path) -> None:
    text = tmp_path / "a.srt"
    text.write_text("1\n00:00:00,000 --> 00:00:00,200\nA\n\n2\n00:00:00,200 --> 00:00:09,000\nB\n")
    plain = film(tmp_path / "plain.mp4")
    for order in ((plain, text), (text, plain)):
        path = join(tmp_path / "a.mkv", *order)
        assert sorted(kinds(path)) == ["subtitle", "video"]
        assert_like_the_plain_film(path, look)


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_sound_that_stands_before_the_film_and_runs_on_after_it(
    film: Film, look: Any, tmp_path: Path, ending: str
) -> None:
    # The packet that makes the decoder give its last frames carries no stream's number.
    long = sound(tmp_path / "long.m4a", 2.0)
    path = join(tmp_path / f"a.{ending}", long, film(tmp_path / "plain.mp4"))
    assert kinds(path) == ["audio", "video"]
    assert_like_the_plain_film(path, look)


def test_sound_whose_samples_are_damaged(film: Film, look: Any, tmp_path: Path) -> None:
    noise = sound(tmp_path / "noise.m4a", 0.4)
    path = join(tmp_path / "a.mkv", film(tmp_path / "plain.mp4"), noise)
    with av.open(str(path)) as container:
        samples = {bytes(packet) for packet in container.demux(audio=0) if packet.size > 16}
    content = path.read_bytes()
    assert samples
    for sample in samples:
        assert sample in content
        content = content.replace(sample, b"\xff" * len(sample))
    path.write_bytes(content)
    assert_like_the_plain_film(path, look)


def test_sound_in_an_unknown_code(film: Film, look: Any, tmp_path: Path) -> None:
    noise = sound(tmp_path / "noise.m4a", 0.4)
    path = join(tmp_path / "a.mkv", noise, film(tmp_path / "plain.mp4"))
    content = path.read_bytes()
    assert content.count(b"A_AAC") == 1
    path.write_bytes(content.replace(b"A_AAC", b"A_XYZ"))
    assert_like_the_plain_film(path, look)


def test_a_cover_picture_beside_the_film(film: Film, look: Any, tmp_path: Path) -> None:
    cover = film(
        tmp_path / "cover.avi", "mjpeg", frames=1, size=(320, 240), pixel_format="yuvj420p"
    )
    plain = film(tmp_path / "plain.mp4")
    for order in ((plain, cover), (cover, plain)):
        flags = [Disposition.attached_pic if each == cover else 0 for each in order]
        path = join(tmp_path / "a.mp4", *order, flags=flags)
        assert kinds(path) == ["video", "video"]
        assert_like_the_plain_film(path, look)


@pytest.mark.parametrize(
    ("default_is", "expected"),
    [
        ("first", (64, 48)),  # what its maker calls the main film, however small
        ("both", (128, 96)),  # else the larger one
        ("neither", (128, 96)),
    ],
)
def test_of_two_films_the_default_is_read_or_else_the_larger(
    film: Film, look: Any, tmp_path: Path, default_is: str, expected: tuple[int, int]
) -> None:
    default = Disposition.default
    flags = {"first": (default, 0), "both": (default, default), "neither": (0, 0)}[default_is]
    small, large = film(tmp_path / "s.mp4"), film(tmp_path / "l.mp4", frames=6, size=(128, 96))
    path = join(tmp_path / "a.mkv", small, large, flags=flags)
    clip = open_clip(path)
    frames = list(clip.frames())
    assert (clip.info.width_px, clip.info.height_px) == expected
    assert [look.index(f.picture) for f in frames] == list(range(12 if expected[0] == 64 else 6))
    assert (clip.truncated, clip.damaged, clip.dropped) == (False, 0, 0)


def test_an_edit_list_shows_what_a_player_shows(film: Film, look: Any, tmp_path: Path) -> None:
    # Trimmed on the phone: the frames remain in the file, the list says where showing begins.
    path = film(tmp_path / "a.mp4", options={"bf": "0"})
    content = bytearray(path.read_bytes())
    place = content.index(b"elst") + 12  # name, version and flags, number of entries
    with av.open(str(path)) as container:
        ticks = container.streams.video[0].time_base
    assert ticks is not None
    length_s, start_s = Fraction(8, 30), Fraction(4, 30)
    movie_ticks = 1000  # of a second, in this muxer's movie header
    content[place : place + 4] = round(length_s * movie_ticks).to_bytes(4, "big")
    content[place + 4 : place + 8] = int(start_s / ticks).to_bytes(4, "big")
    path.write_bytes(content)
    clip = open_clip(path)
    frames = list(clip.frames())
    assert [look.index(f.picture) for f in frames] == list(range(4, 12))
    assert [f.time_s for f in frames] == pytest.approx([i / 30 for i in range(8)])
    assert clip.info.duration_hint_s == pytest.approx(8 / 30, abs=0.002)
    assert (clip.truncated, clip.damaged, clip.dropped) == (False, 0, 0)
    assert [look.index(f.picture) for f in clip.sample([0.1, 0.0])] == [7, 4]


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_the_last_part_of_a_whole_film_is_not_called_cut_off(
    film: Film, tmp_path: Path, ending: str
) -> None:
    clip = open_clip(film(tmp_path / f"a.{ending}", frames=90, options={"g": "15"}))
    assert len(list(clip.frames(start_s=2.0))) == 30
    assert not clip.truncated
