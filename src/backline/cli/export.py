"""``backline export``: a result in other programs' formats."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export(
    result: Annotated[
        Path, typer.Argument(metavar="RESULT", help="Folder that backline analyze wrote.")
    ],
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Files to write: .c3d .nc .mot .sto .trc .csv .parquet, or .pdf .jpg .mp4 for the "
            "lifter; or the folder pose-3d or "
            "kinematics of a Pose2Sim project.",
        ),
    ],
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
) -> None:
    """Write a result as C3D, netCDF (xarray, in movement's layout), MOT, STO, TRC, CSV or Parquet.

    The ending of each FILE says which. In .trc, .c3d and .nc stand the landmarks of motion capture
    (metres; C3D millimetres) or the points of the picture (pixels). A .c3d has one constant rate,
    so uneven times are evened.
    """
    from backline.report.export import check
    from backline.report.export import export as write
    from backline.report.result import load_result

    loaded = load_result(result)
    for file in files:
        check(loaded, file)
    for file in files:
        made = write(loaded, file)
        if not quiet:
            typer.echo(str(made))
