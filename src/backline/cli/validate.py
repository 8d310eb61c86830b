"""``backline validate``: measurement errors on rendered lifters with known angles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_OUT = Path("backline_validation")
CACHE_NAME = "clips"


def validate(
    clips: Annotated[int, typer.Option(min=1, help="How many clips to render.")] = 200,
    minutes: Annotated[
        float | None, typer.Option(min=0.0, help="Begin no new clip after this time.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Other bodies, rooms and motions.")] = 0,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Tables and plots go here.")] = (
        DEFAULT_OUT
    ),
    cache: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Clips are kept here for the next run [OUT/clips]."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 2,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
) -> None:
    """Render lifters whose truth is known, analyse them, and write how far off the numbers are.

    About half a minute a clip on one core; an interrupted run goes on where it stopped.
    """
    from backline.cli.common import progress_bar
    from backline.validate.cases import case_list
    from backline.validate.report import about, write
    from backline.validate.run import gather, run_cases
    from backline.validate.speed import network_frames_per_s

    cases = case_list(clips, seed)
    rate = network_frames_per_s()
    place = cache or out / CACHE_NAME
    with progress_bar("validate", quiet=quiet) as progress:
        done = run_cases(cases, place, workers=workers, minutes=minutes, progress=progress)
    results = gather(done)
    summary = write(results, rate, out)
    if not quiet:
        typer.echo(about(results))
        typer.echo((out / "figures.md").read_text())
        typer.echo(f"All tables: {summary}")
