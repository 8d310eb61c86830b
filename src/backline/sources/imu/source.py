"""The sensor source: from inertial sensors on a lifter to a measured posture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import backline
from backline.errors import SourceError
from backline.model.measurement import EngineInfo, Measured, Reason, SourceInfo, View
from backline.model.posture import ELSEWHERE, Posture
from backline.reasons import sentence
from backline.settings import Settings
from backline.signals.filters import FILTER_NAME
from backline.sources.angles.change import posture_of
from backline.sources.angles.quality import quality_of
from backline.sources.angles.reference_selection import measured_posture
from backline.sources.angles.standing import about_standing, standing_elsewhere
from backline.sources.imu.angles import IMU_SPREAD, clock_offset, planes_of, raw_of
from backline.sources.imu.session import Session, open_session
from backline.sources.imu.stream import Vertical, vertical
from backline.sources.imu.world import World, in_one_world
from backline.storage.atomic_file import file_sha256
from backline.texts import say

if TYPE_CHECKING:
    from backline.sources.registry import SourceOptions

LEAST_OVERLAP = 0.5
"""Least overlap of two clocks, as a share of the shorter recording, to be the same clock."""
LEAST_CORRELATION = 0.6
"""Below this the alignment of two clocks is doubtful (judgement)."""
DRIFT = "inclination only, which gravity corrects all the time; heading, which drifts, is not used"


def read_sensors(path: Path, options: SourceOptions) -> Measured:
    """Measure a lift from sensors on sacrum and T12, and a thigh where there is one.

    Parameters
    ----------
    path : Path
        A folder with a file a sensor, an OpenSense STO, or a TOML that lists files and columns.
    options : SourceOptions
        The standing reference (another such recording, or seconds), TOML for a folder, settings.

    Raises
    ------
    SourceError
        If a file cannot be read.
    NotMeasurableError
        If a sensor or a forward bend is missing, or the standing reference was given and is not
        there.
    UsageError
        If the TOML or the time span does not fit.
    """
    return measure_session(path, open_session(path, options.mapping), options)


def measure_session(
    path: Path, session: Session, options: SourceOptions, quiet: Session | None = None
) -> Measured:
    """Measure sensors (or segments) that were read; see `read_sensors`.

    ``quiet`` is the recording given as the standing reference, where it was read already.
    """
    settings = options.settings or Settings()
    sensed, world, remarks = _aligned(session, str(path))
    span = options.standing if isinstance(options.standing, tuple) else None
    planes = planes_of(sensed, span, str(path))
    raw = raw_of(sensed, planes)
    if isinstance(options.standing, Path):
        with about_standing():
            if quiet is None:
                _check_standing(options.standing)
                quiet = open_session(options.standing, options.mapping)
            there = replace(quiet, world=world)
            # the sensors are worn alike: the lift's forward bend shows how they were attached
            still = raw_of(_aligned(there, str(options.standing))[0], planes)
            zero = standing_elsewhere(still, settings.standing_min_s, options.standing, raw)
        posture = posture_of(raw, ELSEWHERE, zero, settings)
    else:
        posture = measured_posture(raw, span, settings, path, options.lift)
    note = say("note.sensors")
    remarks = (*_lost(session), *remarks)
    return Measured(
        posture=replace(posture, notes=(*posture.notes, note)),
        source=_source(path, session, posture),
        view=View(None, float("nan")),
        quality=quality_of(posture, remarks),
        engine=EngineInfo("inertial sensors", backline.__version__, ""),
        settings=_settings(session, settings, options),
    )


def _check_standing(standing: Path) -> None:
    """Raise where what was given as the standing reference is no recording of sensors."""
    from backline.sources.registry import reader_of

    reader = reader_of(standing)
    # a table of text may be a sensor's whatever its columns are called: reading it shows
    if reader.load() is not read_sensors and standing.suffix.lower() not in (".csv", ".txt"):
        raise SourceError(
            f"'{standing}' was given as the standing reference of inertial sensors, and is taken "
            f"as {reader.name}: give a recording of the same sensors, worn alike (a folder, .sto "
            "or .toml), or START:END."
        )


def _aligned(session: Session, name: str) -> tuple[dict[str, Vertical], World, tuple[Reason, ...]]:
    """Return the verticals on the clock of the sensor on the sacrum, from its first packet on."""
    streams, world, known = in_one_world(
        session.streams, session.world, name, ordered=session.ordered
    )
    sensed = {place: vertical(stream) for place, stream in streams.items()}
    base, remarks = sensed["sacrum"], list(known)
    for place in [one for one in sensed if one != "sacrum"]:
        if not session.align and _overlap(base, sensed[place]) >= LEAST_OVERLAP:
            continue
        offset, score = clock_offset(base, sensed[place])
        sensed[place] = replace(sensed[place], time_s=sensed[place].time_s + offset)
        doubt = "" if score >= LEAST_CORRELATION else sentence("clocks_aligned", "doubt")
        text = sentence("clocks_aligned", place=place, offset=f"{offset:.2f}", doubt=doubt)
        remarks.append(Reason("clocks_aligned", text))
    start = base.time_s[0]
    sensed = {place: replace(one, time_s=one.time_s - start) for place, one in sensed.items()}
    return sensed, world, tuple(remarks)


def _overlap(one: Vertical, other: Vertical) -> float:
    start = max(one.time_s[0], other.time_s[0])
    end = min(one.time_s[-1], other.time_s[-1])
    shorter = min(one.time_s[-1] - one.time_s[0], other.time_s[-1] - other.time_s[0])
    return float(max(end - start, 0.0) / shorter)


def _lost(session: Session) -> tuple[Reason, ...]:
    """Return which sensors lost a hundredth of their packets or more."""
    reasons = []
    for place, stream in session.streams.items():
        share = stream.lost / (stream.lost + len(stream.time_s))
        if share >= 0.01:
            text = sentence("packets_lost", place=place, packets=stream.lost, share=f"{share:.0%}")
            reasons.append(Reason("packets_lost", text))
    return tuple(reasons)


def _source(path: Path, session: Session, posture: Posture) -> SourceInfo:
    duration = float(posture.time_s[-1] - posture.time_s[0])
    kinds = sorted({stream.kind for stream in session.streams.values()})
    return SourceInfo(
        path=str(path), kind="imu", width_px=0, height_px=0, frames=len(posture),
        duration_s=duration, mean_rate_hz=(len(posture) - 1) / duration, codec=", ".join(kinds),
        sha256="" if path.is_dir() else file_sha256(path),
    )  # fmt: skip


def _settings(
    session: Session, settings: Settings, options: SourceOptions
) -> dict[str, float | str]:
    done: dict[str, float | str] = {
        "filter": FILTER_NAME,
        "filter_cutoff_hz": settings.filter_cutoff_hz,
        "calibration": "left-right axis of each sensor from the bend itself, zero from standing",
        "drift": DRIFT,
        "sd_source": IMU_SPREAD.source,
    }
    for place, stream in session.streams.items():
        rate = 1.0 / float(np.median(np.diff(stream.time_s)))
        done[f"sensor_{place}"] = (
            f"{Path(stream.name).name}: {stream.kind}, {rate:.1f} Hz, {stream.lost} packets lost"
        )
    if any(stream.kind == "raw" for stream in session.streams.values()):
        done["fusion"] = "VQF, off line, gyroscope and accelerometer (Laidig and Seel 2023)"
    if isinstance(options.standing, Path):
        done["standing_from"] = options.standing.name
    return done
