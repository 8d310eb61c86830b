"""Turns, square pixels and scale, on pictures whose every pixel is known."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backline.formats.picture_orientation import Painter, PictureTurn, Stored, turn_of
from backline.formats.video import open_clip

ONE = 1 << 16


def numbered(height: int = 2, width: int = 3) -> np.ndarray:
    """A picture whose pixels are numbered row by row: 0 1 2 / 3 4 5."""
    grey = np.arange(height * width, dtype=np.uint8).reshape(height, width)
    return np.repeat(grey[:, :, None], 3, axis=2)


PIXELS = [
    # turn; the numbered picture after it, row by row
    (PictureTurn(), [[0, 1, 2], [3, 4, 5]]),
    (PictureTurn(False, True, False), [[2, 1, 0], [5, 4, 3]]),  # mirrored left to right
    (PictureTurn(False, False, True), [[3, 4, 5], [0, 1, 2]]),  # mirrored top to bottom
    (PictureTurn(False, True, True), [[5, 4, 3], [2, 1, 0]]),  # half a turn
    (PictureTurn(True, False, False), [[0, 3], [1, 4], [2, 5]]),  # over the diagonal
    (PictureTurn(True, True, False), [[3, 0], [4, 1], [5, 2]]),  # a quarter clockwise
    (PictureTurn(True, False, True), [[2, 5], [1, 4], [0, 3]]),  # a quarter counter-clockwise
    (PictureTurn(True, True, True), [[5, 2], [4, 1], [3, 0]]),  # over the other diagonal
]


@pytest.mark.parametrize(("turn", "expected"), PIXELS)
def test_a_turn_moves_each_pixel_to_its_place(turn: PictureTurn, expected: list[list[int]]) -> None:
    turned = turn.apply(numbered())
    assert turned[:, :, 0].tolist() == expected
    assert turned.flags.c_contiguous
    assert turn.size(3, 2) == (turned.shape[1], turned.shape[0])


@given(
    st.sampled_from([turn for turn, _ in PIXELS]),
    st.tuples(st.integers(0, 2), st.integers(0, 1)),
)
def test_a_turn_does_to_pixels_what_its_matrix_does_to_points(
    turn: PictureTurn, point: tuple[int, int]
) -> None:
    # Which of the eight matrices gives this turn?
    matrices = [
        (a * ONE, b * ONE, 0, c * ONE, d * ONE)
        for a, b, c, d in [
            *((a, 0, 0, d) for a in (1, -1) for d in (1, -1)),
            *((0, b, c, 0) for b in (1, -1) for c in (1, -1)),
        ]
    ]
    found = [m for m in matrices if PictureTurn.from_matrix(m) == turn]
    assert len(found) == 1
    a, b, _, c, d = (v // ONE for v in found[0])
    # The rule of the standard, moved so that the picture's corner is at the origin again.
    x, y = point
    corners = [(a * u + c * v, b * u + d * v) for u in (0, 2) for v in (0, 1)]
    left, top = min(p[0] for p in corners), min(p[1] for p in corners)
    there = (b * x + d * y - top, a * x + c * y - left)
    assert turn.apply(numbered())[there][0] == numbered()[y, x][0]


@pytest.mark.parametrize(
    ("counterclockwise", "clockwise"),
    [(0, 0), (90, 270), (-90, 90), (180, 180), (-180, 180), (270, 90), (89.6, 270), (-3, 0)],
)
def test_a_plain_turn_from_its_angle(counterclockwise: float, clockwise: int) -> None:
    turn = PictureTurn.from_counterclockwise(counterclockwise)
    assert turn.clockwise_deg == clockwise
    plain = {turn for turn, _ in PIXELS if turn.swap == (turn.flip_x != turn.flip_y)}
    assert turn in plain  # never mirrored
    by_numpy = np.rot90(numbered(), round(counterclockwise / 90))
    np.testing.assert_array_equal(turn.apply(numbered()), by_numpy)


def test_a_matrix_that_is_not_quite_a_quarter_turn_is_taken_as_one() -> None:
    # 88 degrees, as some editors write
    s, c = int(ONE * 0.99939), int(ONE * 0.0349)
    assert PictureTurn.from_matrix((c, s, 0, -s, c)).clockwise_deg == 90


SIZES = [
    # stored size, pixel aspect, longest side; size of the picture
    ((1920, 1080), 1.0, None, (1920, 1080)),
    ((1920, 1080), 1.0, 960, (960, 540)),
    ((1080, 1920), 1.0, 960, (540, 960)),
    ((640, 480), 1.0, 960, (640, 480)),  # never enlarged
    ((1440, 1080), 4 / 3, None, (1920, 1080)),  # HDV
    ((1440, 1080), 4 / 3, 960, (960, 540)),
    ((720, 576), 16 / 15, None, (768, 576)),  # PAL
    ((1278, 720), 1278 / 1280, None, (1278, 720)),  # square but for a codec's rounding
    ((4000, 2), 1.0, 100, (100, 1)),  # never below one pixel
]


@pytest.mark.parametrize(("stored", "aspect", "side", "shown"), SIZES)
def test_sizes_with_square_pixels(
    stored: tuple[int, int], aspect: float, side: int | None, shown: tuple[int, int]
) -> None:
    assert Stored(*stored, PictureTurn(), aspect).scaled_size(side) == shown


def test_the_shown_size_is_that_after_the_turn() -> None:
    assert Stored(1440, 1080, PictureTurn(True, True, False), 4 / 3).shown_size() == (1080, 1920)


@pytest.mark.parametrize(
    ("size", "fits"), [((64, 48), True), ((1280, 960), True), ((65, 49), True), ((48, 64), False)]
)
def test_only_frames_of_the_same_shape_fit(size: tuple[int, int], fits: bool) -> None:
    assert Stored(64, 48).fits(av.VideoFrame(*size, "yuv420p")) is fits


def test_a_frame_without_a_flag_is_not_turned() -> None:
    frame = av.VideoFrame(64, 48, "yuv420p")
    assert turn_of(frame) == PictureTurn()
    assert Stored.of(frame, None) == Stored(64, 48, PictureTurn(), 1.0)
    assert Stored.of(frame, Fraction(4, 3)).pixel_aspect == pytest.approx(4 / 3)


@pytest.mark.parametrize("pixels", ["rgb24", "rgb48le", "gray", "yuv444p", "yuv444p10le"])
def test_every_depth_becomes_eight_bits_of_the_same_grey(pixels: str) -> None:
    grey = np.repeat(np.linspace(0, 255, 64).round().astype(np.uint8)[None, :, None], 8, axis=0)
    source = np.ascontiguousarray(np.repeat(grey, 3, axis=2))
    frame = av.VideoFrame.from_ndarray(source, format="rgb24").reformat(format=pixels)
    painted = Painter(Stored(64, 8)).paint(frame)
    assert painted.dtype == np.uint8
    assert np.abs(painted.astype(int) - source).max() <= 2  # one step of limited range is 1.16


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_hdr_keeps_the_order_of_bright_and_dark_without_clipping(
    film: Callable[..., Path], tmp_path: Path, transfer: str
) -> None:
    tags = f"log-level=none:colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc"
    path = film(
        tmp_path / "a.mkv", "libx265", pixel_format="yuv420p10le", options={"x265-params": tags}
    )
    levels = [float(f.picture[24:40, 32:60].mean()) for f in open_clip(path).frames()]
    assert np.diff(levels).min() > 10  # twelve greys 16 apart
    assert max(levels) < 250
