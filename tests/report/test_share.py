"""What is sent to a lifter is made of a result folder: picture, film, one page."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import av
import numpy as np
import pypdfium2
import pytest

from backline.errors import UsageError
from backline.report.export import export
from backline.report.result import Result, load_result
from backline.report.share import _size, chat_span, leading, picture
from tests.report.example_analysis import refused


@pytest.fixture(scope="module")
def result(saved) -> Result:
    """The example's result folder."""
    return load_result(saved["report.html"].parent)


def test_the_leading_finding_is_the_page_s(result, example) -> None:
    from backline.report.stills import worst

    lead = leading(result.document)
    assert (lead["rep"], lead["peak_s"]) == (worst(example).rep, worst(example).peak_s)


def test_the_film_holds_ten_seconds_about_it_in_h264_under_a_few_megabytes(
    result, tmp_path: Path
) -> None:
    file = export(result, tmp_path / "chat.mp4")
    start, end = chat_span(result.document)
    assert end - start == 10.0
    assert start <= leading(result.document)["peak_s"] <= end
    with av.open(str(file)) as film:
        stream = film.streams.video[0]
        assert (stream.codec.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert float(film.duration) / av.time_base <= 10.1
    assert file.stat().st_size < 6_000_000


def test_the_picture_shows_two_different_moments_side_by_side(result, tmp_path: Path) -> None:
    shown = picture(result)
    half = shown.shape[1] // 2
    left, right = (shown[:, :half - 8], shown[:, half + 8 :])  # fmt: skip
    wide = min(left.shape[1], right.shape[1])
    assert np.abs(left[:, :wide].astype(int) - right[:, :wide]).mean() > 1.0
    assert export(result, tmp_path / "a.jpg").read_bytes()[:2] == b"\xff\xd8"


def test_the_page_is_one_sheet_and_says_size_cue_and_trust(result, tmp_path: Path) -> None:
    with pypdfium2.PdfDocument(export(result, tmp_path / "sheet.pdf")) as paper:
        assert len(paper) == 1
        text = paper[0].get_textpage()
        words = text.get_text_range().replace("\r\n", " ")
        text.close()
    assert result.document["summary"]["headline"].split(".")[0][:30] in words
    assert "Try this" in words
    assert "How far to trust this" in words
    assert "not a medical device" in words


def test_a_result_without_a_film_says_so_and_still_has_its_page(result, tmp_path: Path) -> None:
    filmless = dataclasses.replace(result, folder=tmp_path)
    for name in ("a.jpg", "a.mp4"):
        with pytest.raises(UsageError, match=r"has no film"):
            export(filmless, tmp_path / name)
    assert export(filmless, tmp_path / "sheet.pdf").read_bytes()[:5] == b"%PDF-"


def test_a_refused_result_has_a_page_that_says_why(example, tmp_path: Path) -> None:
    home = refused(example).save(tmp_path / "no")["report.html"].parent
    assert export(load_result(home), tmp_path / "no.pdf").stat().st_size > 1000


def test_what_is_only_possible_is_called_so_on_what_is_shared() -> None:
    finding = {"name": "butt wink", "size_deg": 21.0, "sd_deg": 5.0, "probability": 0.6}
    assert _size(finding, {}) == "Possible butt wink, 21 ± 5°"
    assert _size({**finding, "probability": 0.95}, {}) == "Butt wink, 21 ± 5°"
    assert _size({**finding, "probability": None}, {}).startswith("Possible ")


def test_what_lies_outside_the_reps_does_not_lead_what_is_shared() -> None:
    """A reach for the phone after the set was the chat's clip."""
    inside = {"kind": "rounding", "rep": 2, "size_deg": 21.0, "probability": 0.6, "peak_s": 5.0}
    outside = {**inside, "rep": 0, "size_deg": 28.0, "probability": 0.99, "peak_s": 60.0}
    document = {"settings": {}, "findings": [outside, inside]}
    assert leading(document) is inside
    drift = {**inside, "kind": "drift", "rep": 0, "probability": 0.99}
    assert leading({"settings": {}, "findings": [outside, drift, inside]}) is drift
