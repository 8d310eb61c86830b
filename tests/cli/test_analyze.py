"""The verb ``analyze``: options in, results and exit statuses out. Measuring is not done here."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from backline import pipeline
from backline.cli import app as cli
from backline.errors import NotMeasurableError, SourceError
from backline.pipeline import Analysis
from backline.progress import Progress


class Analyses:
    """Stands in for the measuring: hands out one prepared outcome a source name."""

    def __init__(self, default: Analysis) -> None:
        self.default = default
        self.outcomes: dict[str, Analysis | BaseException] = {}
        self.calls: list[tuple[Path, dict[str, Any]]] = []

    def __call__(self, source: Path, **options: Any) -> Analysis:
        self.calls.append((Path(source), options))
        if options["progress"] is not None:
            options["progress"](Progress("finding the lifter", 1, 60))
        outcome = self.outcomes.get(Path(source).name, self.default)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


def save(self: Analysis, folder: Path, progress: object = None) -> dict[str, Path]:
    names = ["analysis.json"] + ([] if self.quality.verdict == "refused" else ["report.html"])
    for name in names:
        (folder / name).write_text("{}")
    return {name: folder / name for name in names}


@pytest.fixture
def analyses(make_analysis, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Analyses:
    """Replace the measuring and the writing, and work in an empty folder."""
    stand_in = Analyses(make_analysis())
    monkeypatch.setattr(pipeline, "analyze", stand_in, raising=False)
    monkeypatch.setattr(Analysis, "save", save, raising=False)
    monkeypatch.setattr(
        Analysis,
        "to_dict",
        lambda self: {"schema": "backline.analysis/1", "source": {"path": self.source.path}},
        raising=False,
    )
    monkeypatch.chdir(tmp_path)
    return stand_in


def run(*arguments: str) -> int:
    return cli.run(["analyze", *arguments])


def test_it_writes_into_the_default_folder_and_prints_the_path(analyses: Analyses, capsys) -> None:
    assert run("my_lift.mp4") == 0
    assert Path("backline_results/my_lift/report.html").exists()
    text = capsys.readouterr().out
    assert "butt wink" in text
    assert f"Report: {Path('backline_results/my_lift/report.html')}" in text


def test_what_was_not_given_is_left_to_the_analysis(analyses: Analyses) -> None:
    run("my_lift.mp4")
    [(source, options)] = analyses.calls
    del options["settings"], options["progress"]
    assert source == Path("my_lift.mp4")
    assert options == {
        "lift": "auto",
        "load_kg": None,
        "body_mass_kg": None,
        "height_cm": None,
        "lifter": None,
        "cue": None,
        "standing": None,
        "side": "auto",
        "engine": "blazepose",
        "mapping": None,
        "stickers": "auto",
        "sex": None,
        "bar_place": "auto",
        "video": None,
        "keep": Path("backline_results/.seen"),  # so that --standing needs no new look
    }


def test_every_option_reaches_the_analysis(analyses: Analyses) -> None:
    given = "--lift deadlift --load-kg 100 --body-mass-kg 80 --height-cm 178 --side left"
    rest = ["--lifter", "Ada", "--cue", "squeeze the glutes", "--standing", "0.5:2"]
    assert run("my_lift.mp4", *given.split(), *rest, "--engine", "mediapipe", "--no-save") == 0
    options = analyses.calls[0][1]
    assert (options["lift"], options["side"]) == ("deadlift", "left")
    assert (options["load_kg"], options["body_mass_kg"], options["height_cm"]) == (100, 80, 178)
    assert (options["lifter"], options["cue"]) == ("Ada", "squeeze the glutes")
    assert options["standing"] == (0.5, 2.0)


def test_settings_come_from_the_environment(
    analyses: Analyses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKLINE_REPORT_FROM_DEG", "6")
    run("my_lift.mp4")
    assert analyses.calls[0][1]["settings"].report_from_deg == 6.0


def test_a_clip_of_standing_is_handed_on_as_a_path(analyses: Analyses) -> None:
    Path("standing.mp4").touch()
    run("my_lift.mp4", "--standing", "standing.mp4")
    assert analyses.calls[0][1]["standing"] == Path("standing.mp4")


def test_a_mapping_file_is_handed_on(analyses: Analyses) -> None:
    Path("markers.toml").touch()
    assert run("my_lift.c3d", "--mapping", "markers.toml", "--quiet") == 0
    assert analyses.calls[0][1]["mapping"] == Path("markers.toml")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--load-kg", "2000"],
        ["--load-kg", "-1"],
        ["--height-cm", "17"],
        ["--body-mass-kg", "-80"],
        ["--body-mass-kg", "nan"],
        ["--standing", "3:1"],
        ["--standing", "soon"],
        ["--lift", "curl"],
        ["--side", "front"],
        ["--engine", "crystal-ball"],
        ["--mapping", "none.toml"],
        ["--lifter", " "],
        ["--cue", ""],
    ],
)
def test_impossible_values_are_refused_before_any_work(
    arguments: list[str], analyses: Analyses, capsys
) -> None:
    assert run("my_lift.mp4", *arguments) == 2
    assert analyses.calls == []
    assert list(Path().iterdir()) == []
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert arguments[0] in shown.err


def test_a_file_where_the_results_should_go_is_refused_before_any_work(analyses: Analyses) -> None:
    Path("out").touch()
    assert run("my_lift.mp4", "--out", "out") == 2
    assert analyses.calls == []


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SourceError("The file is empty: film again."), 3),
        (NotMeasurableError("Nobody is in the picture: film again."), 4),
        (RuntimeError("boom"), 1),
        (MemoryError(), 1),
    ],
)
def test_a_source_that_fails_gives_its_status_and_no_files(
    error: Exception, status: int, analyses: Analyses, capsys
) -> None:
    analyses.outcomes["bad.mp4"] = error
    assert run("bad.mp4") == status
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert list(Path("backline_results").iterdir()) == []


def test_a_refusal_is_status_4_with_its_reason_and_analysis_json(
    analyses: Analyses, refused_analysis: Analysis, capsys
) -> None:
    analyses.outcomes["hidden.mp4"] = refused_analysis
    assert run("hidden.mp4") == 4
    assert capsys.readouterr().err == "backline: Not measurable: the plate hides the low back.\n"
    assert Path("backline_results/hidden/analysis.json").exists()


def test_of_several_sources_each_is_done_and_the_highest_status_counts(
    analyses: Analyses, refused_analysis: Analysis, capsys
) -> None:
    analyses.outcomes["empty.mp4"] = SourceError("The file is empty: film again.")
    analyses.outcomes["hidden.mp4"] = refused_analysis
    assert run("empty.mp4", "good.mp4", "hidden.mp4", "also_good.mp4", "--quiet") == 4
    done = {folder.name for folder in Path("backline_results").iterdir()}
    assert done == {"good", "hidden", "also_good"}
    first, second = capsys.readouterr().err.splitlines()
    assert first == "backline: empty.mp4: The file is empty: film again."
    assert second.startswith("backline: hidden.mp4: Not measurable")


def test_one_unreadable_source_among_good_ones_is_status_3(analyses: Analyses) -> None:
    analyses.outcomes["empty.mp4"] = SourceError("The file is empty: film again.")
    assert run("good.mp4", "empty.mp4", "--quiet") == 3


def test_two_sources_of_one_name_do_not_overwrite_each_other(analyses: Analyses) -> None:
    assert run("monday/set1.mp4", "friday/set1.mp4", "--quiet") == 0
    assert {f.name for f in Path("backline_results").iterdir()} == {"set1", "set1-2"}


def test_json_alone_is_on_standard_output(analyses: Analyses, capsys) -> None:
    assert run("my_lift.mp4", "--json") == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "backline.analysis/1"
    assert Path("backline_results/my_lift/analysis.json").exists()


def test_json_of_several_sources_is_one_line_each(analyses: Analyses, capsys) -> None:
    assert run("a.mp4", "b.mp4", "--json") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["schema"] for line in lines] == ["backline.analysis/1"] * 2


def test_json_of_a_refusal_is_printed_too(
    analyses: Analyses, refused_analysis: Analysis, capsys
) -> None:
    analyses.outcomes["hidden.mp4"] = refused_analysis
    assert run("hidden.mp4", "--json") == 4
    assert json.loads(capsys.readouterr().out)


def test_quiet_prints_nothing_at_all(analyses: Analyses, capsys) -> None:
    assert run("my_lift.mp4", "--quiet") == 0
    assert capsys.readouterr() == ("", "")


def test_no_progress_where_nobody_looks(analyses: Analyses) -> None:
    run("my_lift.mp4")
    assert analyses.calls[0][1]["progress"] is None


def test_progress_goes_to_standard_error_of_a_terminal(
    analyses: Analyses, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert run("my_lift.mp4", "--json") == 0
    shown = capsys.readouterr()
    assert "finding the lifter" in shown.err
    assert json.loads(shown.out)


def test_ctrl_c_is_130_and_leaves_nothing_half_written(analyses: Analyses, capsys) -> None:
    analyses.outcomes["second.mp4"] = KeyboardInterrupt()
    assert run("first.mp4", "second.mp4", "third.mp4", "--quiet") == 130
    assert [f.name for f in Path("backline_results").iterdir()] == ["first"]
    assert len(analyses.calls) == 2
    assert "Stopped" in capsys.readouterr().err


def test_ctrl_c_while_writing_keeps_the_older_result(
    analyses: Analyses, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("my_lift.mp4", "--quiet")

    def stopped(self: Analysis, folder: Path, progress: object = None) -> dict[str, Path]:
        (folder / "report.html").write_text("half")
        raise KeyboardInterrupt

    monkeypatch.setattr(Analysis, "save", stopped)
    assert run("my_lift.mp4", "--quiet") == 130
    assert [f.name for f in Path("backline_results").iterdir()] == ["my_lift"]
    assert Path("backline_results/my_lift/report.html").read_text() == "{}"


def test_a_full_disk_is_one_plain_sentence(
    analyses: Analyses, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    def full(self: Analysis, folder: Path, progress: object = None) -> dict[str, Path]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Analysis, "save", full)
    assert run("my_lift.mp4") == 1
    assert "No space left on device" in capsys.readouterr().err
    assert list(Path("backline_results").iterdir()) == []
