"""``backline guide``: how to film a lift."""

from __future__ import annotations

import typer


def guide() -> None:
    """Show how to film a lift so that it can be measured."""
    from backline.report.filming_guide import guide_text, title

    typer.echo(f"{title()}\n\n{guide_text()}")
