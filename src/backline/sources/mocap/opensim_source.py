"""OpenSim's joint angles (.mot, .sto) as a source of postures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import backline
from backline.errors import SourceError
from backline.formats.opensim import Motion
from backline.model.measurement import EngineInfo, Measured, Reason, View
from backline.model.posture import ELSEWHERE
from backline.reasons import sentence
from backline.settings import Settings
from backline.signals.filters import FILTER_NAME
from backline.sources.angles.change import posture_of
from backline.sources.angles.quality import Case, cut_off, quality_of
from backline.sources.angles.raw import RawAngles
from backline.sources.angles.reference_selection import measured_posture
from backline.sources.angles.standing import about_standing, standing_elsewhere
from backline.sources.mocap.opensim_angles import (
    LEVELS,
    OPENSIM_SPREAD,
    lacking_levels,
    locked_back,
    lumbar_columns,
    raw_of,
)
from backline.sources.mocap.opensim_table import Coordinates, read_coordinates
from backline.sources.mocap.source import source_info
from backline.sources.plausibility import CODE
from backline.texts import say

if TYPE_CHECKING:
    from backline.sources.registry import SourceOptions


def read_angles(path: Path, options: SourceOptions) -> Measured:
    """Measure a table of OpenSim coordinates.

    Signs of OpenSim's models (Gait2392, Rajagopal 2016, LaiUhlrich 2022): pelvis_tilt and
    lumbar_extension turn about the axis that points to the right, so that + leads backwards:
    pelvic tilt is the negative of pelvis_tilt, lumbar flexion the negative of lumbar_extension.
    Hip flexion and ankle dorsiflexion are + as here; the knee is + in the newer models and - in
    Gait2392, so its larger excursion is taken as flexion.

    Parameters
    ----------
    path : Path
        A .mot or .sto file with ``pelvis_tilt``.
    options : SourceOptions
        The standing reference (another such file, or seconds), leg to measure, settings.

    Raises
    ------
    SourceError
        If it cannot be read, or its angles are radians marked as degrees.
    NotMeasurableError
        If the standing reference was given and is not there.
    UsageError
        If the given time span lies outside the recording.
    """
    settings = options.settings or Settings()
    read = read_coordinates(path)
    table = read.table
    raw = _raw(read, options.side)
    locked = locked_back(table)
    if locked:
        raw = replace(raw, trunk_deg=np.full(len(raw.time_s), np.nan))
    if isinstance(options.standing, Path):
        if options.standing.suffix.lower() not in (".mot", ".sto"):
            raise SourceError(
                f"'{options.standing}' was given as the standing reference of OpenSim angles, and "
                "another .mot or .sto file of the same model was expected: give that, or START:END."
            )
        with about_standing():
            other = _raw(read_coordinates(options.standing, moving=False), options.side)
            zero = standing_elsewhere(other, settings.standing_min_s, options.standing, raw)
        posture = posture_of(raw, ELSEWHERE, zero, settings)
    else:
        posture = measured_posture(raw, options.standing, settings, path, options.lift)
    incomplete = cut_off(table.rows_stated, len(table.time_s))
    note = say("note.no_lumbar_marker")
    return Measured(
        posture=replace(posture, notes=(*posture.notes, note)),
        source=source_info(path, path.suffix.lower().removeprefix("."), posture),
        view=View(None, float("nan")),
        quality=quality_of(
            posture, (*read.remarks, *_left_out(read), *incomplete), _stiff(table, locked)
        ),
        engine=EngineInfo("opensim", backline.__version__, ""),
        settings=_settings(table, settings, options),
    )


def _stiff(table: Motion, locked: tuple[str, ...]) -> dict[str, Case]:
    """Return which sentence says why the low back is not known, where the whole file lacks it."""
    if locked:
        return {"no_value": ("locked", {"names": ", ".join(locked)})}
    if lumbar_columns(table):
        return {}
    lacking = lacking_levels(table)
    if len(lacking) < len(LEVELS):
        return {"no_value": ("levels", {"names": ", ".join(lacking)})}
    return {"no_value": ("no_lumbar", {})}


def _settings(table: Motion, settings: Settings, options: SourceOptions) -> dict[str, float | str]:
    """Return what was done, for the record in the result."""
    done: dict[str, float | str] = {
        "filter": FILTER_NAME,
        "filter_cutoff_hz": settings.filter_cutoff_hz,
        "sd_source": OPENSIM_SPREAD.source,
        "low_back_from": " + ".join(lumbar_columns(table)) or "nothing",
    }
    if isinstance(options.standing, Path):
        done["standing_from"] = options.standing.name
    return done


def _back(table: Motion) -> tuple[str, ...]:
    """Return the columns that the low back is measured from."""
    return ("pelvis_tilt", *lumbar_columns(table))


def _raw(read: Coordinates, side: str) -> RawAngles:
    wrong = np.zeros(len(read.table.time_s), dtype=np.bool_)
    for name in _back(read.table):
        wrong |= read.withheld.get(name, False)
    return raw_of(read.table, side, wrong)


def _left_out(read: Coordinates) -> tuple[Reason, ...]:
    """Return which columns other than those of the low back were left out in some rows."""
    others = {n: int(m.sum()) for n, m in read.withheld.items() if n not in _back(read.table)}
    if not others:
        return ()
    named = ", ".join(f"{name} in {count}" for name, count in others.items())
    return (Reason(CODE, sentence(CODE, "columns", named=named)),)
