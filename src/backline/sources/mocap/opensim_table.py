"""Reads OpenSim's coordinates by their short names, in degrees, checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from backline.errors import NotMeasurableError, SourceError
from backline.formats.c3d import LARGEST_BYTES
from backline.formats.opensim import Motion, read_mot
from backline.model.measurement import Reason
from backline.model.posture import BoolArray, FloatArray
from backline.reasons import sentence
from backline.sources.plausibility import ANGLE, check_times, excursions_of
from backline.storage.regular_files import read_head

NOT_ANGLES = ("pelvis_tx", "pelvis_ty", "pelvis_tz")
"""Coordinates in metres; the rest that is read here turns."""
JOINTS = ("hip_flexion", "knee_angle", "ankle_angle")
LEAST_DROP_M = 0.05
"""A pelvis that sinks by this much bends the legs by more than `MOST_STRAIGHT_DEG`."""
MOST_STRAIGHT_DEG = 7.0
"""Legs of 0.85 m sink by 0.3 cm when knee and hip bend by this."""
RADIANS_RANGE = (0.4, 3.3)
"""A lift whose largest joint range lies here, in units of the file, is in radians: in degrees it
would be no lift, in radians it is 23 to 190 degrees."""


SAME_VALUE = 1e-6
"""Columns of one name that differ by no more hold the same."""
LEAST_HEIGHT_M = 0.3
"""The origin of a lifter's pelvis is never below this in most of a lift; rows in which it and
everything else is exactly zero were not solved."""


@dataclass(frozen=True, eq=False)
class Coordinates:
    """A table of joint angles, checked.

    Parameters
    ----------
    table : Motion
        Rotations in degrees, short names; NaN where not known.
    withheld : dict of str to ndarray of bool, shape (n,)
        Columns that jump as no joint does, and in which rows; NaN there.
    remarks : tuple of Reason
        What was found odd and put right.
    """

    table: Motion
    withheld: dict[str, BoolArray]
    remarks: tuple[Reason, ...] = ()


def read_coordinates(path: Path, *, moving: bool = True) -> Coordinates:
    """Read a .mot or .sto file of joint coordinates.

    Parameters
    ----------
    path : Path
        The file. OpenSim 4's long names (``/jointset/hip_r/hip_flexion_r/value``) are shortened.
    moving : bool
        Whether a lift is expected, so that a file without movement in degrees is suspect.

    Returns
    -------
    Coordinates
        Rotations in degrees.

    Raises
    ------
    SourceError
        If it cannot be read, is too large, its times do not rise, or it holds radians marked as
        degrees.
    NotMeasurableError
        If it has no column ``pelvis_tilt`` with numbers.
    """
    read_head(path, 0, LARGEST_BYTES)
    table = _once(path, _short(read_mot(path)))
    check_times(path, table.time_s, 2 if moving else 1)
    if "pelvis_tilt" not in table.columns:
        held = ", ".join(table.columns[:6]) or "none"
        raise NotMeasurableError(
            f"'{path}' has no column pelvis_tilt (it begins with: {held}); a table of joint angles "
            "was expected: give the result of inverse kinematics."
        )
    if not np.isfinite(table.column("pelvis_tilt")).any():
        raise NotMeasurableError(
            f"'{path}': the column pelvis_tilt holds no number: run the inverse kinematics again."
        )
    remarks: tuple[Reason, ...] = ()
    if not table.in_degrees:
        if _seem_degrees(table):
            text = sentence("units_corrected", "degrees")
            remarks = (Reason("units_corrected", text),)
        else:
            values = np.where(_turning(table), np.degrees(table.values), table.values)
            table = replace(table, values=values)
        table = replace(table, in_degrees=True)
    elif moving:
        _check_degrees(path, table)
    return Coordinates(*_without_jumps(_without_unsolved(table)), remarks)


def _turning(table: Motion) -> BoolArray:
    """Return which columns are rotations."""
    return np.array([name not in NOT_ANGLES for name in table.columns], dtype=np.bool_)


def _seem_degrees(table: Motion) -> bool:
    """Return whether angles that the header calls radians can only be degrees."""
    joints = [c for c in table.columns if c.startswith(JOINTS) and not c.endswith("_beta")]
    found = [table.column(c) for c in (*joints, "pelvis_tilt")]
    known = [values[np.isfinite(values)] for values in found]
    ranges = [float(np.ptp(np.percentile(v, [5, 95]))) for v in known if len(v)]
    return max(ranges, default=0.0) > RADIANS_RANGE[1]


def _without_unsolved(table: Motion) -> Motion:
    """Return the table without rows of zeros alone, where the pelvis has a height elsewhere."""
    if "pelvis_ty" not in table.columns:
        return table
    height = np.abs(table.column("pelvis_ty"))
    if not np.isfinite(height).any() or np.nanmedian(height) < LEAST_HEIGHT_M:
        return table
    zero = (np.nan_to_num(table.values) == 0).all(axis=1)
    return replace(table, values=np.where(zero[:, None], np.nan, table.values))


def _without_jumps(table: Motion) -> tuple[Motion, dict[str, BoolArray]]:
    """Return the table without values that no joint can jump to, and where they were."""
    turning = {table.columns[k]: k for k in np.flatnonzero(_turning(table))}
    tracks = {name: table.values[:, k : k + 1] for name, k in turning.items()}
    wrong = excursions_of(table.time_s, tracks, ANGLE)
    values = table.values.copy()
    for name, frames in wrong.items():
        values[frames, turning[name]] = np.nan
    withheld = {name: frames for name, frames in wrong.items() if frames.any()}
    return replace(table, values=values), withheld


def _short(table: Motion) -> Motion:
    """Return the table with short names; speeds and activations of a states file are left out."""
    keep, names = [], []
    for i, name in enumerate(table.columns):
        parts = name.split("/")
        if len(parts) > 1 and parts[-1] != "value":
            continue
        short = parts[-2] if len(parts) > 1 else name
        if short not in names:
            keep.append(i)
            names.append(short)
    return replace(table, columns=tuple(names), values=table.values[:, keep])


def _once(path: Path, table: Motion) -> Motion:
    """Return the table with one column a name.

    Raises
    ------
    SourceError
        If two columns of one name hold different values.
    """
    keep = list(range(len(table.columns)))
    for label in dict.fromkeys(table.repeated.values()):
        group = [k for k, c in enumerate(table.columns) if table.repeated.get(c) == label]
        first = table.values[:, group[0]]
        for k in group[1:]:
            apart = np.abs(table.values[:, k] - first)
            known = apart[np.isfinite(apart)]
            if len(known) and known.max() > SAME_VALUE:
                raise SourceError(
                    f"'{path}' holds {len(group)} columns '{label}' that differ by up to "
                    f"{known.max():.3g}, and one was expected: remove or rename the wrong one."
                )
            keep.remove(k)
    names = tuple(table.repeated.get(table.columns[k], table.columns[k]) for k in keep)
    return replace(table, columns=names, values=table.values[:, keep], repeated={})


def _check_degrees(path: Path, table: Motion) -> None:
    """Raise where angles that the header calls degrees can only be radians."""
    joints = [c for c in table.columns if c.startswith(JOINTS) and not c.endswith("_beta")]
    ranges = {c: _range(table.column(c)) for c in (*joints, "pelvis_tilt")}
    widest = max(ranges, key=lambda c: ranges[c])
    drop = _range(table.column("pelvis_ty")) if "pelvis_ty" in table.columns else float("nan")
    sinks = drop >= LEAST_DROP_M and ranges[widest] < MOST_STRAIGHT_DEG
    seems = not np.isfinite(drop) and RADIANS_RANGE[0] <= ranges[widest] <= RADIANS_RANGE[1]
    if not (sinks or seems):
        return
    proof = f", while the pelvis sinks by {drop:.2f} m" if sinks else ""
    raise SourceError(
        f"'{path}', header line 'inDegrees=yes': {widest} changes by only {ranges[widest]:.2f} in "
        f"the whole file{proof}, so its angles are radians: write inDegrees=no there."
    )


def _range(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(np.ptp(known)) if len(known) else 0.0
