"""A written result in other programs' formats; the name of the file or folder says which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from backline.errors import MissingExtraError, UsageError
from backline.formats.c3d_angles import write_c3d_angles
from backline.formats.opensim import Markers, Motion, write_mot, write_trc
from backline.model.measurement import EVERY
from backline.report.document import ACTION_COLUMN
from backline.report.pose2sim import MOT_FOLDER, TRC_FOLDER, augmented, file_of
from backline.report.result import Result
from backline.report.share import chat_clip, film_of, save_picture, sheet
from backline.storage.atomic_file import atomic_file

if TYPE_CHECKING:
    import xarray

COORDINATES = {
    "pelvis_tilt": ("pelvic_tilt_deg", -1.0),
    "lumbar_extension": ("lumbar_flexion_deg", -1.0),
    "hip_flexion": ("hip_flexion_deg", 1.0),
    "knee_angle": ("knee_flexion_deg", 1.0),
    "ankle_angle": ("ankle_dorsiflexion_deg", 1.0),
}
"""OpenSim's coordinates (Rajagopal 2016) from the series, with their signs."""


def export(result: Result, path: str | Path) -> Path:
    """Write a result as the file's ending says.

    Parameters
    ----------
    result : Result
        From :func:`backline.report.result.load_result`.
    path : str or Path
        Ends in one of :data:`ENDINGS`, or is a folder called as one of :data:`FOLDERS`, made where
        missing.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    UsageError
        If the ending is not known, or the result has nothing for it.
    MissingExtraError
        If a library is missing.
    BacklineError
        If the file cannot be written.
    """
    target = Path(path)
    check(result, target)
    if target.name in FOLDERS:
        target.mkdir(parents=True, exist_ok=True)
        file, writer = file_of(target, result.name, len(result.series)), FOLDERS[target.name]
    else:
        file, writer = target, ENDINGS[target.suffix.lower()]
    writer.write(result, file)
    return file


def check(result: Result, path: str | Path) -> None:
    """Raise the `UsageError` of `export` beforehand, so that several files are all written or none.

    Parameters
    ----------
    result : Result
        What would be written.
    path : str or Path
        Where to.

    Raises
    ------
    UsageError
        If the ending is not known, or the result has nothing for it.
    """
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in ENDINGS and target.name not in FOLDERS:
        raise UsageError(
            f"'{target}' ends in '{target.suffix}', which is not known: use one of "
            f"{', '.join(ENDINGS)}, or a folder called {' or '.join(FOLDERS)}."
        )
    if ending in (".jpg", ".mp4"):
        film_of(result)
    if ending == ".trc" and result.points is None:
        raise UsageError(
            f"The result '{result.name}' holds no landmarks, which a .trc needs: export its "
            "angles, as .mot, .c3d, .nc, .csv or .parquet."
        )
    if target.name == TRC_FOLDER and not in_space(result.points):
        raise UsageError(
            f"The result '{result.name}' holds no landmarks in space, which Pose2Sim's "
            f"{TRC_FOLDER} needs: export motion capture, or its angles into {MOT_FOLDER}."
        )


def in_space(points: Markers | None) -> bool:
    """Return whether a result's landmarks lie in space, and not in a picture."""
    return points is not None and points.unit != "px"


def dataset(result: Result) -> xarray.Dataset:
    """Return a result as an xarray dataset in ``movement``'s layout, with the angles beside it.

    ``position`` has the dimensions (time, space, keypoints, individuals), in pixels with y down as
    in a picture, or in metres with y up where the landmarks lie in space (x, y, z); ``confidence``
    (time, keypoints, individuals) is NaN, since a written result does not hold it. Without
    landmarks there are the angles alone. Times are seconds.
    """
    try:
        import xarray
    except ImportError:
        raise MissingExtraError("Writing netCDF", "files") from None
    series = result.series
    time_s = series["time_s"].to_numpy(dtype=np.float64)
    kept = [c for c in series.columns if c not in ("time_s", "phase", ACTION_COLUMN)]
    data = {
        name: ("time", series[name].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan))
        for name in kept
    }
    whole = xarray.Dataset(data, coords={"time": time_s})
    for name in ("phase", ACTION_COLUMN):
        if name in series:
            whole[name] = ("time", series[name].fillna("").astype(str).to_numpy(dtype=str))
    for name in kept:
        if name.endswith("_deg"):
            whole[name].attrs["units"] = "degrees"
    points = result.points
    if points is not None:
        axes = ["x", "y", "z"] if in_space(points) else ["x", "y"]
        place = points.positions[:, :, : len(axes)].transpose(0, 2, 1)[..., None].copy()
        if not in_space(points):
            place[:, 1] = float(result.document["source"]["height_px"]) - place[:, 1]
        whole["position"] = (
            ("time", "space", "keypoints", "individuals"), place, {"units": points.unit}
        )  # fmt: skip
        shape = (len(time_s), len(points.names), 1)
        whole["confidence"] = (("time", "keypoints", "individuals"), np.full(shape, np.nan))
        whole = whole.assign_coords(
            space=axes, keypoints=list(points.names), individuals=["lifter"]
        )
    whole.attrs.update(
        {
            "ds_type": "poses",
            "time_unit": "seconds",
            "fps": float(result.document["source"]["mean_rate_hz"])
            / int(result.document["settings"].get(EVERY, 1)),
            "source_software": f"backline {result.document['backline_version']}",
            "source_file": Path(result.document["source"]["path"]).name,
        }
    )
    return whole


