"""Bad input: one plain sentence and exit code 3, or what can be read with a note of the rest."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from backline.errors import SourceError, UsageError
from backline.formats.video import open_clip

Film = Callable[..., Path]


def sentence(path: Path, **options: Any) -> str:
    """The sentence with which a source is refused; checks that it is one, and the exit code."""
    with pytest.raises(SourceError) as caught:
        open_clip(path, **options)
    text = str(caught.value)
    assert caught.value.exit_code == 3
    assert "\n" not in text
    assert text.endswith(".")
    assert path.name in text  # what was found
    assert ": " in text  # ... : what to do
    return text


def cut(path: Path, share: float) -> Path:
    """Cut a file to a share of its bytes."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


def test_missing_file(tmp_path: Path) -> None:
    assert "There is no file" in sentence(tmp_path / "gone.mp4")


def test_missing_file_with_a_rate_is_missing_and_not_wrong_usage(tmp_path: Path) -> None:
    assert "There is no file" in sentence(tmp_path / "gone", rate_hz=30.0)


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    assert "empty (0 bytes)" in sentence(tmp_path / "a.mp4")


@pytest.mark.parametrize("name", ["a.mp4", "a.txt", "a.mov", "a.srt", "a.m3u8"])
def test_text_by_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("My squat felt off on Tuesday.\n" * 50)
    assert "text" in sentence(tmp_path / name)


def test_a_playlist_that_names_another_file_is_not_followed(film: Film, tmp_path: Path) -> None:
    film(tmp_path / "a.ts", options={"g": "5"})
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:1", "#EXTINF:0.4,", "a.ts", "#EXT-X-ENDLIST"]
    (tmp_path / "list.mp4").write_text("\n".join(lines))
    sentence(tmp_path / "list.mp4")


def test_bytes_without_meaning(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(bytes(range(128, 256)) * 99)
    assert "not in a known video format" in sentence(tmp_path / "a.mp4")


def test_sound_only(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        assert isinstance(stream, av.AudioStream)
        silence = np.zeros((1, 44100), np.float32)
        frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 44100, 0, Fraction(1, 44100)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert "holds sound but no moving picture" in sentence(path)


def test_pictures_of_no_size(film: Film, tmp_path: Path) -> None:
    path = film(tmp_path / "a.avi", "rawvideo", pixel_format="bgr24")
    content = bytearray(path.read_bytes())
    at = content.index(b"strf") + 8 + 4  # width and height in the BITMAPINFOHEADER
    content[at : at + 8] = bytes(8)
    path.write_bytes(content)
    assert "0 x 0 pixels" in sentence(path)


def test_header_without_frames(film: Film, tmp_path: Path) -> None:
    path = film(tmp_path / "a.mkv", noise=True)
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"\x1f\x43\xb6\x75")])  # up to the first cluster
    assert "begins like a video" in sentence(path)


def test_index_without_frames(film: Film, tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", noise=True, muxing={"movflags": "+faststart"})
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"mdat") + 8])
    assert "not one frame" in sentence(path)


def test_a_cut_stream_that_states_no_length_is_read_to_its_end(film: Film, tmp_path: Path) -> None:
    path = cut(film(tmp_path / "a.ts", frames=60, noise=True), 0.6)
    assert 20 <= len(list(open_clip(path).frames())) <= 40


def test_mp4_cut_before_its_index_says_so(film: Film, tmp_path: Path) -> None:
    assert "cut off" in sentence(cut(film(tmp_path / "a.mp4", noise=True), 0.7))


CUTS = [
    # ending, encoder, muxer options
    ("mp4", "libx264", {"movflags": "+faststart"}),  # index in front
    ("mkv", "libx264", {}),
    ("webm", "libvpx-vp9", {}),
    ("avi", "mpeg4", {}),
]


@pytest.mark.parametrize(("ending", "encoder", "muxing"), CUTS)
def test_a_cut_file_gives_what_it_holds_and_says_that_it_is_cut(
    film: Film, look: Any, tmp_path: Path, ending: str, encoder: str, muxing: dict[str, str]
) -> None:
    path = film(tmp_path / f"a.{ending}", encoder, frames=60, noise=True, muxing=muxing)
    whole = open_clip(path)
    assert len(list(whole.frames())) == 60
    assert not whole.truncated
    clip = open_clip(cut(path, 0.6))
    frames = list(clip.frames())
    assert 20 <= len(frames) <= 40
    assert [look.index(f.picture) for f in frames] == [i % 12 for i in range(len(frames))]
    assert clip.truncated
    assert len(list(clip.sample([0.0, 1.9]))) == 2


def test_reading_a_part_of_a_cut_file_does_not_say_that_the_part_is_cut(
    film: Film, tmp_path: Path
) -> None:
    path = film(tmp_path / "a.mkv", frames=60, noise=True)
    clip = open_clip(cut(path, 0.6))
    assert len(list(clip.frames(end_s=0.5))) == 15
    assert not clip.truncated


def test_a_film_cut_out_of_a_longer_one_is_not_called_cut_off(film: Film, tmp_path: Path) -> None:
    plain, path = film(tmp_path / "plain.mp4"), tmp_path / "a.mkv"
    with av.open(str(plain)) as source, av.open(str(path), "w") as container:
        video = container.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None and packet.pts is not None:
                late = round(100 / packet.time_base)
                packet.pts, packet.dts, packet.stream = packet.pts + late, packet.dts + late, video
                container.mux(packet)
    clip = open_clip(path)
    assert len(list(clip.frames())) == 12
    assert not clip.truncated


