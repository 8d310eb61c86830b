"""What is written is what browsers play, and comes back with its own times."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from backline.errors import BacklineError
from backline.formats.video import VideoWriter, open_clip
from backline.formats.video_writing import yuv_of

TIMES = [
    # evenly; NTSC; irregular, as phones do; 240 Hz; a long pause
    [i / 30 for i in range(12)],
    [i * 1001 / 30000 for i in range(12)],
    [0, 0.031, 0.072, 0.1, 0.135, 0.4, 0.433, 0.46, 0.5, 0.54, 0.57, 0.61],
    [i / 240 for i in range(12)],
    [0, 0.033, 0.066, 9.0, 9.033, 9.066],
]


def write(path: Path, look: Any, times: list[float], size: tuple[int, int] = (64, 48)) -> Path:
    with VideoWriter(path, *size) as writer:
        for i, time_s in enumerate(times):
            writer.write(look.draw(i, *size), time_s)
    return path


def break_off(path: Path, look: Any, error: type[BaseException]) -> None:
    with VideoWriter(path, 64, 48) as writer:
        writer.write(look.draw(0), 0.0)
        raise error


@pytest.mark.parametrize("times", TIMES)
def test_times_and_pictures_come_back(look: Any, tmp_path: Path, times: list[float]) -> None:
    clip = open_clip(write(tmp_path / "a.mp4", look, times))
    frames = list(clip.frames())
    assert [f.time_s for f in frames] == pytest.approx(times, abs=1e-4)
    assert [look.index(f.picture) for f in frames] == list(range(len(times)))
    assert not clip.truncated


@pytest.mark.parametrize("times", TIMES)
def test_the_stated_length_reaches_past_the_last_frame(
    look: Any, tmp_path: Path, times: list[float]
) -> None:
    # Players stop at the stated length, whatever frames follow.
    info = open_clip(write(tmp_path / "a.mp4", look, times)).info
    assert info.duration_hint_s is not None
    assert times[-1] < info.duration_hint_s <= times[-1] + 0.1


def test_the_file_is_what_every_browser_plays(look: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", look, [0, 0.1, 0.2])
    with av.open(str(path)) as container:
        film = container.streams.video[0]
        assert (film.codec_context.name, film.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert film.codec_context.profile in ("High", "Main", "Baseline", "Constrained Baseline")
        # BT.709 in limited range, said so, as players else guess by the size of the picture.
        assert (film.codec_context.colorspace, film.codec_context.color_range) == (1, 1)
        assert film.start_time == 0
    content = path.read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")  # faststart


#: Full red, green, blue, white and black as BT.709 in limited range (ITU-R BT.709-6, part 3).
COLOURS = (
    ((255, 0, 0), (63, 102, 240)),
    ((0, 255, 0), (173, 42, 26)),
    ((0, 0, 255), (32, 240, 118)),
    ((255, 255, 255), (235, 128, 128)),
    ((0, 0, 0), (16, 128, 128)),
)


@pytest.mark.parametrize(("rgb", "yuv"), COLOURS)
def test_colours_become_those_of_the_standard(
    rgb: tuple[int, int, int], yuv: tuple[int, int, int]
) -> None:
    planes = yuv_of(np.full((4, 6, 3), rgb, np.uint8)).to_ndarray()
    assert planes.shape == (6, 6)
    assert (planes[:4] == yuv[0]).all()
    for plane, value in zip(planes[4:], yuv[1:], strict=True):
        assert (plane == value).all()


def test_the_conversion_is_that_of_ffmpeg(look: Any) -> None:
    from av.video.frame import VideoFrame
    from av.video.reformatter import ColorRange, Colorspace

    picture = look.draw(3, 142, 90)
    ours = yuv_of(picture).to_ndarray().astype(int)
    theirs = VideoFrame.from_ndarray(picture, format="rgb24").reformat(
        format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
    )
    away = np.abs(ours - theirs.to_ndarray())
    assert away[:90].max() <= 1  # light; colours are averaged over four pixels, not two
    assert away.mean() < 0.5


def test_odd_sizes_are_padded_with_the_last_row_and_column(look: Any, tmp_path: Path) -> None:
    picture = np.full((47, 63, 3), 40, np.uint8)
    picture[:, -1] = picture[-1, :] = 200
    with VideoWriter(tmp_path / "a.mp4", 63, 47, crf=5) as writer:
        writer.write(picture, 0.0)
    back = next(open_clip(tmp_path / "a.mp4").frames()).picture
    assert back.shape == (48, 64, 3)
    assert back[10, -1].mean() > 150
    assert back[-1, 10].mean() > 150
    assert abs(back[10, 10].mean() - 40) < 6


def test_a_better_crf_gives_a_larger_file(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (6, 48, 64, 3), dtype=np.uint8)
    sizes = []
    for crf in (10, 40):
        with VideoWriter(tmp_path / f"{crf}.mp4", 64, 48, crf=crf, preset="ultrafast") as writer:
            for i, picture in enumerate(noise):
                writer.write(picture, i / 30)
        sizes.append((tmp_path / f"{crf}.mp4").stat().st_size)
    assert sizes[0] > 2 * sizes[1]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_a_failure_leaves_no_file_behind(
    look: Any, tmp_path: Path, error: type[BaseException]
) -> None:
    with pytest.raises(error):
        break_off(tmp_path / "a.mp4", look, error)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_keeps_the_older_file(look: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", look, [0, 1])
    before = path.read_bytes()
    with pytest.raises(RuntimeError):
        break_off(path, look, RuntimeError)
    assert path.read_bytes() == before


def test_nothing_appears_under_the_final_name_before_the_end(look: Any, tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mp4", 64, 48) as writer:
        writer.write(look.draw(0), 0.0)
        assert not (tmp_path / "a.mp4").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]


def test_a_film_without_pictures_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="no picture was written"),
        VideoWriter(tmp_path / "a.mp4", 64, 48),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("times", [[0.1, 0.1], [0.2, 0.1], [-1.0]])
def test_times_that_do_not_increase_are_refused(
    look: Any, tmp_path: Path, times: list[float]
) -> None:
    with pytest.raises(ValueError, match="increasing times"):
        write(tmp_path / "a.mp4", look, times)


def test_another_shape_is_refused(look: Any, tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match=r"expected shape \(48, 64, 3\)"),
        VideoWriter(tmp_path / "a.mp4", 64, 48) as writer,
    ):
        writer.write(look.draw(0, 32, 32), 0.0)


def test_a_size_without_pixels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1 x 1"):
        VideoWriter(tmp_path / "a.mp4", 0, 48)


def test_a_folder_that_cannot_be_made_is_one_plain_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(BacklineError, match=r"cannot be written .*--out"),
        VideoWriter(tmp_path / "file" / "a.mp4", 64, 48),
    ):
        pass


def test_ticks_hold_common_rates_exactly() -> None:
    from backline.formats.video_writing import TICKS_PER_S

    for rate in (Fraction(24), Fraction(25), Fraction(30), Fraction(30000, 1001), Fraction(60)):
        assert (TICKS_PER_S / rate).denominator == 1


def test_larger_pictures_are_averaged_down_to_the_size_of_the_film(tmp_path: Path) -> None:
    rows, columns = np.mgrid[:96, :128]
    fine = np.where((rows + columns) % 2, 200, 60).astype(np.uint8)  # a mean of 130
    picture = np.repeat(fine[:, :, None], 3, axis=2)
    with VideoWriter(tmp_path / "a.mp4", 64, 48, crf=5, pictures=(128, 96)) as writer:
        for k in range(3):
            writer.write(picture, k / 10)
    with open_clip(tmp_path / "a.mp4") as clip:
        frames = [frame.picture for frame in clip.frames()]
    assert frames[0].shape == (48, 64, 3)
    assert np.abs(frames[0].astype(int) - 130).max() <= 6


def test_a_film_of_scaled_pictures_has_even_sides(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="even"):
        VideoWriter(tmp_path / "a.mp4", 63, 48, pictures=(126, 96))
