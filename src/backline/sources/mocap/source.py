"""The marker source: from a C3D or TRC recording of a lift to a measured posture."""

from __future__ import annotations

from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import backline
from backline.errors import NotMeasurableError, SourceError
from backline.formats.opensim import Markers
from backline.formats.video import split_rate
from backline.model.measurement import (
    EngineInfo,
    Measured,
    Reason,
    SourceInfo,
    View,
)
from backline.model.posture import ELSEWHERE, Posture
from backline.reasons import sentence
from backline.settings import Settings
from backline.signals.filters import FILTER_NAME
from backline.sources.angles.axes import Lifter, orient
from backline.sources.angles.change import posture_of
from backline.sources.angles.quality import Case, quality_of
from backline.sources.angles.raw import RawAngles
from backline.sources.angles.reference_selection import measured_posture
from backline.sources.angles.sagittal import MARKER_SPREAD, raw_angles
from backline.sources.angles.standing import about_standing, standing_elsewhere
from backline.sources.mocap.landmarks import landmarks_of
from backline.sources.mocap.markersets import assign
from backline.sources.mocap.recording import (
    PELVIS,
    MarkerRecording,
    ReadFile,
    load,
    pelvis_width_m,
    read_file,
    recording_of,
)
from backline.sources.plausibility import CODE
from backline.storage.atomic_file import file_sha256
from backline.texts import listed, say

if TYPE_CHECKING:
    from backline.sources.imu.session import Session
    from backline.sources.registry import SourceOptions


SAME_WIDTH_SHARE, SAME_WIDTH_M = 0.08, 0.015
"""A pelvis is as wide in another recording of the day up to this: markers on skin over the ASIS
shift by up to 15 mm."""
_BACK = (*PELVIS, "SACRUM", "C7")
"""The low back is measured from these."""


def read_markers(path: Path, options: SourceOptions) -> Measured:
    """Measure a recording of markers.

    Parameters
    ----------
    path : Path
        A C3D or TRC file of one person.
    options : SourceOptions
        The standing reference (another recording with the same markers, or seconds), leg to
        measure, mapping file, settings.

    Raises
    ------
    SourceError
        If the file cannot be read.
    NotMeasurableError
        If it lacks pelvis markers, or the standing reference was given and is not there.
    UsageError
        If the mapping file or the time span of the standing reference does not fit the recording.
    """
    read = read_file(path)
    segments = _segments(path, read)
    if segments is not None:
        from backline.sources.imu.source import measure_session

        quiet = None
        if isinstance(options.standing, Path):
            with about_standing():
                quiet = _segments(options.standing, read_file(options.standing))
        return measure_session(path, segments, options, quiet)
    recording = recording_of(path, read.kind, read.markers, read.events, options.mapping)
    return _measure(recording, options)


def _segments(path: Path, read: ReadFile) -> Session | None:
    """Return the segments of a file that holds their rotations and no markers on a pelvis."""
    if read.c3d is None or not read.c3d.rotations or "ASIS_left" in assign(read.markers.names, {}):
        return None
    from backline.sources.imu.segments import has_back, session_of

    if not has_back(tuple(read.c3d.rotations)):
        return None
    return session_of(path, read.c3d.rotation_time_s, read.c3d.rotations)


def measure_markers(path: Path, kind: str, markers: Markers, options: SourceOptions) -> Measured:
    """Measure markers that another reader has read (keypoints in space); see `read_markers`."""
    return _measure(recording_of(path, kind, markers, (), options.mapping), options)


def _measure(recording: MarkerRecording, options: SourceOptions) -> Measured:
    settings = options.settings or Settings()
    path = recording.path
    lifter, raw = _angles(recording, options)
    span = options.standing if isinstance(options.standing, tuple) else None
    if isinstance(options.standing, Path):
        _check_markers(options.standing)
        with about_standing():
            other = load(options.standing, options.mapping, moving=False)
            _check_alike(recording, other)
            _, still = _angles(other, options)
            zero = standing_elsewhere(still, settings.standing_min_s, options.standing, raw)
        posture = posture_of(raw, ELSEWHERE, zero, settings)
    else:
        posture = measured_posture(raw, span, settings, path, options.lift)
    posture = replace(posture, notes=(*posture.notes, *_notes(recording)))
    remarks = (*recording.remarks, *lifter.remarks, *_filled(raw), *_left_out(recording))
    return Measured(
        posture=posture,
        source=source_info(path, recording.kind, posture),
        view=View(None, float("nan")),
        quality=quality_of(posture, remarks, _cases(recording)),
        engine=EngineInfo("markers", _version(recording.kind), ""),
        settings=_settings(recording, lifter, settings, options),
        landmarks=landmarks_of(lifter, recording.time_s),
    )


def source_info(path: Path, codec: str, posture: Posture) -> SourceInfo:
    """Return what was read, for a file of motion capture."""
    duration = float(posture.time_s[-1] - posture.time_s[0])
    return SourceInfo(
        path=str(path),
        kind="mocap",
        width_px=0,
        height_px=0,
        frames=len(posture),
        duration_s=duration,
        mean_rate_hz=(len(posture) - 1) / duration if duration > 0 else 0.0,
        codec=codec,
        sha256=file_sha256(split_rate(str(path))[0]),
    )


