"""Failures in one sentence, and progress drawn only where somebody looks."""

from __future__ import annotations

import io
import sys

import pytest

from backline.cli.common import failure_text, one_line, progress_bar, say_error
from backline.errors import NotMeasurableError, SourceError, UsageError
from backline.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Closed(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError("closed")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("as it is.", "as it is."),
        ("no end", "no end."),
        ("two\nlines  and blanks", "two lines and blanks."),
        ("really?", "really?"),
    ],
)
def test_texts_come_out_on_one_line_with_an_end(text: str, expected: str) -> None:
    assert one_line(text) == expected


@pytest.mark.parametrize(
    ("error", "status"), [(UsageError("a"), 2), (SourceError("a"), 3), (NotMeasurableError("a"), 4)]
)
def test_a_foreseen_error_keeps_its_own_words_and_status(error: Exception, status: int) -> None:
    assert failure_text(error) == ("a.", status)


def test_an_unforeseen_error_without_a_message_still_makes_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("BACKLINE_DEBUG", raising=False)
    text, status = failure_text(ZeroDivisionError())
    assert "ZeroDivisionError: no message" in text
    assert status == 1


def test_errors_can_be_said_to_a_closed_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Closed())
    say_error("nobody hears this")


def test_no_bar_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress_bar("lift.mp4", quiet=False) as callback:
        assert callback is None


def test_no_bar_when_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress_bar("lift.mp4", quiet=True) as callback:
        assert callback is None


def test_the_bar_shows_source_stage_count_rate_and_time_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "160")
    clock = iter(range(1000))
    monkeypatch.setattr("rich.console.monotonic", lambda: float(next(clock)))
    with progress_bar("[odd] lift.mp4", quiet=False) as callback:
        assert callback is not None
        for done in range(0, 100, 10):
            callback(Progress("finding the lifter", done, 100))
        callback(Progress("drawing", 1, None))
    text = screen.getvalue()
    assert "[odd] lift.mp4: finding the lifter" in text
    assert "drawing" in text
    assert "90/100" in text
    assert "frames/s" in text
    assert "0:00:" in text


def test_one_stage_has_one_bar_however_often_it_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    added: list[str] = []

    from rich.progress import Progress as Bars

    add = Bars.add_task

    def count(self, description, **rest):
        added.append(description)
        return add(self, description, **rest)

    monkeypatch.setattr(Bars, "add_task", count)
    with progress_bar("a", quiet=False) as callback:
        assert callback is not None
        for done in range(5):
            callback(Progress("reading", done, 5))
            callback(Progress("drawing", done, 5))
    assert added == ["a: reading", "a: drawing"]
