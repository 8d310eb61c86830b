"""Points tracked in Kinovea: its annotation files (KVA) and its exports as text and as CSV.

Layouts, from Kinovea's sources and manual ("Exporting data"): a KVA is XML with a ``Track`` for
each trajectory, whose ``TrackPoint`` holds ``x;y;time stamp`` in pixels; the text ("Gnuplot") holds
a block of ``time x y`` for each; the CSV a column ``Time`` and ``NAME/POINT/X``, ``NAME/POINT/Y``.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from backline.errors import SourceError
from backline.formats.isolated_reader import read_isolated
from backline.formats.missing_values import number
from backline.formats.text_table import read_text
from backline.model.posture import FloatArray
from backline.sources.keypoints.people import MOST_FRAMES, PersonPoints, without_unseen

_TEXT = "#Kinovea Trajectory"
_MOST_STEP_S = 0.5
"""Kinovea writes times in the unit that is set in it. A median step below this is one of seconds
(two frames a second and more); of others it is not known whether they are frames, hundredths or
milliseconds."""
_OFF_STEP = 0.01
"""Times that are frame numbers lie no further off whole steps, steps; rounded ones do."""
_Track = dict[float, tuple[float, float]]
_Tracks = list[tuple[str, _Track]]
"""Trajectories by their names, which may be there twice."""


def read_kinovea(path: Path) -> PersonPoints:
    """Read a KVA file or an export of trajectories; its times where they are sure to be seconds.

    Raises
    ------
    SourceError
        If it cannot be read, or holds no trajectory.
    """
    head = read_text(path, "a file of Kinovea")[:1024].lstrip()
    if head.startswith("<"):
        points: PersonPoints = read_isolated(f"{__name__}:read_kva_here", path)
        return points
    tracks = _text(path) if head.startswith(_TEXT) else _table(path)
    steps = np.diff(sorted({time for _, track in tracks for time in track}))
    seconds = len(steps) > 0 and 0 < float(np.median(steps)) < _MOST_STEP_S
    return _points(path, tracks, 1.0 if seconds else None)


def read_kva_here(path: Path) -> PersonPoints:
    """Read a KVA file in this process (see `read_kinovea`)."""
    text = read_text(path, "a KVA file of Kinovea")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise SourceError(
            f"'{path}' declares XML entities, which Kinovea never writes: save it there again."
        )
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise SourceError(
            f"'{path}' is no whole KVA file ({error}): save it in Kinovea again."
        ) from error
    ticks = _positive(root.findtext("AverageTimeStampsPerFrame")) or 1.0
    rate_hz = _positive(root.findtext("CaptureFramerate"))
    tracks: _Tracks = []
    for place, track in enumerate(root.iter("Track"), start=1):
        label = track.find("MainLabel")
        shown = label.get("Text") if label is not None else track.findtext("Label/Text")
        name = track.get("name") or shown or f"Track {place}"
        made: _Track = {}
        tracks.append((name, made))
        for point in track.iter("TrackPoint"):
            cells = (point.text or "").split(";")
            if len(cells) < 3:
                raise SourceError(
                    f"'{path}', trajectory '{name}': a point holds "
                    f"'{(point.text or '')[:30]}', and x;y;time was expected: save it again."
                )
            x, y, tick = (_number(path, cell) for cell in cells[:3])
            made[tick / ticks] = x, y
    return _points(path, tracks, 1.0 / rate_hz if rate_hz else None)


def _text(path: Path) -> _Tracks:
    """Return the trajectories of the text export; older ones have no names."""
    tracks: _Tracks = []
    name = ""
    made: _Track | None = None
    for line in read_text(path, "an export of Kinovea").splitlines()[2:]:
        if line.startswith("#"):
            name, made = line[1:].strip(), None
        elif not line.strip():
            name, made = "", None
        else:
            if made is None:
                made = {}
                tracks.append((name or f"Track {len(tracks) + 1}", made))
            cells = line.split()
            if len(cells) != 3:
                raise SourceError(
                    f"'{path}': the line '{line.strip()[:40]}' was found where time, x and y were "
                    "expected: export single points as trajectories."
                )
            time, x, y = _time(path, cells[0]), *(_number(path, cell) for cell in cells[1:])
            made[time] = x, y
    return tracks


def _table(path: Path) -> _Tracks:
    """Return the trajectories of the CSV export."""
    lines = read_text(path, "an export of Kinovea").splitlines()
    mark = ";" if re.match(r'"?Time"?;', lines[0]) else ","
    try:
        rows = [row for row in csv.reader(lines, delimiter=mark) if row]
    except csv.Error as error:
        raise SourceError(
            f"'{path}' is no whole table ({error}): export it from Kinovea again."
        ) from error
    head = [cell.strip() for cell in rows[0]]
    tracks: _Tracks = []
    for c, cell in enumerate(head[1:-1], start=1):
        if not (cell.endswith("/X") and head[c + 1] == f"{cell[:-1]}Y"):
            continue
        series, _, point = cell[:-2].rpartition("/")
        alone = {other[:-2] for other in head if other.startswith(f"{series}/")} == {cell[:-2]}
        track: _Track = {}
        tracks.append((series if alone else f"{series} {point}", track))
        for line, row in enumerate(rows[1:], start=2):
            if len(row) != len(head):
                raise SourceError(
                    f"'{path}', line {line}: {len(row)} cells were found and {len(head)} were "
                    "expected: the file is cut off or damaged; export it again."
                )
            track[_time(path, row[0])] = _number(path, row[c]), _number(path, row[c + 1])
    return tracks


def _points(path: Path, tracks: _Tracks, step_s: float | None) -> PersonPoints:
    """Join the trajectories into frames, by their times in steps of so many seconds.

    Without a step the times say which frame follows which, and no more.
    """
    times = np.array(sorted({time for _, track in tracks for time in track}))
    times = times[np.isfinite(times)]
    if len(times) == 0:
        raise SourceError(
            f"'{path}' holds no trajectory: track the points in Kinovea (Track path) and save or "
            "export them again."
        )
    if len(times) > MOST_FRAMES:
        raise SourceError(
            f"'{path}' holds {len(times)} frames, more than any clip of a lift: save the lift "
            "alone."
        )
    places = np.arange(len(times)) if step_s is not None else _frame_numbers(path, times)
    values = np.full((places[-1] + 1, len(tracks), 3), np.nan)
    for k, (_, track) in enumerate(tracks):
        for place, time in zip(places, times, strict=True):
            if time in track:
                values[place, k] = *track[time], 1.0
    frames: list[list[FloatArray]] = [[frame] for frame in without_unseen(values)]
    time_s = None if step_s is None else times * step_s
    return PersonPoints("Kinovea", tuple(name for name, _ in tracks), frames, time_s)


def _frame_numbers(path: Path, times: FloatArray) -> NDArray[np.int_]:
    """Return the frame of each time: whole steps from the first, else one after the other."""
    steps = np.diff(times)
    ranks = (times - times[0]) / (steps.min() if len(steps) else 1.0)
    if np.abs(ranks - np.round(ranks)).max() > _OFF_STEP:
        return np.arange(len(times))
    if ranks[-1] > MOST_FRAMES:
        raise SourceError(
            f"'{path}' states times too far apart for any clip of a lift: save the lift alone."
        )
    return np.asarray(np.round(ranks), dtype=np.int_)


def _time(path: Path, cell: str) -> float:
    """Return a time as a number; of a time code ``h:mm:ss:cc`` in hundredths of a second."""
    parts = cell.strip().strip('"').split(":")
    if len(parts) == 1:
        return _number(path, cell)
    whole = [_number(path, part) for part in parts]
    if len(whole) == 4:
        hours, minutes, seconds, hundredths = whole
        return 100.0 * (3600 * hours + 60 * minutes + seconds) + hundredths
    return float(sum(100.0 * 60**i * part for i, part in enumerate(reversed(whole))))


def _number(path: Path, cell: str) -> float:
    try:
        return number(cell, comma=True)
    except ValueError:
        raise SourceError(
            f"'{path}': '{cell.strip()[:30]}' was found where a number was expected: export it "
            "from Kinovea again."
        ) from None


def _positive(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 < value < float("inf") else None
