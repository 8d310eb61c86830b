"""``backline formats``: the formats that can be read and written, from the registry."""

from __future__ import annotations

from typing import Annotated

import typer


def formats(
    markdown: Annotated[
        bool, typer.Option("--markdown", help="As the page of the documentation.")
    ] = False,
) -> None:
    """List every format that is read or written: its endings, a sample, what it gives, limits."""
    from backline.report.format_list import as_markdown, as_text

    typer.echo(as_markdown() if markdown else as_text())
