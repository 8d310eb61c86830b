"""What is written: every table, both pictures, and a summary that says what it does not show."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from backline.sources.video.lumbar import network
from backline.validate.report import NOT_SHOWN, TITLES, about, fill, markdown, write
from backline.validate.run import Results
from tests.validate.synthetic import all_alike


class Network:
    sha256 = "0123456789abcdef" * 4


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch) -> Results:
    monkeypatch.setattr(network, "LumbarNetwork", Network)
    return all_alike()


def test_everything_is_written_and_can_be_read_again(results: Results, tmp_path: Path) -> None:
    summary = write(results, 300.0, tmp_path / "out")
    for name in TITLES:
        table = pd.read_csv(tmp_path / "out" / f"{name}.csv")
        assert len(table) > 0
        lines = (tmp_path / "out" / f"{name}.md").read_text().splitlines()
        assert len(lines) == len(table) + 2
    assert len(pd.read_csv(tmp_path / "out" / "clips.csv")) == 20
    for name in ("agreement.png", "calibration.png"):
        content = (tmp_path / "out" / name).read_bytes()
        assert content.startswith(b"\x89PNG")
        assert 5_000 < len(content) < 500_000
    text = summary.read_text()
    assert NOT_SHOWN in text
    assert "Rendered bodies are not flesh" in text
    for title in TITLES.values():
        assert f"## {title}" in text


def test_the_main_table_has_the_columns_of_the_issue(results: Results, tmp_path: Path) -> None:
    write(results, 300.0, tmp_path)
    first = (tmp_path / "figures.md").read_text().splitlines()[0]
    assert first == "| what | must | aim | measured | n | met? |"


def test_about_counts_what_was_classified_correctly(results: Results) -> None:
    results.cases.loc[0, "found_lift"] = "deadlift"
    results.cases.loc[1, "found_reps"] = 9
    results.cases.loc[2, "found_failure"] = "There is nobody."
    text = about(results)
    assert "20 clips of seed 0 (16 in fair conditions)" in text
    assert (
        "classified correctly in 19 clips, the number of reps in 19; 1 could not be analysed"
        in text
    )
    assert "network 0123456789ab," in text


def test_markdown_rounds_and_leaves_the_unknown_blank() -> None:
    table = pd.DataFrame({"a|b": ["x|y"], "deg": [1.006], "none": [float("nan")], "n": [3]})
    assert markdown(table) == (
        "| a|b | deg | none | n |\n| --- | --- | --- | --- |\n| x\\|y | 1.01 |  | 3 |\n"
    )


def test_a_page_is_filled_between_its_markers_and_again() -> None:
    page = "Top\n<!-- t: start -->\nold\n<!-- t: end -->\nbottom\n"
    once = fill(page, "t", "| new |\n")
    assert once == "Top\n<!-- t: start -->\n\n| new |\n\n<!-- t: end -->\nbottom\n"
    assert fill(once, "t", "| new |") == once


@pytest.mark.parametrize("page", ["nothing", "<!-- t: start -->", "<!-- t: end -->"])
def test_a_page_without_markers_is_an_error(page: str) -> None:
    with pytest.raises(ValueError, match="expected the markers"):
        fill(page, "t", "x")


def test_an_empty_run_of_outside_clips_still_gives_a_page(results: Results, tmp_path: Path) -> None:
    outside = Results(
        results.frames[results.frames["group"] == "outside"],
        results.reps[results.reps["group"] == "outside"],
        results.cases[results.cases["group"] == "outside"],
    )
    text = write(outside, float("nan"), tmp_path).read_text()
    assert "not measured" in text
