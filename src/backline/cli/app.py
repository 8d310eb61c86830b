"""Entry point of the command line: each command is one function, registered here.

Heavy imports are inside the commands, so that ``backline --help`` answers at once.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

import backline
from backline.cli.agree import agree
from backline.cli.analyze import analyze
from backline.cli.batch import batch
from backline.cli.coach import coach
from backline.cli.cohort import cohort
from backline.cli.common import (
    INTERRUPTED,
    end_in_order,
    ended_by,
    failure_text,
    one_line,
    say_error,
)
from backline.cli.compare import compare
from backline.cli.cues import cues
from backline.cli.export import export
from backline.cli.formats import formats
from backline.cli.guide import guide
from backline.cli.history import history
from backline.cli.info import info
from backline.cli.live import live
from backline.cli.phantom import phantom
from backline.cli.record import backup, check, delete_lifter, note, restore
from backline.cli.serve import serve
from backline.cli.simulate import simulate
from backline.cli.stickers import stickers
from backline.cli.validate import validate

HELP = """See where in a loaded lift the low back rounds, how much, and which cue to change.

Works from a side-view phone video, on this machine only: nothing leaves it.
"""

_VALIDATORS_WORDS = {
    "Value error, ": "",
    "Input should be a valid number, unable to parse string as a number": "expected a number",
    "Input should be a valid integer, unable to parse string as an integer": (
        "expected a whole number"
    ),
}

_CHOICE = re.compile(
    r"Invalid value for '(?P<option>[^']+)': '(?P<value>.*)' is not one of '(?P<known>.+)'\.?$",
    re.DOTALL,
)
"""Typer's message where a value is not in a list."""
_SIMILAR = 0.5
"""Similarity from which another word is offered, 0 to 1: "high" for "high_bar"."""


class _Command(TyperCommand):
    """A command whose help shows no type for flags."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters; a flag shows no type."""
        return _plain_flags(super().get_params(ctx))


class _Root(TyperGroup):
    """The same for the options before a command."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters; a flag shows no type."""
        return _plain_flags(super().get_params(ctx))


def _plain_flags(params: list[Any]) -> list[Any]:
    for param in params:
        if getattr(param, "is_flag", False):
            param.metavar = ""
    return params


