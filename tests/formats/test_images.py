"""A folder of numbered images with a rate."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from backline.errors import SourceError, UsageError
from backline.formats.video import open_clip, split_rate

Fill = Callable[..., Path]


@pytest.fixture
def fill(tmp_path: Path, look: Any) -> Fill:
    """Writes image i (showing i) under each given name into one folder."""

    def write(names: Iterable[str], size: tuple[int, int] = (64, 48)) -> Path:
        folder = tmp_path / "frames"
        folder.mkdir(exist_ok=True)
        for i, name in enumerate(names):
            assert cv2.imwrite(str(folder / name), look.draw(i, *size))
        return folder

    return write


@pytest.mark.parametrize("ending", ["png", "jpg", "jpeg", "bmp", "tif", "tiff", "PNG", "JPG"])
def test_every_image_format_is_read_at_the_rate(fill: Fill, look: Any, ending: str) -> None:
    clip = open_clip(fill(f"f{i:03}.{ending}" for i in range(5)), rate_hz=25.0)
    frames = list(clip.frames())
    assert [look.index(f.picture) for f in frames] == [0, 1, 2, 3, 4]
    assert [f.time_s for f in frames] == [0, 1 / 25, 2 / 25, 3 / 25, 4 / 25]
    assert look.corner(frames[0].picture) == "top left"
    info = clip.info
    assert (info.kind, info.width_px, info.height_px) == ("images", 64, 48)
    assert (info.frames_hint, info.rate_hint_hz) == (5, 25.0)
    assert info.duration_hint_s == pytest.approx(0.2)


def test_order_is_by_number_not_by_letter(fill: Fill, look: Any) -> None:
    clip = open_clip(fill(f"lift_{i}.png" for i in range(8, 12)), rate_hz=10)
    assert [look.index(f.picture) for f in clip.frames()] == [0, 1, 2, 3]


ORDERS = [
    # numbers in the names; steps in frames
    ([1, 2, 3, 4], [0, 1, 2, 3]),
    ([10, 20, 30, 50], [0, 1, 2, 4]),  # every tenth, one missing
    ([1, 2, 3, 6, 7], [0, 1, 2, 5, 6]),  # two missing: a gap in time
    ([0, 33, 67, 100], [0, 1, 2, 3]),  # time stamps in ms: order only
    ([7], [0]),
]


@pytest.mark.parametrize(("numbers", "steps"), ORDERS)
def test_a_missing_number_is_a_gap_in_time(
    fill: Fill, numbers: list[int], steps: list[int]
) -> None:
    clip = open_clip(fill(f"a{n}.png" for n in numbers), rate_hz=29.97)
    assert [f.time_s for f in clip.frames()] == pytest.approx([s / 29.97 for s in steps])


def test_names_without_numbers_follow_each_other(fill: Fill) -> None:
    clip = open_clip(fill(["a.png", "b.png", "c.png"]), rate_hz=2)
    assert [f.time_s for f in clip.frames()] == [0, 0.5, 1.0]


def test_other_files_in_the_folder_are_passed_over(fill: Fill) -> None:
    folder = fill(["1.png", "2.png"])
    (folder / "notes.txt").write_text("3 reps")
    (folder / ".3.png").write_bytes(b"hidden")
    assert len(list(open_clip(folder, rate_hz=30).frames())) == 2


def test_a_damaged_image_is_a_gap_and_is_counted(fill: Fill, look: Any) -> None:
    folder = fill(f"{i}.png" for i in range(4))
    (folder / "2.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    clip = open_clip(folder, rate_hz=10)
    frames = list(clip.frames())
    assert [look.index(f.picture) for f in frames] == [0, 1, 3]
    assert [f.time_s for f in frames] == pytest.approx([0, 0.1, 0.3])
    assert clip.damaged == 1
    assert [look.index(f.picture) for f in clip.sample([0.2])] == [1]


def test_parts_samples_and_scale_work_as_for_a_video(fill: Fill, look: Any) -> None:
    clip = open_clip(fill(f"{i}.png" for i in range(10)), rate_hz=10)
    assert [f.time_s for f in clip.frames(start_s=0.3, end_s=0.6)] == [0.3, 0.4, 0.5]
    assert [look.index(f.picture) for f in clip.sample([-1, 0.45, 99])] == [0, 4, 9]
    assert next(clip.frames(max_side_px=32)).picture.shape == (24, 32, 3)


def test_an_image_of_another_size_is_brought_to_the_first_one(fill: Fill) -> None:
    folder = fill(["1.png", "2.png"])
    cv2.imwrite(str(folder / "3.png"), np.zeros((96, 128, 3), np.uint8))
    cv2.imwrite(str(folder / "4.png"), np.zeros((64, 48, 3), np.uint8))  # another shape
    clip = open_clip(folder, rate_hz=1)
    assert [f.picture.shape for f in clip.frames()] == [(48, 64, 3)] * 3
    assert clip.damaged == 1


def test_a_photograph_held_upright_is_turned(tmp_path: Path, look: Any) -> None:
    ok, jpeg = cv2.imencode(".jpg", look.draw(0))
    assert ok
    # EXIF block with the one entry Orientation (0x0112) = 6: turn 90 degrees clockwise.
    tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    exif = b"Exif\0\0" + tiff
    block = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    raw = jpeg.tobytes()
    (tmp_path / "1.jpg").write_bytes(raw[:2] + block + raw[2:])
    clip = open_clip(tmp_path, rate_hz=1)
    picture = next(clip.frames()).picture
    assert (picture.shape, clip.info.rotation_deg) == ((64, 48, 3), 90)
    assert look.corner(picture) == "top right"


def test_a_folder_without_a_rate_says_how_to_give_it(fill: Fill) -> None:
    folder = fill(["1.png"])
    with pytest.raises(UsageError, match=r"frames@30") as caught:
        open_clip(folder)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf")])
def test_an_impossible_rate_is_refused(fill: Fill, rate: float) -> None:
    folder = fill(["1.png"])
    with pytest.raises(UsageError, match="above 0"):
        open_clip(folder, rate_hz=rate)


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(SourceError, match="holds 1 files but no images"):
        open_clip(tmp_path, rate_hz=30)


def test_a_folder_of_damaged_images_is_refused(tmp_path: Path) -> None:
    for name in ("1.png", "2.jpg"):
        (tmp_path / name).write_bytes(b"nothing")
    with pytest.raises(SourceError, match="none can be decoded"):
        open_clip(tmp_path, rate_hz=30)


SPLITS = [
    ("frames@30", "frames", 30.0),
    ("frames@29.97", "frames", 29.97),
    ("a/b@c@30000/1001", "a/b@c", 30000 / 1001),
    ("lift.mp4", "lift.mp4", None),
    ("me@gym.mp4", "me@gym.mp4", None),
    ("@30", "@30", None),
    ("frames@0", "frames@0", None),
    ("frames@1/0", "frames@1/0", None),
]


@pytest.mark.parametrize(("source", "path", "rate"), SPLITS)
def test_rate_is_split_from_the_source(source: str, path: str, rate: float | None) -> None:
    assert split_rate(source) == (Path(path), rate)


def test_a_path_that_exists_is_not_split(tmp_path: Path) -> None:
    (tmp_path / "set@5").mkdir()
    assert split_rate(str(tmp_path / "set@5")) == (tmp_path / "set@5", None)


def test_nonsense_after_the_at_of_a_folder_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'fast' after the @"):
        split_rate(f"{tmp_path}@fast")
