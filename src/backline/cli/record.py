"""``backline note``, ``backup``, ``restore``, ``delete-lifter``: upkeep of the lifters' record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from backline.cli.common import say_error

MOST_SHOWN = 20
"""Faults that are listed."""


def note(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The lifter.")],
    set_id: Annotated[
        int | None, typer.Option("--set", help="Number of the set; the lifter's latest else.")
    ] = None,
    felt: Annotated[
        Literal["neutral", "rounded", "unknown"] | None,
        typer.Option(help="How the low back felt to the lifter."),
    ] = None,
    pain: Annotated[int | None, typer.Option(help="0 (none) to 10.")] = None,
    intended_reps: Annotated[int | None, typer.Option(help="Reps that were planned.")] = None,
    notes: Annotated[str | None, typer.Option(help="Anything else.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A word to find it by.")] = None,
) -> int:
    """Add to a set of a lifter's record how it felt, pain, notes."""
    from backline.library import Notes, Store

    given = Notes(felt, pain, intended_reps, notes, tuple(tag) if tag else None)
    with Store() as store:
        number = store.note(name, given, set_id)
    typer.echo(f"Noted for set {number} of {name}.")
    return 0


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the backup goes (zip).")],
) -> int:
    """Write the whole record, series and copied clips into one file."""
    from backline.library import Store
    from backline.library import backup as write

    with Store() as store:
        counts = write(store, file)
    typer.echo(
        f"{file}: {counts['lifter']} lifters, {counts['session']} sessions, "
        f"{counts['lift_set']} sets, {counts['rep']} reps, {counts['files']} files."
    )
    return 0


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What backline backup wrote.")],
) -> int:
    """Fill an empty record from a backup; a record that holds anything is left alone."""
    from backline.library import Store
    from backline.library import restore as read

    with Store() as store:
        counts = read(store, file)
    typer.echo(f"Restored {counts['lifter']} lifters with {counts['lift_set']} sets.")
    return 0


def check() -> int:
    """Look through the record without changing it: database, series, copied clips, leftovers.

    Exit status: 0 all is whole, 1 something is damaged or missing.
    """
    from backline.library.record_check import check_record

    found = check_record()
    rows = ", ".join(f"{count} in {table}" for table, count in found.counts.items())
    typer.echo(f"Record on {found.place}: {rows or 'no rows can be read'}; {found.files} files.")
    for what in found.damage:
        typer.echo(f"Damaged database: {what}")
    for what in found.lost[:MOST_SHOWN]:
        typer.echo(f"Missing or damaged: {what}")
    if len(found.lost) > MOST_SHOWN:
        typer.echo(f"... and {len(found.lost) - MOST_SHOWN} more.")
    if found.orphans:
        typer.echo(
            f"{len(found.orphans)} files that no set names, left by saves that were killed: they "
            "go with the next lifter that is deleted."
        )
    if found.whole:
        typer.echo("All of it is whole.")
        return 0
    from backline.library.database import BACK

    say_error(
        "the record is not whole, as listed above. What can be read stays usable: first "
        "copy its folder, then " + BACK.partition("; ")[2] + "."
    )
    return 1


def delete_lifter(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The lifter.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
) -> int:
    """Remove a lifter from the record with every number and file, and say what went."""
    from backline.library import Store
    from backline.library import delete_lifter as forget

    with Store() as store:
        store.find(name)
        if not yes:
            typer.confirm(f"Remove everything that the record holds of {name}?", abort=True)
        gone = forget(store, name)
    typer.echo(
        f"Removed {gone.lifter}: {gone.sessions} sessions, {gone.sets} sets, "
        f"{gone.measurements} measurements, {gone.reps} reps, {gone.files} files."
    )
    if gone.left_over:
        typer.echo(f"Removed {gone.left_over} files that interrupted saves had left behind.")
    if gone.own_files:
        typer.echo("Your own clips are still there, and so are reports made of them:")
        for path in gone.own_files:
            typer.echo(f"  {path}")
    return 0
