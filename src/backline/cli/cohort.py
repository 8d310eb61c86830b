"""``backline cohort``: what a dataset shows together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def cohort(
    dataset: Annotated[
        str, typer.Argument(metavar="DATASET", help="What backline batch wrote; also s3://...")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE.html", help="Where the page goes.")] = Path(
        "cohort.html"
    ),
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the numbers as JSON alone.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
) -> int:
    """Say how common each finding is, by place, lift, load, sex and experience: one page."""
    from backline.batch.cohort import read_cohort
    from backline.batch.cohort_page import page
    from backline.storage.atomic_file import atomic_file

    found = read_cohort(dataset)
    with atomic_file(out) as part:
        part.write_text(page(found), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False))
    elif not quiet:
        typer.echo(f"{found.reps} reps, {found.sets} sets, {found.lifters} lifters.")
        for row in found.rows:
            if row.by == "all":
                share = row.share
                typer.echo(
                    f"  {row.lift}, {row.name}: {share.share:.0%} of reps "
                    f"({share.low:.0%} to {share.high:.0%}), "
                    f"{share.lifters_with} of {share.lifters} lifters"
                )
        typer.echo(f"Page: {out}")
    return 0
