"""The printed sheet holds all five stickers at true scale, readable as they will be worn."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import pytest

from backline.cli.app import run
from backline.errors import UsageError
from backline.sources.fiducials.layout import PLACES, dictionary
from backline.sources.fiducials.print_sheet import PAPERS, write_sheet

PIXELS_A_MM = 6.0
MM_A_POINT = 25.4 / 72


def page_of(path: Path) -> tuple[np.ndarray, tuple[float, float], str]:
    """The page as a grey picture, its size in millimetres, and its text."""
    document = pypdfium2.PdfDocument(path)
    assert len(document) == 1
    page = document[0]
    size = tuple(side * MM_A_POINT for side in page.get_size())
    picture = page.render(scale=PIXELS_A_MM * MM_A_POINT, grayscale=True).to_numpy()
    text = page.get_textpage().get_text_bounded()
    document.close()
    return picture.squeeze(), size, text  # type: ignore[return-value]


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("size_mm", [24.0, 34.0])
def test_all_stickers_are_on_the_sheet_in_their_true_size(
    tmp_path: Path, paper: str, size_mm: float
) -> None:
    picture, size, text = page_of(write_sheet(tmp_path / "sheet.pdf", paper, size_mm))
    assert size == pytest.approx(PAPERS[paper], abs=0.1)
    corners, numbers, _ = cv2.aruco.ArucoDetector(dictionary()).detectMarkers(picture)
    # a fin is printed on both its faces, so that it can be read from either side
    wanted = sorted(place.number for place in PLACES for _ in range(2 if place.fin else 1))
    assert sorted(numbers.ravel().tolist()) == wanted
    for quad in corners:
        sides = np.linalg.norm(quad[0] - np.roll(quad[0], 1, axis=0), axis=1) / PIXELS_A_MM
        assert sides == pytest.approx([size_mm] * 4, abs=0.4)
    assert all(place.title in text for place in PLACES)


def test_the_two_faces_of_a_fin_stand_upright_once_folded(tmp_path: Path) -> None:
    picture, _, _ = page_of(write_sheet(tmp_path / "sheet.pdf"))
    corners, numbers, _ = cv2.aruco.ArucoDetector(dictionary()).detectMarkers(picture)
    for place in (one for one in PLACES if one.fin):
        faces = [c[0] for c, n in zip(corners, numbers.ravel(), strict=True) if n == place.number]
        upper, lower = sorted(faces, key=lambda quad: quad[:, 1].mean())
        assert lower[0, 1] < lower[3, 1]  # its own top is up, towards the fold
        assert upper[0, 1] > upper[3, 1]  # and so is the other's, once folded over
        assert upper[:, 0].mean() == pytest.approx(lower[:, 0].mean(), abs=2)


@pytest.mark.parametrize("paper", PAPERS)
def test_the_ruler_measures_100_mm_and_nothing_is_off_the_page(tmp_path: Path, paper: str) -> None:
    picture, _, _ = page_of(write_sheet(tmp_path / "sheet.pdf", paper))
    rim = round(5 * PIXELS_A_MM)
    for edge in (picture[:rim], picture[-rim:], picture[:, :rim], picture[:, -rim:]):
        assert edge.min() == 255
    line = round(8 * PIXELS_A_MM)  # the ruler lies 8 mm above the lower edge
    left = picture[-line - 3 : -line + 3, : round(112.5 * PIXELS_A_MM)]  # words stand right of it
    dark = np.flatnonzero(left.min(axis=0) < 128)
    assert np.ptp(dark) / PIXELS_A_MM == pytest.approx(100, abs=0.5)


@pytest.mark.parametrize(
    ("paper", "size_mm", "told"),
    [("a3", 34.0, "a4, letter"), ("a4", 10.0, "24 to 34"), ("a4", 60.0, "24 to 34")],
)
def test_what_cannot_be_printed_is_told(
    tmp_path: Path, paper: str, size_mm: float, told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        write_sheet(tmp_path / "sheet.pdf", paper, size_mm)
    assert not list(tmp_path.iterdir())


def test_the_command_writes_it_and_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["stickers", str(tmp_path / "new" / "sheet.pdf"), "--paper", "letter"]) == 0
    assert capsys.readouterr().out.strip().endswith("sheet.pdf")
    assert (tmp_path / "new" / "sheet.pdf").read_bytes().startswith(b"%PDF")
    assert run(["stickers", str(tmp_path / "sheet.png")]) == 2
    assert ".pdf" in capsys.readouterr().err