def _check_markers(standing: Path) -> None:
    """Raise where the recording given as the standing reference is none of markers."""
    from backline.sources.registry import reader_of

    reader = reader_of(standing)
    if not reader.target.endswith(":read_markers"):
        raise SourceError(
            f"'{standing}' was given as the standing reference of a recording of markers, and is "
            f"taken as {reader.name}: give a .c3d or .trc of the same lifter and markers, "
            "or START:END."
        )


def _check_alike(lift: MarkerRecording, standing: MarkerRecording) -> None:
    """Raise where the two pelves are marked by other markers, or are no one's pelvis."""
    backs = [
        "both PSIS" if all(role in one.names for role in PELVIS[2:]) else "the sacrum"
        for one in (lift, standing)
    ]
    if backs[0] != backs[1]:
        raise NotMeasurableError(
            f"'{standing.path}', given as the standing reference, marks the back of the pelvis by "
            f"{backs[1]}, and '{lift.path}' by {backs[0]}, which lie elsewhere: give one with the "
            "same markers."
        )
    widths = [pelvis_width_m(one) for one in (lift, standing)]
    if abs(widths[0] - widths[1]) > max(SAME_WIDTH_SHARE * widths[0], SAME_WIDTH_M):
        raise NotMeasurableError(
            f"'{standing.path}', given as the standing reference, shows a pelvis "
            f"{widths[1]:.2f} m wide, and "
            f"'{lift.path}' one of {widths[0]:.2f} m: it is somebody else, or the markers were put "
            "elsewhere; give a standing of the same lifter with the same markers."
        )


def _angles(recording: MarkerRecording, options: SourceOptions) -> tuple[Lifter, RawAngles]:
    lifter = orient(recording)
    raw = raw_angles(lifter, recording.time_s, options.side)
    wrong = np.zeros(len(raw.time_s), dtype=np.bool_)
    for role in _BACK:
        wrong |= recording.withheld.get(role, False)
    blocked = raw.blocked.astype("<U24")
    blocked[wrong & ~raw.visible] = CODE
    return lifter, replace(raw, blocked=blocked)


def _cases(recording: MarkerRecording) -> dict[str, Case]:
    """Return which sentences report frames with gaps, and the markers that cause them."""
    wrong = _counts({recording.names[r]: int(m.sum()) for r, m in recording.withheld.items()})
    cases: dict[str, Case] = {CODE: ("markers", {"counts": wrong})}
    if "C7" not in recording.names:
        return cases | {"marker_not_seen": ("no_c7", {})}
    back = PELVIS[2:] if all(r in recording.at for r in PELVIS[2:]) else ("SACRUM",)
    lost = {
        recording.names[role]: int(
            (
                ~np.isfinite(recording.at[role]).all(axis=1)
                & ~recording.withheld.get(role, np.zeros(1, bool))
            ).sum()
        )
        for role in (*PELVIS[:2], *back, "C7")
    }
    return cases | {"marker_not_seen": ("sentence", {"counts": _counts(lost)})}


def _counts(frames: dict[str, int]) -> str:
    """Return how many frames each marker is concerned in, those without any left out."""
    named = ", ".join(f"{name} in {count}" for name, count in frames.items() if count)
    return f"{named} frames" if named else "no marker on its own"


def _filled(raw: RawAngles) -> tuple[Reason, ...]:
    share = float(raw.doubtful.mean())
    if share == 0:
        return ()
    return (Reason("pelvis_filled", sentence("pelvis_filled", share=f"{share:.0%}")),)


def _left_out(recording: MarkerRecording) -> tuple[Reason, ...]:
    """Return which markers other than those of the low back were left out in some frames."""
    others = {role: mask for role, mask in recording.withheld.items() if role not in _BACK}
    counts = {recording.names[role]: int(mask.sum()) for role, mask in others.items()}
    if not counts:
        return ()
    return (Reason(CODE, sentence(CODE, "markers_left_out", counts=_counts(counts))),)


def _notes(recording: MarkerRecording) -> tuple[str, ...]:
    """Return what the recording does not measure because markers are missing."""
    notes = []
    lacking = [r for r in ("KNEE", "ANKLE") if not _either(recording, r)]
    if lacking:
        notes.append(say("note.no_leg_marker", names=listed(lacking, "and")))
    if not {"T12", "L1"} & set(recording.names) or not {"S1", "L5"} & set(recording.names):
        notes.append(say("note.no_lumbar_marker"))
    if "T10" not in recording.names:
        notes.append(say("note.no_t10"))
    return tuple(notes)


def _either(recording: MarkerRecording, landmark: str) -> bool:
    return any(f"{landmark}_{side}" in recording.names for side in ("left", "right"))


def _settings(
    recording: MarkerRecording, lifter: Lifter, settings: Settings, options: SourceOptions
) -> dict[str, float | str]:
    """Return what was done, for the record in the result."""
    done: dict[str, float | str] = {
        "filter": FILTER_NAME,
        "filter_cutoff_hz": settings.filter_cutoff_hz,
        "unit": recording.unit,
        "up_axis": lifter.up_axis,
        "leg": options.side if options.side != "auto" else "mean of both",
        "markers": ", ".join(f"{role}={name}" for role, name in recording.names.items()),
        "sd_source": MARKER_SPREAD.source,
    }
    if isinstance(options.standing, Path):
        done["standing_from"] = options.standing.name
    if recording.events:
        done["events"] = "; ".join(
            " ".join(part for part in (f"{e.time_s:.3f} s", e.context, e.label) if part)
            for e in recording.events
        )
    return done


def _version(kind: str) -> str:
    return f"ezc3d {metadata.version('ezc3d')}" if kind == "c3d" else backline.__version__