def motion(result: Result) -> Motion:
    """Return the angles as OpenSim's coordinates, degrees; NaN where not measured."""
    leg = "l" if result.document["view"]["side"] == "left" else "r"
    names, columns = [], []
    for name, (column, sign) in COORDINATES.items():
        spine = name in ("pelvis_tilt", "lumbar_extension")
        names.append(name if spine else f"{name}_{leg}")
        columns.append(sign * result.series[column].to_numpy(dtype=np.float64))
    time_s = result.series["time_s"].to_numpy(dtype=np.float64)
    return Motion(time_s, tuple(names), np.stack(columns, axis=1), name="backline")


def _netcdf(result: Result, path: Path) -> None:
    made = dataset(result)
    try:
        import h5netcdf
    except ImportError:
        raise MissingExtraError("Writing netCDF", "files") from None
    with atomic_file(path) as part:
        made.to_netcdf(part, engine=h5netcdf.__name__)


def _csv(result: Result, path: Path) -> None:
    with atomic_file(path) as part:
        result.series.to_csv(part, index=False, na_rep="", lineterminator="\n")


def _parquet(result: Result, path: Path) -> None:
    with atomic_file(path) as part:
        result.series.to_parquet(part, index=False, engine="pyarrow")


def _mot(result: Result, path: Path) -> None:
    write_mot(path, motion(result))


def _trc(result: Result, path: Path) -> None:
    assert result.points is not None  # `check` has seen to it
    write_trc(path, result.points)


def _c3d(result: Result, path: Path) -> None:
    series = result.series
    angles = {
        column.removesuffix("_deg"): series[column].to_numpy(dtype=np.float64)
        for column in series.columns
        if column.endswith("_deg") and not column.endswith("_sd_deg")
    }
    events = [
        (f"rep {rep['index']} {what}", float(rep[f"{what}_s"]))
        for rep in result.document["reps"]
        for what in ("start", "bottom", "end")
    ]
    time_s = series["time_s"].to_numpy(dtype=np.float64)
    points = result.points
    if points is not None and points.unit == "m":  # millimetres are the custom in C3D
        points = replace(points, positions=1000.0 * points.positions, unit="mm")
    write_c3d_angles(path, time_s, angles, points, events)


def _pose2sim(result: Result, path: Path) -> None:
    assert result.points is not None  # `check` has seen to it
    write_trc(path, augmented(result.points))


@dataclass(frozen=True)
class Writer:
    """What is written under one ending, or into a folder of one name.

    Parameters
    ----------
    write : callable
        ``(result, file)``.
    gives : str
        What is in it, in plain words.
    needs : str
        What it needs beside a result; empty for nothing.
    """

    write: Callable[[Result, Path], None]
    gives: str
    needs: str = ""


_COORDINATES = "OpenSim's coordinates, with its signs"
ENDINGS: dict[str, Writer] = {
    ".csv": Writer(_csv, "the series"),
    ".parquet": Writer(_parquet, "the series"),
    ".nc": Writer(
        _netcdf,
        "movement's netCDF: landmarks in space or points of the picture, angles beside them",
        "extra 'files'",
    ),
    ".mot": Writer(_mot, _COORDINATES),
    ".sto": Writer(_mot, _COORDINATES),
    ".trc": Writer(
        _trc, "landmarks of motion capture in metres, y up; or points of the picture in pixels"
    ),
    ".c3d": Writer(
        _c3d, "landmarks in mm or points of the picture, angles as angle points, reps as events"
    ),
    ".pdf": Writer(sheet, "one page for the lifter: picture, size, cue, how sure"),
    ".jpg": Writer(save_picture, "the standing reference beside the worst moment", "a video"),
    ".mp4": Writer(chat_clip, "ten seconds with the line, for a chat", "a video"),
}
"""What can be written, by the file's ending."""

FOLDERS: dict[str, Writer] = {
    TRC_FOLDER: Writer(
        _pose2sim,
        "a TRC of landmarks under OpenCap's names, as Pose2Sim's OpenSim step takes it",
        "motion capture",
    ),
    MOT_FOLDER: Writer(_mot, "OpenSim's coordinates under Pose2Sim's name"),
}
"""What can be written into a folder of a Pose2Sim project, by its name."""
