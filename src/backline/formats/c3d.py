"""C3D: marker tracks and events, read and written through ezc3d.

Layout: the C3D user guide (c3d.org). A marker that a camera system lost is written with a negative
residual, as NaN, or, by some programs, as exactly (0, 0, 0) or as a huge number (see
`backline.formats.missing_values`); all are read as not seen.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backline.errors import SourceError
from backline.formats.isolated_reader import read_isolated
from backline.formats.missing_values import lost
from backline.formats.opensim import TO_METRES, Markers, Unit
from backline.formats.text_table import unique_names
from backline.storage.atomic_file import atomic_file
from backline.storage.regular_files import read_head

LARGEST_BYTES = 2 * 1024**3
"""Larger files are refused, bytes: the library reads a file whole, in double precision."""
C3D_KEY = 0x50
"""Second byte of every C3D file."""
_STATED: dict[str, Unit] = {"m": "m", "mm": "mm", "meters": "m", "millimeters": "mm", "": "mm"}


@dataclass(frozen=True)
class C3dEvent:
    """An event that the laboratory marked in the file.

    Parameters
    ----------
    label, context : str
        For example ``"Foot Strike"`` and ``"Right"``; the context may be empty.
    time_s : float
        In the file's own time, seconds.
    """

    label: str
    context: str
    time_s: float


@dataclass(frozen=True, eq=False)
class C3d:
    """Contents of a C3D file.

    Parameters
    ----------
    markers : Markers
        All points in the file's own time and unit (cm and inches are turned into m). A label
        given twice gets ``_2``, blanks in labels become ``_``.
    events : tuple of C3dEvent
        In the order of time.
    frames_stated : int
        Frames that the header promises; more than there are in a file that was cut off.
    rotations : dict of str to ndarray, shape (m, 3, 3)
        Segments whose rotation to the laboratory the file holds (Theia3D); NaN where unknown.
    rotation_time_s : ndarray, shape (m,)
        Their times, seconds.
    """

    markers: Markers
    events: tuple[C3dEvent, ...] = ()
    frames_stated: int = 0
    rotations: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    rotation_time_s: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    @property
    def truncated(self) -> bool:
        """Whether the file ends before its last frame."""
        return self.frames_stated > len(self.markers.time_s)


def read_c3d(path: str | Path) -> C3d:
    """Read the points and events of a C3D file, in a separate process.

    Raises
    ------
    SourceError
        If it is missing, empty, larger than `LARGEST_BYTES`, another program's file, damaged,
        or holds no point or no frame.
    """
    stated = _check_head(Path(path))
    read: C3d = read_isolated("backline.formats.c3d:read_here", path, stated)
    return read


def read_here(path: str | Path, stated: int) -> C3d:
    """Read a C3D file in this process: a damaged one may end it (see `read_c3d`).

    Parameters
    ----------
    path : str or Path
        The file.
    stated : int
        Frames that its header states.

    Raises
    ------
    SourceError
        If the library refuses it.
    """
    import ezc3d

    try:
        whole = ezc3d.c3d(str(path))
    except (OSError, RuntimeError, ValueError, IndexError, KeyError) as error:
        raise SourceError(
            f"'{path}' begins like a C3D file but cannot be read ({_first_line(error)}): it is "
            "damaged or cut off in its header; export it again."
        ) from error
    points = np.asarray(whole["data"]["points"][:3], dtype=np.float64)
    labels, repeated = _labels(whole["parameters"]["POINT"], points.shape[1])
    n = points.shape[2]
    rotations, each = _rotations(path, whole)
    if (not labels and not rotations) or n == 0:
        raise SourceError(
            f"'{path}' holds {len(labels)} markers in {n} frames; a recording of markers was "
            "expected: export the trajectories with it."
        )
    header = whole["header"]["points"]
    rate = float(header["frame_rate"])
    if not (np.isfinite(rate) and rate > 0):
        raise SourceError(
            f"'{path}' states a rate of {rate:g} frames a second; a rate above 0 was expected: "
            "export it again with its frame rate."
        )
    residuals = np.asarray(whole["data"]["meta_points"]["residuals"])[0]
    positions, unit = _positions(path, whole["parameters"]["POINT"], points, residuals)
    time_s = (int(header["first_frame"]) + np.arange(n)) / rate
    markers = Markers(time_s, labels, positions[:, : len(labels)], unit, repeated=repeated)
    rotation_time_s = time_s[0] + np.arange(n * each) / (rate * each)
    events = _events(whole["parameters"].get("EVENT", {}))
    return C3d(markers, events, stated, rotations, rotation_time_s)


def write_c3d(path: str | Path, recording: C3d) -> None:
    """Write markers and events; positions are kept to single precision, as the format does.

    Raises
    ------
    BacklineError
        If the file cannot be written.
    """
    import ezc3d

    markers = recording.markers
    whole = ezc3d.c3d()
    point = whole["parameters"]["POINT"]
    rate = markers.rate_hz or 1.0
    point["RATE"]["value"] = [rate]
    point["LABELS"]["value"] = list(markers.names)
    point["UNITS"]["value"] = [markers.unit]
    residual = np.ones((4, len(markers.names), len(markers.time_s)))
    residual[:3] = markers.positions.transpose(2, 1, 0)
    whole["data"]["points"] = residual
    if len(markers.time_s):
        whole["header"]["points"]["first_frame"] = round(float(markers.time_s[0]) * rate)
    events = recording.events
    if events:
        whole.add_parameter("EVENT", "USED", [len(events)])
        whole.add_parameter("EVENT", "LABELS", [e.label for e in events])
        whole.add_parameter("EVENT", "CONTEXTS", [e.context for e in events])
        times = np.array([divmod(e.time_s, 60.0) for e in events]).T
        whole.add_parameter("EVENT", "TIMES", times)
    with atomic_file(path) as part:
        named = part.with_suffix(".c3d")  # the library puts this ending to any other
        whole.write(str(named))
        named.replace(part)


def _check_head(path: Path) -> int:
    """Return the frames that the header states (0 where it cannot).

    Raises unless the file is there, of a size to be read, and begins as a C3D file does.
    """
    head = read_head(path, 512, LARGEST_BYTES)
    if len(head) < 2 or head[1] != C3D_KEY:
        found = head[1] if len(head) > 1 else "missing"
        raise SourceError(
            f"'{path}' is no C3D file (its second byte is {found}, not {C3D_KEY}): give the "
            "file a name that says what it is, or export it as C3D."
        )
    return _frames_stated(head)


def _frames_stated(head: bytes) -> int:
    """Return the frames by the header's words 4 and 5 (first and last frame, from 1).

    They hold 16 bits: longer recordings state their length elsewhere, and 0 is returned; so it
    is where the words are in the other order of bytes (MIPS).
    """
    if len(head) < 10:
        return 0
    first, last = struct.unpack("<HH", head[6:10])
    return int(last - first + 1) if 1 <= first <= last < 0xFFFF else 0


def _labels(point: Any, count: int) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the points' names, unique and without blanks, and which of them were given twice.

    Long lists continue in LABELS2.
    """
    names: list[str] = list(point.get("LABELS", {}).get("value", []))
    more = 2
    while f"LABELS{more}" in point:
        names += point[f"LABELS{more}"]["value"]
        more += 1
    return unique_names(names[:count])


