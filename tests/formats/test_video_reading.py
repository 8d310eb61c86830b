"""Video files in every container and codec, with the times and the turn they state."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backline.errors import UsageError
from backline.formats.video import open_clip
from backline.parallel import OVERLAP, prefetch

Film = Callable[..., Path]
SAMPLES = Path(__file__).parent / "samples"

QUIET_265 = {"x265-params": "log-level=none"}

KINDS = [
    # ending, encoder, pixel format, encoder options, codec as told
    ("mp4", "libx264", "yuv420p", {}, "h264"),  # what phones make
    ("mov", "libx264", "yuv420p", {"bf": "3"}, "h264"),  # with B-frames: decoded out of order
    ("mkv", "libx264", "yuv420p10le", {}, "h264"),  # 10 bit
    ("mp4", "libx265", "yuv420p", QUIET_265, "hevc"),
    ("mov", "libx265", "yuv420p10le", QUIET_265, "hevc"),  # what new phones make
    ("webm", "libvpx-vp9", "yuv420p", {}, "vp9"),
    ("mkv", "libvpx-vp9", "yuv420p", {}, "vp9"),
    ("avi", "mpeg4", "yuv420p", {}, "mpeg4"),
    ("mp4", "mpeg4", "yuv420p", {"bf": "2"}, "mpeg4"),
    ("avi", "mjpeg", "yuvj420p", {}, "mjpeg"),
    ("mov", "mjpeg", "yuvj420p", {}, "mjpeg"),
]


@pytest.mark.parametrize(("ending", "encoder", "pixels", "options", "codec"), KINDS)
def test_every_codec_and_container_gives_the_frames_in_order_at_their_times(
    film: Film,
    look: Any,
    tmp_path: Path,
    ending: str,
    encoder: str,
    pixels: str,
    options: dict[str, str],
    codec: str,
) -> None:
    path = film(tmp_path / f"a.{ending}", encoder, pixel_format=pixels, options=options)
    check_whole(path, look, codec, pixels)


@pytest.mark.parametrize(("ending", "pixels"), [("mp4", "yuv420p"), ("webm", "yuv420p10le")])
def test_av1_gives_the_frames_in_order_at_their_times(look: Any, ending: str, pixels: str) -> None:
    """Samples that are kept as files: see ``tools/av1_samples.py``."""
    check_whole(SAMPLES / f"av1.{ending}", look, "av1", pixels)


def check_whole(path: Path, look: Any, codec: str, pixels: str) -> None:
    """Check that a film is read as it was drawn, 12 frames at 30 a second."""
    with open_clip(path) as clip:
        frames = list(clip.frames())
    assert [look.index(f.picture) for f in frames] == list(range(12))
    assert [f.index for f in frames] == list(range(12))
    # Matroska holds milliseconds, the others the exact 1/30 s.
    tolerance = 0.00051 if path.suffix in (".mkv", ".webm") else 1e-12
    assert [f.time_s for f in frames] == pytest.approx([i / 30 for i in range(12)], abs=tolerance)
    assert (clip.info.codec, clip.info.pixel_format) == (codec, pixels)
    assert (clip.info.width_px, clip.info.height_px, clip.info.rotation_deg) == (64, 48, 0)
    assert (clip.truncated, clip.damaged, clip.dropped) == (False, 0, 0)
    assert all(f.picture.shape == (48, 64, 3) and f.picture.dtype == np.uint8 for f in frames)


def test_a_gif_is_read_at_its_hundredths_of_a_second(film: Film, look: Any, tmp_path: Path) -> None:
    path = film(
        tmp_path / "a.gif", "gif", pixel_format="gray", rate=Fraction(25), time_base=Fraction(1, 25)
    )
    frames = list(open_clip(path).frames())
    assert [look.index(f.picture) for f in frames] == list(range(12))
    assert [f.time_s for f in frames] == pytest.approx([0.04 * i for i in range(12)])


def test_colours_come_out_as_red_green_blue(tmp_path: Path) -> None:
    from backline.formats.video import VideoWriter

    colours = [(200, 30, 30), (30, 200, 30), (30, 30, 200)]
    with VideoWriter(tmp_path / "a.mp4", 64, 48, crf=5) as writer:
        for i, colour in enumerate(colours):
            writer.write(np.tile(np.array(colour, np.uint8), (48, 64, 1)), i / 10)
    found = [f.picture[20, 20] for f in open_clip(tmp_path / "a.mp4").frames()]
    assert np.abs(np.array(found, int) - np.array(colours)).max() <= 4


def test_ntsc_rate_is_not_rounded_to_an_integer(film: Film, tmp_path: Path) -> None:
    rate = Fraction(30000, 1001)
    clip = open_clip(film(tmp_path / "a.mp4", rate=rate, time_base=1 / rate))
    assert [f.time_s for f in clip.frames()] == [i * 1001 / 30000 for i in range(12)]
    assert clip.info.rate_hint_hz == pytest.approx(30000 / 1001)


def test_240_frames_a_second_keep_their_times(film: Film, tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", rate=Fraction(240), time_base=Fraction(1, 240))
    times = [f.time_s for f in open_clip(path).frames()]
    assert times == pytest.approx([i / 240 for i in range(12)], abs=1e-12)


@pytest.mark.parametrize(
    ("rate", "every"),
    [
        (Fraction(25), 1),
        (Fraction(50), 1),  # every second one would be too few
        (Fraction(60000, 1001), 2),
        (Fraction(120), 4),
        (Fraction(240), 8),
    ],
)
def test_a_fast_clip_is_thinned_to_the_frames_that_are_needed_at_their_own_times(
    film: Film, look: Any, tmp_path: Path, rate: Fraction, every: int
) -> None:
    clip = open_clip(film(tmp_path / "a.mp4", frames=48, rate=rate, time_base=1 / rate))
    clip.thin(28.8)
    assert clip.every == every
    kept = list(clip.frames())
    assert [f.time_s for f in kept] == [float(i / rate) for i in range(0, 48, every)]
    assert [look.index(f.picture) for f in kept] == [i % 12 for i in range(0, 48, every)]
    assert [f.index for f in kept] == list(range(len(kept)))
    again = [f.time_s for f in clip.frames(start_s=kept[-2].time_s)]
    assert again == [f.time_s for f in kept[-2:]]  # wherever a reading starts


def test_jittering_clocks_leave_out_every_second_frame_and_no_more(
    film: Film, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    ticks = [round(i * 1000 / 60 + d) for i, d in enumerate(rng.uniform(-5, 5, 120))]
    ticks = [t - ticks[0] for t in ticks]
    path = film(
        tmp_path / "a.mp4", frames=120, ticks=ticks, time_base=Fraction(1, 1000), rate=Fraction(60)
    )
    clip = open_clip(path)
    clip.thin(28.8)
    times = np.array([f.time_s for f in clip.frames()])
    assert clip.every == 2
    assert 58 <= len(times) <= 62
    assert np.diff(times).max() < 0.06


def test_a_rate_that_the_file_overstates_leaves_out_nothing(film: Film, tmp_path: Path) -> None:
    # Frames 33 ms apart at first, then a burst that lifts the mean that the file states.
    ticks = [*range(0, 330, 33), *range(331, 371)]
    path = film(
        tmp_path / "a.mp4", frames=50, ticks=ticks, time_base=Fraction(1, 1000), rate=Fraction(60)
    )
    clip = open_clip(path)
    assert (clip.info.rate_hint_hz or 0) > 100
    clip.thin(28.8)
    assert len(list(clip.frames())) == 50


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_variable_frame_times_are_the_containers_own(
    film: Film, look: Any, tmp_path: Path, ending: str
) -> None:
    ticks = [0, 33, 66, 150, 151, 400, 433, 466, 1000, 1033, 1066, 1100]
    path = film(tmp_path / f"a.{ending}", ticks=ticks, time_base=Fraction(1, 1000))
    frames = list(open_clip(path).frames())
    assert [f.time_s for f in frames] == pytest.approx([t / 1000 for t in ticks], abs=1e-9)
    assert [look.index(f.picture) for f in frames] == list(range(12))


def test_time_counts_from_the_first_frame_wherever_the_clock_of_the_file_starts(
    film: Film, tmp_path: Path
) -> None:
    path = film(
        tmp_path / "a.mkv", ticks=[5000 + 40 * i for i in range(12)], time_base=Fraction(1, 1000)
    )
    times = [f.time_s for f in open_clip(path).frames()]
    assert times == pytest.approx([0.04 * i for i in range(12)])


def test_a_stream_without_times_gets_them_from_its_rate(
    film: Film, look: Any, tmp_path: Path
) -> None:
    clip = open_clip(film(tmp_path / "a.h264"))  # a bare stream: 25 Hz is its format's default
    frames = list(clip.frames())
    assert [f.time_s for f in frames] == [i / 25 for i in range(12)]
    assert [look.index(f.picture) for f in clip.sample([0.2, 0.05])] == [5, 1]
    assert [look.index(f.picture) for f in clip.frames(start_s=0.4)] == [10, 11]


def test_raw_pictures_in_avi_get_exact_times_of_the_rate(film: Film, tmp_path: Path) -> None:
    rate = Fraction(30000, 1001)
    path = film(tmp_path / "a.avi", "rawvideo", pixel_format="bgr24", rate=rate, time_base=1 / rate)
    assert [f.time_s for f in open_clip(path).frames()] == [i * 1001 / 30000 for i in range(12)]


def test_an_hour_long_timeline_is_kept_to_the_tick(film: Film, look: Any, tmp_path: Path) -> None:
    ticks = [0, 1, 300_123, 3_600_000 - 40, 3_600_000, 3_600_007]
    path = film(tmp_path / "a.mp4", frames=6, ticks=ticks, time_base=Fraction(1, 1000))
    clip = open_clip(path)
    assert [f.time_s for f in clip.frames()] == pytest.approx([t / 1000 for t in ticks], abs=1e-9)
    assert [look.index(f.picture) for f in clip.sample([0, 1800, 3600.001])] == [0, 2, 4]
    assert not clip.truncated


def test_4k_pictures_are_read_whole_and_scaled_on_request(film: Film, tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", frames=2, size=(3840, 2160), options={"preset": "ultrafast"})
    clip = open_clip(path)
    assert [f.picture.shape for f in clip.frames()] == [(2160, 3840, 3)] * 2
    assert [f.picture.shape for f in clip.frames(max_side_px=960)] == [(540, 960, 3)] * 2
    assert (clip.info.width_px, clip.info.height_px) == (3840, 2160)


def test_small_pictures_are_not_enlarged(film: Film, tmp_path: Path) -> None:
    clip = open_clip(film(tmp_path / "a.mp4"))
    assert next(clip.frames(max_side_px=4000)).picture.shape == (48, 64, 3)


def test_one_frame_is_a_clip_of_length_zero(film: Film, tmp_path: Path) -> None:
    frames = list(open_clip(film(tmp_path / "a.mp4", frames=1)).frames())
    assert [(f.index, f.time_s) for f in frames] == [(0, 0.0)]


def test_pixels_that_are_not_square_are_made_square(film: Film, tmp_path: Path) -> None:
    clip = open_clip(film(tmp_path / "a.mp4", pixel_aspect=Fraction(3, 2)))
    assert (clip.info.width_px, clip.info.height_px) == (96, 48)
    assert next(clip.frames()).picture.shape == (48, 96, 3)


ONE = 1 << 16
TURNS = [
    # display matrix a b u c d v; clockwise; corner to which the white one goes; size
    ((ONE, 0, 0, 0, ONE, 0), 0, "top left", (64, 48)),
    ((0, ONE, 0, -ONE, 0, 0), 90, "top right", (48, 64)),  # an iPhone held upright
    ((-ONE, 0, 0, 0, -ONE, 0), 180, "bottom right", (64, 48)),
    ((0, -ONE, 0, ONE, 0, 0), 270, "bottom left", (48, 64)),
    ((-ONE, 0, 0, 0, ONE, 0), 180, "top right", (64, 48)),  # mirrored, as front cameras do
    ((ONE, 0, 0, 0, -ONE, 0), 0, "bottom left", (64, 48)),  # upside down mirrored
    ((0, ONE, 0, ONE, 0, 0), 90, "top left", (48, 64)),  # over the diagonal
    ((0, -ONE, 0, -ONE, 0, 0), 270, "bottom right", (48, 64)),
]


@pytest.mark.parametrize(("matrix", "clockwise", "corner", "size"), TURNS)
def test_the_rotation_flag_brings_the_white_corner_where_a_player_shows_it(
    film: Film,
    look: Any,
    tmp_path: Path,
    matrix: tuple[int, ...],
    clockwise: int,
    corner: str,
    size: tuple[int, int],
) -> None:
    path = film(tmp_path / "a.mp4", frames=2, matrix=(*matrix, 0, 0, 1 << 30))
    clip = open_clip(path)
    first = next(clip.frames())
    assert look.corner(first.picture) == corner
    assert first.picture.shape == (size[1], size[0], 3)
    assert (clip.info.width_px, clip.info.height_px) == size
    assert clip.info.rotation_deg == clockwise
    assert next(clip.frames(max_side_px=32)).picture.shape == (size[1] // 2, size[0] // 2, 3)


def test_a_part_is_read_by_time_start_included_end_not(
    film: Film, look: Any, tmp_path: Path
) -> None:
    ticks = [i * 100 for i in range(120)]  # 12 s, key frames every 10 frames
    path = film(
        tmp_path / "a.mp4",
        frames=120,
        ticks=ticks,
        time_base=Fraction(1, 1000),
        options={"g": "10", "bf": "3"},
    )
    part = list(open_clip(path).frames(start_s=7.3, end_s=7.7))
    assert [f.time_s for f in part] == pytest.approx([7.3, 7.4, 7.5, 7.6])
    assert [look.index(f.picture) for f in part] == [i % 12 for i in (73, 74, 75, 76)]
    assert [f.index for f in part] == [0, 1, 2, 3]


def test_a_part_of_a_film_with_one_key_frame_is_found(
    film: Film, look: Any, tmp_path: Path
) -> None:
    path = film(tmp_path / "a.mkv", frames=90, options={"g": "500"})
    part = list(open_clip(path).frames(start_s=2.5))
    assert [look.index(f.picture) for f in part] == [i % 12 for i in range(75, 90)]


@pytest.mark.parametrize("ending", ["mp4", "mkv", "avi", "webm"])
def test_sampling_gives_the_frame_on_screen_at_each_time(
    film: Film, look: Any, tmp_path: Path, ending: str
) -> None:
    codec = {"avi": "mpeg4", "webm": "libvpx-vp9"}.get(ending, "libx264")
    path = film(tmp_path / f"a.{ending}", codec, frames=120, options={"g": "10"})
    times = [-1.0, 0.0, 0.051, 1.5, 1.52, 3.96, 99.0, 2.0]
    found = list(open_clip(path).sample(times))
    assert [look.index(f.picture) for f in found] == [
        i % 12 for i in (0, 0, 1, 45, 45, 118, 119, 60)
    ]
    assert [f.time_s for f in found] == pytest.approx(
        [i / 30 for i in (0, 0, 1, 45, 45, 118, 119, 60)], abs=0.00051
    )


def test_sampling_skips_what_lies_between_key_frames(
    film: Film, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from backline.formats.video_pass import PassState

    path = film(tmp_path / "a.mp4", frames=600, options={"g": "10", "preset": "ultrafast"})
    decoded = 0
    honest = PassState.good_frames

    def counted(self: PassState) -> Any:
        nonlocal decoded
        for frame in honest(self):
            decoded += 1
            yield frame

    monkeypatch.setattr(PassState, "good_frames", counted)
    assert len(list(open_clip(path).sample([1, 6, 11, 16]))) == 4
    assert 0 < decoded < 150


def test_a_clip_can_be_read_twice_and_by_two_readers_at_once(film: Film, tmp_path: Path) -> None:
    clip = open_clip(film(tmp_path / "a.mp4"))
    first, second = clip.frames(), clip.frames()
    pairs = list(zip(first, second, strict=True))
    assert len(pairs) == len(list(clip.frames())) == 12
    assert all(a.time_s == b.time_s and np.array_equal(a.picture, b.picture) for a, b in pairs)


def test_pictures_may_be_drawn_on(film: Film, tmp_path: Path) -> None:
    for frame in open_clip(film(tmp_path / "a.mp4", size=(62, 46))).frames():
        frame.picture[0, 0] = 7
        assert frame.picture.flags.c_contiguous


def test_header_tells_length_and_number_of_frames(film: Film, tmp_path: Path) -> None:
    for ending in ("mp4", "mkv"):
        info = open_clip(film(tmp_path / f"a.{ending}")).info
        assert info.frames_hint == 12
        assert info.duration_hint_s == pytest.approx(0.4, abs=0.001)
        assert info.path == str(tmp_path / f"a.{ending}")


def test_a_largest_side_below_one_is_refused(film: Film, tmp_path: Path) -> None:
    clip = open_clip(film(tmp_path / "a.mp4"))
    with pytest.raises(UsageError, match="1 pixel or more"):
        next(clip.frames(max_side_px=0))


REAL = [
    # name, frames, mean rate, length, size (README of the shared clips; 614/29.97 and so on)
    ("back_squat_empty_bar.mp4", 614, 29.97, 20.5, (608, 1080)),
    ("deadlift_overlay_drawn.mp4", 759, 30.0, 25.3, (720, 1278)),
    ("back_squat_plate_hides_back.mp4", 1229, 30.0, 41.0, (720, 1278)),
]


@pytest.mark.parametrize(("name", "frames", "rate", "length", "size"), REAL)
def test_real_phone_clips_are_described_and_sampled(
    shared_dir: Path, name: str, frames: int, rate: float, length: float, size: tuple[int, int]
) -> None:
    with open_clip(shared_dir / "clips" / name) as clip:
        assert clip.info.frames_hint == frames
        assert clip.info.duration_hint_s == pytest.approx(length, abs=0.06)
        assert clip.info.rate_hint_hz == pytest.approx(rate, abs=0.01)
        assert (clip.info.width_px, clip.info.height_px) == size
        found = list(clip.sample([0.0, length / 2, length], max_side_px=120))
    assert [f.time_s for f in found] == pytest.approx([0, length / 2, length], abs=0.08)
    assert all(max(f.picture.shape) == 120 and f.picture.std() > 10 for f in found)


def test_a_clip_read_ahead_gives_the_same_frames(film: Film, tmp_path: Path) -> None:
    clip = open_clip(film(tmp_path / "a.mp4"))
    plain, ahead = list(clip.frames()), list(prefetch(clip.frames(), depth=2))
    assert [f.time_s for f in ahead] == [f.time_s for f in plain]
    assert all(np.array_equal(a.picture, b.picture) for a, b in zip(ahead, plain, strict=True))


def test_frames_are_let_go_while_a_clip_streams(film: Film, tmp_path: Path) -> None:
    clip = open_clip(film(tmp_path / "a.mp4", frames=80, options={"preset": "ultrafast"}))
    alive: weakref.WeakSet[object] = weakref.WeakSet()
    most = 0
    for frame in clip.frames():
        alive.add(frame)
        most = max(most, len(alive))
    assert most <= 2


def test_a_clip_read_in_turn_gives_the_same_frames(
    film: Film, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = film(tmp_path / "a.mp4", frames=12)
    with open_clip(path) as clip:
        ahead = [frame.picture for frame in prefetch(clip.frames())]
    monkeypatch.setenv(OVERLAP, "0")
    with open_clip(path) as clip:
        in_turn = [frame.picture for frame in prefetch(clip.frames())]
    np.testing.assert_array_equal(in_turn, ahead)