def test_sound_that_runs_on_after_the_film_is_no_cut(film: Film, tmp_path: Path) -> None:
    silent = film(tmp_path / "silent.mp4")
    path = tmp_path / "a.mp4"
    with av.open(str(silent)) as source, av.open(str(path), "w") as container:
        video = container.add_stream_from_template(source.streams.video[0])
        audio = container.add_stream("aac", rate=8000)
        assert isinstance(audio, av.AudioStream)
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = video
                container.mux(packet)
        tone = np.zeros((1, 16000), np.float32)  # 2 s of sound to 0.4 s of film
        frame = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 8000, 0, Fraction(1, 8000)
        container.mux(audio.encode(frame))
        container.mux(audio.encode(None))
    clip = open_clip(path)
    assert len(list(clip.frames())) == 12
    assert not clip.truncated


def test_damage_in_the_middle_leaves_a_gap_and_is_counted(
    film: Film, look: Any, tmp_path: Path
) -> None:
    # MJPEG: every frame stands alone, so exactly the damaged one is lost.
    path = film(tmp_path / "a.avi", "mjpeg", pixel_format="yuvj420p")
    content = bytearray(path.read_bytes())
    starts = [i for i in range(len(content) - 2) if content[i : i + 3] == b"\xff\xd8\xff"]
    assert len(starts) == 12
    content[starts[5] : starts[6] - 8] = bytes(starts[6] - 8 - starts[5])
    path.write_bytes(content)
    clip = open_clip(path)
    frames = list(clip.frames())
    kept = [i for i in range(12) if i != 5]
    assert [look.index(f.picture) for f in frames] == kept
    assert [f.time_s for f in frames] == pytest.approx([i / 30 for i in kept])
    assert (clip.damaged, clip.truncated) == (1, False)


def test_times_that_do_not_increase_are_dropped_and_counted(
    film: Film, look: Any, tmp_path: Path
) -> None:
    # No muxer writes such times, so those in Matroska's block heads (track 1, time, flags) are
    # changed afterwards: 0 40 80 120 160 200 ms becomes 0 40 80 80 60 200.
    path = film(
        tmp_path / "a.mkv",
        "mjpeg",
        frames=6,
        pixel_format="yuvj420p",
        rate=Fraction(25),
        time_base=Fraction(1, 25),
    )
    content = path.read_bytes()
    for was, becomes in ((120, 80), (160, 60)):
        head = b"\x81" + was.to_bytes(2, "big") + b"\x80"
        assert content.count(head) == 1
        content = content.replace(head, b"\x81" + becomes.to_bytes(2, "big") + b"\x80")
    path.write_bytes(content)
    clip = open_clip(path)
    frames = list(clip.frames())
    assert [f.time_s for f in frames] == pytest.approx([0, 0.04, 0.08, 0.2])
    assert [look.index(f.picture) for f in frames] == [0, 1, 2, 5]
    assert clip.dropped == 2


def join(path: Path, parts: list[Path]) -> Path:
    """Put bare streams one behind the other."""
    path.write_bytes(b"".join(p.read_bytes() for p in parts))
    return path


def test_a_size_that_changes_is_brought_to_the_first_one(
    film: Film, look: Any, tmp_path: Path
) -> None:
    parts = [film(tmp_path / "a.h264"), film(tmp_path / "b.h264", size=(128, 96))]
    frames = list(open_clip(join(tmp_path / "c.h264", parts)).frames())
    assert {f.picture.shape for f in frames} == {(48, 64, 3)}
    assert [look.index(f.picture) for f in frames] == [*range(12), *range(12)]


def test_pictures_of_another_shape_are_left_out_and_counted(film: Film, tmp_path: Path) -> None:
    parts = [film(tmp_path / "a.h264"), film(tmp_path / "b.h264", size=(48, 64))]
    clip = open_clip(join(tmp_path / "c.h264", parts))
    assert len(list(clip.frames())) == 12
    assert clip.damaged == 12


def test_a_rate_given_for_a_video_is_wrong_usage(film: Film, tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4")
    with pytest.raises(UsageError, match="times of their own"):
        open_clip(path, rate_hz=30.0)


def test_a_cut_gif_is_read_as_far_as_it_goes(film: Film, tmp_path: Path) -> None:
    path = film(tmp_path / "a.gif", "gif", pixel_format="gray", noise=True)
    frames = list(open_clip(cut(path, 0.6)).frames())
    assert 4 <= len(frames) <= 9
    assert {f.picture.shape for f in frames} == {(48, 64, 3)}


def test_an_avi_whose_index_is_lost_is_read_nonetheless(film: Film, tmp_path: Path) -> None:
    path = film(tmp_path / "a.avi", "mpeg4")
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"idx1")])
    assert len(list(open_clip(path).frames())) == 12


def test_a_folder_named_like_a_video_is_read_as_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").mkdir()
    assert "no images" in sentence(tmp_path / "a.mp4", rate_hz=30.0)


def test_the_cover_of_a_song_is_no_film(tmp_path: Path, look: Any) -> None:
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as container:
        sound = container.add_stream("aac", rate=44100)
        cover = container.add_stream("mjpeg", rate=1)
        assert isinstance(sound, av.AudioStream)
        assert isinstance(cover, av.VideoStream)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        quiet = av.AudioFrame.from_ndarray(np.zeros((1, 44100), np.float32), "fltp", "mono")
        quiet.sample_rate, quiet.pts, quiet.time_base = 44100, 0, Fraction(1, 44100)
        picture = av.VideoFrame.from_ndarray(look.draw(0), format="rgb24")
        container.mux(cover.encode(picture.reformat(format="yuvj420p")))
        container.mux(sound.encode(quiet))
        container.mux(sound.encode(None))
    assert "no moving picture" in sentence(path)
