"""The command line as a whole: verbs, exit statuses, one plain sentence for every failure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import backline
from backline.cli import app as cli
from backline.errors import BacklineError, MissingExtraError, SourceError
from tests.deadlines import PATIENCE_S

VERBS = ("analyze", "info", "guide")


def run(*arguments: str) -> int:
    return cli.run(list(arguments))


def fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let the verb ``guide`` end in an error."""

    def guide_text() -> str:
        raise error

    monkeypatch.setattr("backline.report.filming_guide.guide_text", guide_text)


def test_help_lists_every_verb_and_closes_with_an_example(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("--help") == 0
    text = capsys.readouterr().out
    assert all(verb in text for verb in VERBS)
    assert "Example:  backline my_lift.mp4" in text
    groups = [text.index(f" {name} ") for name in ("Everyday", "Record", "Research")]
    assert groups == sorted(groups)
    assert "<bool>" not in text


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_each_verb_shows_an_example(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(verb, "--help") == 0
    assert f"Example:  backline {verb}" in capsys.readouterr().out


def test_every_registered_verb_has_an_example_and_a_sentence_of_help() -> None:
    for command in cli.app.registered_commands:
        assert command.epilog is not None
        assert command.epilog.startswith("Example:  backline ")
        assert command.callback is not None
        assert command.callback.__doc__


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out == f"backline {backline.__version__}\n"


def test_no_verb_shows_the_help_and_no_error_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 2
    shown = capsys.readouterr()
    assert "analyze" in shown.out + shown.err
    assert "backline: ." not in shown.err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["bogus"], "bogus"),
        (["analyze"], "SOURCE"),
        (["analyze", "x.mp4", "--lift", "curl"], "curl"),
        (["analyze", "x.mp4", "--side", "top"], "top"),
        (["analyze", "x.mp4", "--load-kg", "heavy"], "--load-kg"),
        (["analyze", "x.mp4", "--speed", "3"], "--speed"),
        (["info", "now"], "now"),
    ],
)
def test_wrong_usage_is_one_line_that_names_the_culprit(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert named in shown.err
    assert "--help" in shown.err
    assert not any(word in shown.err for word in ("Value error", "Input should", "parse"))


@pytest.mark.parametrize(
    ("value", "hint"),
    [("high", "did you mean high_bar?"), ("Front", "did you mean front?"), ("9", "name one of")],
)
def test_an_unknown_choice_is_told_with_those_that_there_are_and_the_nearest(
    value: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("simulate", "--bar-place", value) == 2
    said = capsys.readouterr().err
    assert said.startswith(
        f"backline: --bar-place is '{value}', expected high_bar, low_bar, front, overhead or "
        f"hands: {hint}"
    )
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SourceError("The file is empty: film again."), 3),
        (MissingExtraError("Rendering", "phantom"), 1),
        (BacklineError("No."), 1),
        (RuntimeError("boom"), 1),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(), 1),
    ],
)
def test_each_failure_has_its_exit_status_and_no_traceback(
    error: BaseException,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(cli, "_abandon_stdout", lambda: None)
    fail_with(monkeypatch, error)
    assert run("guide") == status
    assert "Traceback" not in capsys.readouterr().err


def test_an_unforeseen_error_says_how_to_see_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("BACKLINE_DEBUG", raising=False)
    fail_with(monkeypatch, RuntimeError("boom\nand more"))
    run("guide")
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    assert "RuntimeError: boom and more" in text
    assert "BACKLINE_DEBUG=1" in text


def test_the_debug_switch_shows_the_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BACKLINE_DEBUG", "1")
    fail_with(monkeypatch, RuntimeError("boom"))
    assert run("guide") == 1
    assert "Traceback" in capsys.readouterr().err


def test_python_dash_m_is_the_same_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "backline", "--version"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stdout) == (0, f"backline {backline.__version__}\n")


def test_a_reader_that_goes_away_is_no_error_on_the_screen() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        [sys.executable, "-m", "backline", "guide"],
        stdout=write_end,
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE_S,
    )
    os.close(write_end)
    assert done.returncode == 1
    assert done.stderr == ""


def test_a_flag_shows_no_type(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("analyze", "--help") == 0
    assert "<bool>" not in capsys.readouterr().out


def test_a_source_alone_is_analysed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("nowhere.mp4") == 3
    assert "There is no file 'nowhere.mp4'" in capsys.readouterr().err
    (tmp_path / "notes").write_text("no film")
    assert run("notes") == 3
    assert "of no kind that can be read" in capsys.readouterr().err
    assert run("analyse") == 2