app = typer.Typer(
    cls=_Root,
    name="backline",
    help=HELP,
    epilog="Example:  backline my_lift.mp4",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"backline {backline.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and stop.", callback=_show_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Options before a command."""


# A table for each group of commands: the function, and the example at the end of its --help.
_EVERYDAY: tuple[tuple[Callable[..., Any], str], ...] = (
    (analyze, "backline analyze my_lift.mp4 --lift squat --load-kg 100"),
    (serve, "backline serve"),
    (live, "backline live camera --train top"),
    (guide, "backline guide"),
    (cues, "backline cues stand_tall"),
    (formats, "backline formats"),
    (info, "backline info"),
)
_RECORD: tuple[tuple[Callable[..., Any], str], ...] = (
    (history, "backline history Ada --html ada.html"),
    (compare, "backline compare --lifter Ada --cue-a squeeze --cue-b 'stand tall'"),
    (coach, "backline coach --export gym.csv"),
    (note, "backline note Ada --felt neutral --pain 1"),
    (backup, "backline backup record.zip"),
    (restore, "backline restore record.zip"),
)
_RESEARCH: tuple[tuple[Callable[..., Any], str], ...] = (
    (batch, "backline batch manifest.csv --out cohort_data --workers 2"),
    (cohort, "backline cohort cohort_data --out cohort.html"),
    (export, "backline export backline_results/my_lift lift.c3d lift.nc"),
    (agree, "backline agree my_lift.mp4 sensors/ --figure agree.png"),
    (stickers, "backline stickers sheet.pdf"),
    (phantom, "backline phantom test.mp4 --top 9 --bottom 15"),
    (simulate, "backline simulate --tuck 9 --load-kg 100 --lean 5"),
    (validate, "backline validate --clips 20 --out my_validation"),
)
_GROUPS = (("Everyday", _EVERYDAY), ("Record", _RECORD), ("Research", _RESEARCH))
for _group, _verbs in _GROUPS:
    for _verb, _example in _verbs:
        app.command(epilog=f"Example:  {_example}", rich_help_panel=_group, cls=_Command)(_verb)
record = typer.Typer(help="Look after the lifters' record.", no_args_is_help=True)
record.command(epilog="Example:  backline record check", cls=_Command)(check)
app.add_typer(record, name="record", rich_help_panel="Record")
app.command(
    "delete-lifter", epilog="Example:  backline delete-lifter Ada --yes", rich_help_panel="Record",
    cls=_Command,
)(delete_lifter)  # fmt: skip


def as_analysis(arguments: list[str]) -> list[str]:
    """Return a command line with ``analyze`` added before a source alone.

    Examples
    --------
    >>> as_analysis(["my.mp4", "--load-kg", "100"])
    ['analyze', 'my.mp4', '--load-kg', '100']
    """
    first = arguments[0] if arguments else "-"
    verbs = {verb.__name__ for _, group in _GROUPS for verb, _ in group}
    known = {*verbs, "record", "delete-lifter"}
    if first.startswith("-") or first in known:
        return arguments
    named = Path(first).suffix or "/" in first or "\\" in first
    return ["analyze", *arguments] if named or os.path.exists(first) else arguments


def run(arguments: list[str] | None = None) -> int:
    """Run one command line and return its exit status; nothing is raised.

    Parameters
    ----------
    arguments : list of str, optional
        Arguments after ``backline``; the process's own where not given.

    Returns
    -------
    int
        0 analysed; 2 wrong usage; 3 a source cannot be read; 4 not measurable; 130 stopped by
        the user (143 by SIGTERM, 129 with its terminal); 1 anything else.
    """
    ended_by.clear()
    try:
        given = as_analysis(sys.argv[1:] if arguments is None else arguments)
        status = app(args=given, prog_name="backline", standalone_mode=False)
        sys.stdout.flush()
        if status == INTERRUPTED:  # Typer converts Ctrl-C to an exit status
            raise KeyboardInterrupt
    except typer.TyperException as error:
        text = _plainer(error.format_message())
        if text:  # empty where the help was shown instead, because no verb was given
            say_error(f"{one_line(text)} See: backline --help")
        return int(error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        say_error("Stopped. No half-written result was left behind.")
        return 128 + ended_by[0] if ended_by else INTERRUPTED
    except BrokenPipeError:
        _abandon_stdout()
        return 1
    except Exception as error:  # noqa: BLE001 - the last line before the user: never a traceback
        text, code = failure_text(error)
        say_error(text)
        return code
    return status if isinstance(status, int) else 0


def _plainer(text: str) -> str:
    """Return Typer's message for a wrong value without its validator's words."""
    for words, plain in _VALIDATORS_WORDS.items():
        text = text.replace(words, plain)
    choice = _CHOICE.match(text)
    if choice:
        return _choice_words(choice["option"], choice["value"], choice["known"].split("', '"))
    return text


def _choice_words(option: str, value: str, known: list[str]) -> str:
    """Return the message for an unknown choice, with the nearest one."""
    import difflib

    similar = difflib.get_close_matches(value.lower(), known, n=1, cutoff=_SIMILAR)
    hint = f"did you mean {similar[0]}?" if similar else "name one of them."
    return f"{option} is '{value}', expected {', '.join(known[:-1])} or {known[-1]}: {hint}"


def _abandon_stdout() -> None:
    """Discard further output to a closed pipe, so that Python's exit reports no error."""
    import os

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def main() -> None:
    """Run ``backline`` with the process's arguments and leave with its exit status."""
    end_in_order()
    # Python would look for modules of its child processes in the present folder first, which may
    # hold a stranger's files.
    os.environ["PYTHONSAFEPATH"] = "1"
    sys.exit(run())
