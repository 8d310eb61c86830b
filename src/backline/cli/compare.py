"""``backline compare``: which of two cues reduces rounding of the low back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from backline.library.cue_comparison import Effect


def compare(
    lifter: Annotated[str | None, typer.Option(metavar="NAME", help="The lifter.")] = None,
    cue_a: Annotated[str | None, typer.Option(metavar="TEXT", help="The one cue.")] = None,
    cue_b: Annotated[str | None, typer.Option(metavar="TEXT", help="The other.")] = None,
    sets_a: Annotated[
        str | None, typer.Option(metavar="NUMBERS", help="Or sets by number, as 1,2,5.")
    ] = None,
    sets_b: Annotated[str | None, typer.Option(metavar="NUMBERS", help="The other sets.")] = None,
    plan: Annotated[
        int | None, typer.Option(min=1, help="Print a plan of so many sessions that alternates.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
) -> int:
    """Compare two cues, or any two groups of sets, of one lifter."""
    from backline.errors import UsageError

    if plan is not None:
        _print_plan(plan, cue_a, cue_b)
        return 0
    if lifter is None or (cue_a is None) == (sets_a is None) or (cue_b is None) == (sets_b is None):
        raise UsageError(
            "compare needs --lifter, and for each side a cue (--cue-a, --cue-b) or sets "
            "(--sets-a, --sets-b)."
        )
    from backline.library import Store, compare_groups

    with Store() as store:
        effects = compare_groups(
            store, lifter, cue_a or _numbers(sets_a), cue_b or _numbers(sets_b)
        )
    if as_json:
        import json
        from dataclasses import asdict

        from backline.report.document import to_plain

        typer.echo(json.dumps(to_plain([asdict(effect) for effect in effects])))
    else:
        _print_effects(effects)
    return 0


def _print_effects(effects: Sequence[Effect]) -> None:
    """Print the comparison as a table, with a sentence for each place."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    several = len({one.lift for one in effects}) > 1
    places = [f"{one.lift}, {one.place}" if several else one.place for one in effects]
    table = Table("Where", "Reps", "B less A", "90 % interval", "P(B better)", "Verdict")
    for one, place in zip(effects, places, strict=True):
        known = one.low_deg == one.low_deg
        table.add_row(
            place,
            str(one.reps),
            f"{one.effect_deg:+.1f}°" if known else "-",
            f"{one.low_deg:+.1f} to {one.high_deg:+.1f}°" if known else "-",
            f"{one.probability_b_better:.0%}" if known else "-",
            one.verdict,
        )
    console.print(table)
    for one, place in zip(effects, places, strict=True):
        more = f" About {one.more_reps} more reps may tell." if one.more_reps else ""
        console.print(f"{place}: {one.why}{more}", soft_wrap=True)
    if any(one.verdict == "cannot tell yet" for one in effects):
        console.print("A plan that alternates the two: add --plan 2.", soft_wrap=True)


def _numbers(text: str | None) -> list[int]:
    from backline.errors import UsageError

    try:
        return [int(part) for part in (text or "").split(",")]
    except ValueError:
        raise UsageError(f"sets are '{text}', expected numbers such as 1,2,5.") from None


def _print_plan(sessions: int, cue_a: str | None, cue_b: str | None) -> None:
    from backline.library.cue_comparison import plan

    words = {"A": cue_a or "cue A", "B": cue_b or "cue B"}
    for day, cues in enumerate(plan(sessions), start=1):
        typer.echo(f"Session {day}: " + "; ".join(words[cue] for cue in cues))
