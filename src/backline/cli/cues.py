"""``backline cues``: the cues and the evidence for them."""

from __future__ import annotations

from typing import Annotated

import typer


def cues(
    name: Annotated[
        str | None, typer.Argument(metavar="ID", help="One cue in full; all in short else.")
    ] = None,
) -> int:
    """Show the cues, your own among them: what to say, and what to stop saying."""
    from backline.errors import UsageError
    from backline.findings.cues import cue_by_id
    from backline.findings.cues import cues as all_cues
    from backline.user_dirs import user_cues_file

    if name is None:
        for cue in all_cues():
            typer.echo(f"{cue.id}: {cue.say}")
        typer.echo(f"Your own go into {user_cues_file()}.")
        return 0
    found = cue_by_id(name)
    if found is None:
        raise UsageError(f"no cue is called '{name}': see backline cues for their names.")
    for field, value in vars(found).items():
        shown = (", ".join(value) or "any") if isinstance(value, tuple) else value or "-"
        typer.echo(f"{field}: {shown}")
    return 0
