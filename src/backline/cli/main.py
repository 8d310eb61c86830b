"""The command line. Each verb is one function in its own module, registered here.

Heavy imports happen inside the verbs, so that ``backline --help`` answers at once.
"""

from __future__ import annotations

import re
import sys
from typing import Annotated

import typer

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
"""What Typer says where a value is none of a list."""
_NEAR = 0.5
"""Likeness from which a word is offered instead, 0 to 1: "high" for "high_bar"."""

app = typer.Typer(
    name="backline",
    help=HELP,
    epilog="Example:  backline analyze my_lift.mp4",
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
    """Hold the options that stand before a verb."""


# One line a verb: the function, and the example that its --help closes with.
app.command(epilog="Example:  backline analyze my_lift.mp4 --lift squat --load-kg 100")(analyze)
app.command(epilog="Example:  backline batch manifest.csv --out cohort_data --workers 2")(batch)
app.command(epilog="Example:  backline cohort cohort_data --out cohort.html")(cohort)
app.command(epilog="Example:  backline info")(info)
app.command(epilog="Example:  backline formats")(formats)
app.command(epilog="Example:  backline export backline_results/my_lift lift.c3d lift.nc")(export)
app.command(epilog="Example:  backline agree my_lift.mp4 sensors/ --figure agree.png")(agree)
app.command(epilog="Example:  backline serve")(serve)
app.command(epilog="Example:  backline live camera --train top")(live)
app.command(epilog="Example:  backline guide")(guide)
app.command(epilog="Example:  backline stickers sheet.pdf")(stickers)
app.command(epilog="Example:  backline phantom test.mp4 --top 9 --bottom 15")(phantom)
app.command(epilog="Example:  backline simulate --tuck 9 --load-kg 100 --lean 5")(simulate)
app.command(epilog="Example:  backline validate --clips 20 --out my_validation")(validate)
app.command(epilog="Example:  backline cues stand_tall")(cues)
app.command(epilog="Example:  backline history Ada --html ada.html")(history)
app.command(epilog="Example:  backline compare --lifter Ada --cue-a squeeze --cue-b 'stand tall'")(
    compare
)
app.command(epilog="Example:  backline coach --export gym.csv")(coach)
app.command(epilog="Example:  backline note Ada --felt neutral --pain 1")(note)
app.command(epilog="Example:  backline backup record.zip")(backup)
app.command(epilog="Example:  backline restore record.zip")(restore)
record = typer.Typer(help="Look after the lifters' record.", no_args_is_help=True)
record.command(epilog="Example:  backline record check")(check)
app.add_typer(record, name="record")
app.command("delete-lifter", epilog="Example:  backline delete-lifter Ada --yes")(delete_lifter)


def run(arguments: list[str] | None = None) -> int:
    """Run one command line and return its exit status; nothing is raised.

    Parameters
    ----------
    arguments : list of str, optional
        What stands after ``backline``; the process's own arguments where not given.

    Returns
    -------
    int
        0 analysed; 2 wrong usage; 3 a source cannot be read; 4 not measurable; 130 stopped by
        the user (143 by SIGTERM, 129 with its terminal); 1 anything else.
    """
    ended_by.clear()
    try:
        status = app(args=arguments, prog_name="backline", standalone_mode=False)
        sys.stdout.flush()
        if status == INTERRUPTED:  # Typer has made an exit status of Ctrl-C
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
    """Return what Typer says of a wrong value without the words of its validator."""
    for words, plain in _VALIDATORS_WORDS.items():
        text = text.replace(words, plain)
    choice = _CHOICE.match(text)
    if choice:
        return _choice_words(choice["option"], choice["value"], choice["known"].split("', '"))
    return text


def _choice_words(option: str, value: str, known: list[str]) -> str:
    """Say that a value is none of those that an option takes, and which is the nearest."""
    import difflib

    near = difflib.get_close_matches(value.lower(), known, n=1, cutoff=_NEAR)
    hint = f"did you mean {near[0]}?" if near else "name one of them."
    return f"{option} is '{value}', expected {', '.join(known[:-1])} or {known[-1]}: {hint}"


def _abandon_stdout() -> None:
    """Send what is left for a closed pipe nowhere, so that Python's exit says nothing either."""
    import os

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def main() -> None:
    """Run ``backline`` with the process's arguments and leave with its exit status."""
    end_in_order()
    sys.exit(run())
