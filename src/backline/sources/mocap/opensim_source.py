"""OpenSim's joint angles (.mot, .sto) as a source of postures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import backline
from backline.errors import SourceError
from backline.posture import ELSEWHERE
from backline.settings import Settings
from backline.sources.measured import EngineInfo, Measured, View
from backline.sources.mocap.change import posture_of
from backline.sources.mocap.opensim_angles import OPENSIM_SPREAD, raw_of
from backline.sources.mocap.opensim_table import read_coordinates
from backline.sources.mocap.quality import cut_off, quality_of
from backline.sources.mocap.source import source_info
from backline.sources.mocap.standing import own_standing, standing_elsewhere

if TYPE_CHECKING:
    from backline.sources.registry import SourceOptions

_TEXTS = {
    "hip_clamped": "In {share} of the frames hip_flexion sits at 120 degrees, where OpenSim's "
    "models stop the hip: a deeper hip then shows as false rounding of the low back, so it is not "
    "measured there; free the coordinate in the model and run the inverse kinematics again.",
    "no_value": "In {share} of the frames pelvis_tilt or lumbar_extension holds no number.",
}
_NO_LUMBAR = (
    "The file has no column lumbar_extension (the model has a stiff trunk), so the low back is "
    "not known; the pelvis is."
)


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
        Own standing (another such file, or seconds), leg to measure, settings.

    Raises
    ------
    SourceError
        If it cannot be read, or its angles are radians marked as degrees.
    NotMeasurableError
        If own standing was given and is not there.
    UsageError
        If the given time span lies outside the recording.
    """
    settings = options.settings or Settings()
    table = read_coordinates(path)
    raw = raw_of(table, options.side)
    if isinstance(options.standing, Path):
        if options.standing.suffix.lower() not in (".mot", ".sto"):
            raise SourceError(
                f"'{options.standing}' was given as own standing of OpenSim angles, and another "
                ".mot or .sto file of the same model was expected: give that, or START:END."
            )
        other = raw_of(read_coordinates(options.standing, moving=False), options.side)
        zero = standing_elsewhere(other, settings.standing_min_s, options.standing)
        posture = posture_of(raw, ELSEWHERE, zero, settings)
    else:
        found = own_standing(raw, options.standing, settings.standing_min_s, path)
        posture = posture_of(raw, *found, settings)
    texts = dict(_TEXTS)
    if "lumbar_extension" not in table.columns:
        texts["no_value"] = _NO_LUMBAR
    done: dict[str, float | str] = {
        "filter": "zero-phase Butterworth, second order, run both ways",
        "filter_cutoff_hz": settings.filter_cutoff_hz,
        "sd_source": OPENSIM_SPREAD.source,
    }
    if isinstance(options.standing, Path):
        done["standing_from"] = options.standing.name
    note = "Without markers on the lumbar spine the lumbar curve is not measured."
    return Measured(
        posture=replace(posture, notes=(note,)),
        source=source_info(path, path.suffix.lower().removeprefix("."), posture),
        view=View(None, float("nan")),
        quality=quality_of(posture, texts, cut_off(table.rows_stated, len(table.time_s))),
        engine=EngineInfo("opensim", backline.__version__, ""),
        settings=done,
    )