def _positions(
    path: str | Path, point: Any, points: NDArray[np.float64], residuals: NDArray[Any]
) -> tuple[NDArray[np.float64], Unit]:
    """Return positions of shape (n, m, 3), NaN where not seen, and their unit."""
    stated = [str(unit).strip().lower() for unit in point.get("UNITS", {}).get("value", [])]
    unit = stated[0] if stated else ""
    positions = points.transpose(2, 1, 0).copy()
    positions[(residuals.T < 0) | lost(positions)] = np.nan
    if unit in _STATED:
        return positions, _STATED[unit]
    if unit in TO_METRES:
        return positions * TO_METRES[unit], "m"
    raise SourceError(
        f"'{path}' states its unit as '{unit}' (POINT:UNITS); mm, cm, m or in was expected: "
        "export it again in mm."
    )


def _rotations(path: str | Path, whole: Any) -> tuple[dict[str, NDArray[np.float64]], int]:
    """Return the segments' rotations by name, and how many there are to a frame of points."""
    held = np.asarray(whole["data"].get("rotations", np.empty((4, 4, 0, 0))), dtype=np.float64)
    group = whole["parameters"].get("ROTATION", {})
    names, twice = unique_names(list(group.get("LABELS", {}).get("value", []))[: held.shape[2]])
    if twice:
        raise SourceError(
            f"'{path}' holds two segments called {next(iter(twice.values()))}, and it is not known "
            "which is right: rename one and export it again."
        )
    frames = max(whole["data"]["points"].shape[2], 1)
    each = max(held.shape[3] // frames, 1)
    turned = held[:3, :3].transpose(2, 3, 0, 1)[:, : frames * each]
    lost = ~np.isfinite(turned).all(axis=(2, 3)) | (turned == 0).all(axis=(2, 3))
    turned = np.where(lost[..., None, None], np.nan, turned)
    return {name: turned[k] for k, name in enumerate(names)}, each


def _events(group: Any) -> tuple[C3dEvent, ...]:
    """Return the events; TIMES holds minutes and seconds, or seconds alone."""
    labels = [str(x).strip() for x in group.get("LABELS", {}).get("value", [])]
    contexts = [str(x).strip() for x in group.get("CONTEXTS", {}).get("value", [])]
    times = np.atleast_2d(np.asarray(group.get("TIMES", {}).get("value", []), dtype=np.float64))
    count = min(len(labels), times.shape[1])
    contexts += [""] * (count - len(contexts))
    seconds = times[-1] + (60.0 * times[0] if times.shape[0] == 2 else 0.0)
    found = [C3dEvent(labels[i], contexts[i], float(seconds[i])) for i in range(count)]
    return tuple(sorted(found, key=lambda event: event.time_s))


def _first_line(error: BaseException) -> str:
    """Return what the library says, without its advice to programmers."""
    line = (str(error).splitlines() or [type(error).__name__])[0]
    return line.split(". ")[0].rstrip(".")
