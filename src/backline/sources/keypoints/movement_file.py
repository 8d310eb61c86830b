"""The netCDF files of ``movement`` (neuroinformatics unit): poses as an xarray dataset.

Layout: movement's documentation, "The movement datasets": ``position`` (time, space, keypoints,
individuals), ``confidence`` (time, keypoints, individuals). Newer and older releases call the last
two dimensions ``keypoint`` and ``individual``; both are read.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from backline.errors import MissingExtraError, SourceError
from backline.formats.isolated_reader import read_isolated
from backline.formats.opensim import Unit
from backline.model.posture import FloatArray
from backline.sources.keypoints.people import (
    PersonPoints,
    frame_numbers,
    seen_people,
    without_unseen,
)

_DIMENSIONS = {"keypoint": "keypoints", "individual": "individuals"}


def read_movement(path: Path) -> PersonPoints:
    """Read a netCDF file of movement, in a separate process.

    Returns
    -------
    PersonPoints
        With a third coordinate (in `Points.depth`) where ``space`` has z.

    Raises
    ------
    SourceError
        If it is no such file, or damaged.
    MissingExtraError
        If xarray or h5netcdf is not installed.
    """
    if find_spec("xarray") is None or find_spec("h5netcdf") is None:
        raise MissingExtraError("Reading netCDF", "files")
    points: PersonPoints = read_isolated("backline.sources.keypoints.movement_file:read_here", path)
    return points


def read_here(path: Path) -> PersonPoints:
    """Read a netCDF file of movement in this process (see `read_movement`)."""
    import xarray

    try:
        with path.open("rb") as stream:
            classic = stream.read(3) == b"CDF"
        with xarray.open_dataset(path, engine="scipy" if classic else "h5netcdf") as opened:
            whole = opened.load()
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError) as error:
        raise SourceError(f"'{path}' is no whole netCDF file: export it again.") from error
    whole = whole.rename({old: new for old, new in _DIMENSIONS.items() if old in whole.dims})
    wanted = {"time", "space", "keypoints", "individuals"}
    if "position" not in whole or set(whole["position"].dims) - {"individuals"} != (
        wanted - {"individuals"}
    ):
        raise SourceError(
            f"'{path}' is netCDF without a variable 'position' of {', '.join(sorted(wanted))}, as "
            "movement's poses have: save it with movement again."
        )
    for name in ("position", "confidence"):
        if name in whole and "individuals" not in whole[name].dims:
            whole[name] = whole[name].expand_dims("individuals")
    return _points(path, whole)


def _points(path: Path, whole: object) -> PersonPoints:
    import xarray

    assert isinstance(whole, xarray.Dataset)
    order = ("time", "individuals", "keypoints", "space")
    place = whole["position"].transpose(*order)
    space = [str(axis) for axis in place["space"].values]
    if not {"x", "y"} <= set(space):
        raise SourceError(
            f"'{path}' holds the coordinates {', '.join(space)}, and x and y were expected: save "
            "it with movement again."
        )
    at = place.to_numpy().astype(np.float64)
    trust = np.full(at.shape[:3], np.nan)
    if "confidence" in whole:
        trust = whole["confidence"].transpose(*order[:3]).to_numpy().astype(np.float64)
    flat = np.concatenate([at[..., [space.index("x"), space.index("y")]], trust[..., None]], -1)
    values = without_unseen(flat)
    names = tuple(str(name) for name in place["keypoints"].values)
    time_s, deep = None, at[..., space.index("z")] if "z" in space else None
    number = place["time"].to_numpy().astype(np.float64)
    if str(whole.attrs.get("time_unit", "seconds")) == "seconds":
        time_s = number
    elif float(whole.attrs.get("fps") or 0) > 0:
        time_s = number / float(whole.attrs["fps"])
    else:  # numbers of frames, of which some may be missing
        frames = list(frame_numbers(path, {i: int(n) for i, n in enumerate(number)}).values())
        values = _at_frames(values, frames)
        deep = None if deep is None else _at_frames(deep, frames)
    if deep is not None:
        depth = [list(frame) for frame in deep]
        stated = str(place.attrs.get("units", ""))  # Backline's own; movement knows no unit
        unit: Unit = "m" if stated == "m" else "mm" if stated == "mm" else ""
        people = [list(frame) for frame in values]
        return PersonPoints("movement", names, people, time_s, depth, unit)
    return PersonPoints("movement", names, [seen_people(list(frame)) for frame in values], time_s)


def _at_frames(values: FloatArray, frames: list[int]) -> FloatArray:
    """Return values (n, ...) at the frames that they belong to, NaN in those between."""
    out = np.full((max(frames, default=-1) + 1, *values.shape[1:]), np.nan)
    out[frames] = values
    return out
