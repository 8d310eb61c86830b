"""``backline stickers``: the sheet of stickers to print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from backline.errors import UsageError


def stickers(
    sheet: Annotated[Path, typer.Argument(metavar="SHEET.pdf", help="The PDF to write.")],
    paper: Annotated[str, typer.Option(metavar="a4|letter", help="The paper.")] = "a4",
    size_mm: Annotated[float, typer.Option(help="Side of the printed patterns, mm.")] = 34.0,
) -> None:
    """Write five stickers for the back, pelvis and thigh, to be printed at 100 %.

    A clip that shows them is then measured from them: backline analyze finds them automatically.
    """
    from backline.sources.fiducials.print_sheet import write_sheet

    if sheet.suffix.lower() != ".pdf":
        raise UsageError(f"The sheet is called '{sheet.name}': give a name ending in .pdf.")
    sheet.parent.mkdir(parents=True, exist_ok=True)
    typer.echo(str(write_sheet(sheet, paper, size_mm)))
