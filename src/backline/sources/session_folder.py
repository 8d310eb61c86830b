"""Reads session folders of other programs: OpenCap, Pose2Sim, Sports2D.

The lift in it is read by the reader of its file; a neutral pose is the standing reference.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from backline.errors import NotMeasurableError, UsageError
from backline.sources.registry import SourceOptions, reader_of
from backline.sources.session_kinds import KINDS

if TYPE_CHECKING:
    from backline.model.measurement import Measured


def read_session(path: Path, options: SourceOptions) -> Measured:
    """Measure the lift in a folder of OpenCap, Pose2Sim or Sports2D.

    Parameters
    ----------
    path : Path
        The folder.
    options : SourceOptions
        For the file's own reader; without the standing reference, a neutral pose in the folder is
        taken.

    Raises
    ------
    UsageError
        If it holds several lifts.
    NotMeasurableError
        If it holds nothing but a neutral pose.
    """
    lift, still = lift_in(path)
    if options.standing is None and still is not None:
        options = replace(options, standing=still)
    return reader_of(lift).load()(lift, options)


def lift_in(folder: Path) -> tuple[Path, Path | None]:
    """Return the file of the lift in a folder, and that of the neutral pose, None where none is.

    Raises
    ------
    UsageError
        If there are several lifts.
    NotMeasurableError
        If there is none.
    """
    kind, found = next(
        (kind, files)
        for kind in KINDS
        for pattern in kind.lifts
        if (files := sorted(folder.glob(pattern)))
    )
    still = [file for file in found if file.stem.lower().startswith(kind.still)]
    lifts = [file for file in found if file not in still]
    if not lifts:
        raise NotMeasurableError(
            f"'{folder}' is a folder of {kind.name} with a neutral pose ({still[0].name}) and no "
            "lift: give the folder of a session in which something was lifted."
        )
    if len(lifts) > 1:
        names = ", ".join(file.name for file in lifts[:8])
        raise UsageError(
            f"'{folder}' is a folder of {kind.name} with {len(lifts)} lifts ({names}), and one was "
            f"expected: give its file, such as {lifts[0]}."
        )
    return lifts[0], still[0] if still else None
