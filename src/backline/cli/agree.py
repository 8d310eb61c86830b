"""``backline agree``: agreement of two measurements of the same lift."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pandas as pd


def agree(
    first: Annotated[
        Path, typer.Argument(metavar="A", help="A result folder, or a source to analyse.")
    ],
    second: Annotated[
        Path, typer.Argument(metavar="B", help="The same lift, measured another way.")
    ],
    align: Annotated[
        bool, typer.Option("--align/--no-align", help="Move B's clock to where both move alike.")
    ] = True,
    standing: Annotated[
        str | None,
        typer.Option(metavar="CLIP|START:END", help="The standing reference of A, as for analyze."),
    ] = None,
    standing_b: Annotated[
        str | None, typer.Option(metavar="CLIP|START:END", help="The standing reference of B.")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="What A's markers or points mean.")
    ] = None,
    mapping_b: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="What B's markers or points mean.")
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Bland-Altman plots go here.")
    ] = None,
) -> None:
    """Say how far two measurements of one lift agree: bias and 95 % limits (Bland and Altman).

    For example a video and sensors worn in it. Differences are B less A, frame by frame; frames
    of one lift are not independent, so the limits describe this lift, not all lifts.
    """
    from backline.validate.method_comparison import QUANTITIES, compare, draw

    one = _series(first, standing, mapping)
    found = compare(one, _series(second, standing_b, mapping_b), align=align)
    if align:
        typer.echo(f"B's clock moved by {found.offset_s:+.3f} s (r = {found.correlation:.3f}).")
    if found.doubt:
        typer.echo(f"Careful: {found.doubt[0].lower()}{found.doubt[1:]}")
    typer.echo(f"{found.shared_s:.1f} s in common; B less A, degrees:")
    typer.echo(f"{'':<16}{'frames':>7}{'bias':>8}{'95 % limits':>18}{'RMSE':>8}")
    for name, of in found.agreements.items():
        limits = f"{of.low:+.1f} to {of.high:+.1f}"
        typer.echo(f"{QUANTITIES[name]:<16}{of.n:>7}{of.bias:>+8.1f}{limits:>18}{of.rmse:>8.1f}")
    if figure is not None:
        typer.echo(str(draw(found, ("A", "B"), figure)))


def _series(path: Path, standing: str | None, mapping: Path | None) -> pd.DataFrame:
    """Return the series of a result, or of a source that is analysed now."""
    from backline.cli.checks import check_standing
    from backline.errors import UsageError
    from backline.report.result import is_result, load_result

    own = check_standing(standing)
    if is_result(path):
        if own is not None or mapping is not None:
            raise UsageError(
                f"'{path}' is a result, whose standing reference and markers are settled: leave "
                "the option out, or give the source itself."
            )
        return load_result(path).series
    from backline import pipeline
    from backline.cli.common import progress_bar
    from backline.report.document import series

    with progress_bar(path.name, quiet=False) as progress:
        found = pipeline.analyze(path, standing=own, mapping=mapping, progress=progress)
        return series(found)
