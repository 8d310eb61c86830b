"""``backline coach``: many lifters at a glance."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def coach(
    export: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it all as .csv or .parquet.")
    ] = None,
    pages: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a page to print for each lifter.")
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="How many rows to show.")] = 20,
) -> int:
    """Show who rounds where, who needs attention first, and what is new since the last visit."""
    import pandas as pd
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from backline.library import Store, coach_view, prevalence
    from backline.library.export import write_pages, write_table

    with Store() as store:
        view = coach_view(store)
        if pages is not None:
            write_pages(store, pages)
    if export is not None:
        write_table(view, export)
    console = Console(highlight=False)
    if view.empty:
        console.print("The record is empty: analyse a clip with --lifter first.")
        return 0
    several = view["lift"].nunique() > 1
    table = Table("Lifter", "Where", "Last session", "All", "Most", "Sessions", "New")
    for row in view.head(rows).to_dict("records"):
        last = f"{row['last_share']:.0%}" if pd.notna(row["last_share"]) else "-"
        cells = (f"{row['share']:.0%}", f"{row['max_deg']:.0f}°", str(row["sessions"]))
        where = f"{row['lift']}, {row['place']}" if several else row["place"]
        table.add_row(Text(row["lifter"]), where, last, *cells, "new" if row["new"] else "")
    console.print(table)
    for there in prevalence(view).to_dict("records"):
        count = f"{there['round_there']} of {there['lifters']}"
        console.print(f"{there['place']}: {count} lifters round there.")
    return 0
