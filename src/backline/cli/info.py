"""``backline info``: versions and engines, for bug reports."""

from __future__ import annotations

import typer


def info() -> None:
    """Show versions, engines and models, to paste into a bug report.

    Names no file and no folder of yours.
    """
    from backline.versions import collect

    facts = collect()
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        typer.echo(f"{name:<{width}}  {value}")
