"""``backline batch``: many clips into one dataset."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial
from typing import IO, TYPE_CHECKING, Annotated, Any, Literal

import typer

from backline.cli.common import say_error
from backline.errors import SourceError, UsageError
from backline.sources import DEFAULT_ENGINE

if TYPE_CHECKING:
    from backline.batch.run import Batch, State


def batch(
    manifest: Annotated[
        str,
        typer.Argument(
            metavar="MANIFEST|FOLDER|GLOB|s3://...",
            help="Table of clips (CSV, Parquet; column source), a folder, or a pattern.",
        ),
    ],
    out: Annotated[str, typer.Option(metavar="DATASET", help="Folder or s3:// prefix to fill.")],
    engine: Annotated[
        Literal["local", "ray"], typer.Option(help="Processes here, or a Ray cluster.")
    ] = "local",
    workers: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="Clips at a time; one a core else.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume/--no-resume", help="Keep what is finished already.")
    ] = True,
    address: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Ray cluster to use, or auto.")
    ] = None,
    timeout_s: Annotated[
        float, typer.Option(min=1, max=86_400, help="Longest time on one clip, seconds.")
    ] = 1800.0,
    memory_gb: Annotated[
        float, typer.Option(min=0.25, max=1024, help="Most memory of one worker, GiB.")
    ] = 4.0,
    gpus: Annotated[
        float, typer.Option(min=0, max=64, help="GPUs, or share of one, a Ray worker holds.")
    ] = 0.0,
    pose: Annotated[str, typer.Option(help="Which pose engine to use.")] = DEFAULT_ENGINE,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print progress as JSON lines on standard output.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
) -> int:
    """Measure many clips, on all cores or many machines, into one dataset of Parquet tables.

    Stopped at any moment, the same line goes on where it was. Exit status: 0 every clip done
    or refused for a reason, 2 wrong usage, 3 some clips failed (the ledger says why).
    """
    from backline.batch.local import WorkerLimits
    from backline.batch.run import run_batch
    from backline.cli.checks import check_engine, read_settings

    if engine == "local" and (gpus or address):
        raise UsageError("--gpus and --address are for a Ray cluster: add --engine ray.")
    limits = WorkerLimits(workers or len(os.sched_getaffinity(0)), timeout_s, memory_gb, gpus)
    # Ray prints what happens to its workers; standard output is for Backline's own lines alone.
    with _progress(as_json=as_json, quiet=quiet) as progress, redirect_stdout(sys.stderr):
        result = run_batch(
            manifest, out, engine=engine, limits=limits, resume=resume, settings=read_settings(),
            pose_engine=check_engine(pose), address=address, progress=progress,
        )  # fmt: skip
    for remark in result.remarks:
        say_error(remark)
    return _report(result, out, as_json=as_json, quiet=quiet)


def _report(result: Batch, out: str, *, as_json: bool, quiet: bool) -> int:
    """Say what became of the clips, and return the exit status."""
    statuses = Counter(line["status"] for line in result.ledger)
    if as_json:
        end = {"event": "end", "out": out, "kept": result.kept, "statuses": dict(statuses)}
        typer.echo(json.dumps(end, ensure_ascii=False))
    elif not quiet:
        parts = [f"{statuses[name]} {name}" for name in _ORDER if statuses[name]]
        kept = f" ({result.kept} kept from an earlier run)" if result.kept else ""
        typer.echo(f"{len(result.ledger)} clips: {', '.join(parts)}{kept}.")
        typer.echo(f"Dataset: {out}    Next:  backline cohort {out}")
    # Two lines about the same clip fail with the same sentence.
    failed = list(
        dict.fromkeys(line["text"] for line in result.ledger if line["status"] == "failed")
    )
    for text in failed[:_MOST_SHOWN]:
        say_error(text)
    if len(failed) > _MOST_SHOWN:
        say_error(f"{len(failed) - _MOST_SHOWN} more failed: see {out}/ledger.parquet.")
    return SourceError.exit_code if failed else 0


_ORDER = ("done", "refused", "failed", "duplicate")
_MOST_SHOWN = 10  # clips listed in the terminal; the rest are in the table of results


@contextmanager
def _progress(*, as_json: bool, quiet: bool) -> Iterator[Callable[[State], None] | None]:
    if as_json:
        yield partial(_say_json, sys.stdout)
    elif quiet or not sys.stderr.isatty():
        yield None
    else:
        with _bar() as draw:
            yield draw


def _say_json(out: IO[str], state: State) -> None:
    left = None if state.left_s is None else round(state.left_s, 1)
    line: dict[str, Any] = {
        "event": "progress",
        "done": state.done,
        "total": state.total,
        "seconds": round(state.seconds, 3),
        "rate_per_min": round(state.rate_per_min, 2),
        "left_s": left,
        "statuses": state.statuses,
        "failures": state.failures,
    }
    typer.echo(json.dumps(line), file=out)
    out.flush()


@contextmanager
def _bar() -> Iterator[Callable[[State], None]]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("clips"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[failures]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("clips", total=None, rate="", failures="")

        def draw(state: State) -> None:
            failures = ", ".join(f"{count} {code}" for code, count in state.failures.items())
            bars.update(
                task,
                completed=state.done,
                total=state.total,
                rate=f"{state.rate_per_min:.1f} a minute",
                failures=failures and f"failed: {failures}",
            )

        yield draw
