"""``backline history``: a lifter's findings over sessions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from backline.library import History, Store


def history(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The lifter.")],
    png: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw it into a picture.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as a page that prints.")
    ] = None,
    show_sets: Annotated[bool, typer.Option("--sets", help="List the sets with numbers.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
) -> int:
    """Show where a lifter rounds over the sessions: habit, trend, and what it feels like."""
    from backline.library import Store
    from backline.library import history as of
    from backline.library.plots import write_html, write_png

    with Store() as store:
        found = of(store, name)
        if as_json:
            _print_json(found)
        elif show_sets:
            _print_sets(store, name)
        else:
            _print(found)
    if png is not None:
        write_png(found, png)
    if html is not None:
        write_html(found, html)
    return 0


def _print_json(found: History) -> None:
    import json
    from dataclasses import asdict

    typer.echo(json.dumps(asdict(found), default=str).replace("NaN", "null"))


def _print_sets(store: Store, name: str) -> None:
    import pandas as pd
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from backline.library import sets

    table = Table("Set", "Session", "Lift", "Load", "Cue", "Felt", "Pain")
    for row in sets(store, name).to_dict("records"):
        load = f"{row['load_kg']:g} kg" if pd.notna(row["load_kg"]) else "-"
        pain = f"{row['pain']:.0f}" if pd.notna(row["pain"]) else "-"
        words = [str(row["set_id"]), str(row["session"]), row["lift"], load]
        words += [word if isinstance(word, str) else "-" for word in (row["cue"], row["felt"])]
        table.add_row(*map(Text, [*words, pain]))
    Console(highlight=False).print(table)


def _print(found: History) -> None:
    from rich.console import Console
    from rich.table import Table

    from backline.library.plots import bars

    console = Console(highlight=False)
    if not found.habits:
        console.print("Nothing was measured in this lifter's sets so far.")
        return
    table = Table("Where", "Sessions", "Rounded", "Likely share", "What", pad_edge=False)
    for habit in found.habits:
        rounded = sum(one.rounded for one in habit.sessions)
        reps = f"{rounded} of {sum(one.reps for one in habit.sessions)}"
        what = f"{habit.state}{', new' if habit.new else ''}"
        share = f"{habit.share:.0%} ({habit.low:.0%} to {habit.high:.0%})"
        table.add_row(found.title(habit), bars(habit), reps, share, what)
    console.print(table)
    for habit in found.habits:
        place = found.title(habit)
        console.print(f"{place}: {habit.why}", soft_wrap=True)
        if habit.change_at is not None:
            console.print(f"{place}: another level since {habit.change_at}.")
        if habit.perception_gap:
            console.print(
                f"{place}: it feels neutral and is rounded, in {habit.of_them_rounded} of "
                f"{habit.felt_neutral_sets} sets that felt neutral.",
                soft_wrap=True,
            )
    best = found.best_rep
    if best is not None and not found.few:
        console.print(
            f"Best rep: rep {best['rep']} of set {best['set_id']} ({best['session']}), "
            f"{best['worst_deg']:.1f}° from standing at its worst place.",
            soft_wrap=True,
        )
