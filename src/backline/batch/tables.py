"""The tables of a dataset: their columns, and one analysis as rows of each."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from backline.batch.manifest_clip import ManifestClip
from backline.reps import REP_PHASES

if TYPE_CHECKING:
    import pyarrow as pa

    from backline.pipeline import Analysis
    from backline.reps import Rep

SCHEMA = "backline.dataset/1"
TABLES = ("sets", "reps", "findings", "series")
CURVE_POINTS = 11
"""Points of a rep's curve in each phase: 0, 10 ... 100 % of the phase's time."""

_METRICS = (
    "descent_s", "ascent_s", "lockout_s", "depth_share", "partial", "knee_flexion_max_deg",
    "hip_flexion_max_deg", "trunk_lean_max_deg", "lumbar_flexion_bottom_deg",
    "lumbar_flexion_lockout_deg", "lumbar_flexion_peak_deg", "lumbar_flexion_peak_s",
    "turn_back_deg",
)  # fmt: skip
_COLUMNS: dict[str, dict[str, str]] = {
    "sets": {
        "set_id": "string", "source": "string", "sha256": "string", "lifter": "string",
        "session": "string", "cue": "string", "sex": "string", "experience": "string",
        "load_kg": "double", "body_mass_kg": "double", "height_cm": "double",
        "kind": "string", "frames": "int64", "duration_s": "double", "engine": "string",
        "engine_version": "string", "model_sha256": "string", "backline_version": "string",
        "verdict": "string", "measurable_fraction": "double", "reps": "int64",
        "headline": "string",
    },
    "reps": {
        "set_id": "string", "rep": "int64", "start_s": "double", "bottom_s": "double",
        "end_s": "double", "complete": "bool", "depth_leg_lengths": "double",
        **dict.fromkeys(_METRICS, "double"),
        **{f"measured_{place}": "bool" for place in REP_PHASES},
        **{f"flexion_{place}_deg": "curve" for place in REP_PHASES},
    },
    "findings": {
        "set_id": "string", "rep": "int64", "kind": "string", "where": "string",
        "name": "string", "start_s": "double", "peak_s": "double", "end_s": "double",
        "size_deg": "double", "sd_deg": "double", "probability": "double", "certain": "bool",
        "curve": "string", "pelvis_share": "double", "mechanism": "string",
        "l5s1_compression_n": "double",
    },
    "series": {"set_id": "string"},
}  # fmt: skip


@cache
def schema(table: str) -> pa.Schema:
    """Return the columns of a table's files; ``lift`` is in the folder's name.

    Parameters
    ----------
    table : {"sets", "reps", "findings", "series"}
        Which. In ``reps``, ``measured_<phase>`` says whether the low back could be judged there,
        and ``flexion_<phase>_deg`` holds lumbar flexion at 0, 10 ... 100 % of the phase.
    """
    import pyarrow as pa

    kinds = {
        "string": pa.string(), "double": pa.float64(), "int64": pa.int64(), "bool": pa.bool_(),
        "curve": pa.list_(pa.float64()),
    }  # fmt: skip
    fields = [pa.field(name, kinds[kind]) for name, kind in _columns(table).items()]
    return pa.schema(fields, metadata={"schema": SCHEMA})


def _columns(table: str) -> dict[str, str]:
    if table != "series":
        return _COLUMNS[table]
    from backline.report.document import (
        ACTION_COLUMN,
        ANGLE_COLUMNS,
        GLUTE_COLUMNS,
        LOAD_COLUMNS,
    )

    counts = {"frame": "int64", "time_s": "double", "rep": "int64", "phase": "string"}
    values = dict.fromkeys((*ANGLE_COLUMNS, *LOAD_COLUMNS, *GLUTE_COLUMNS), "double")
    values[ACTION_COLUMN] = "string"
    return {**_COLUMNS[table], **counts, "measurable": "int64", **values}


def rows(analysis: Analysis, clip: ManifestClip, set_id: str) -> dict[str, pa.Table]:
    """Return the rows that an analysis adds to each table.

    Parameters
    ----------
    analysis : Analysis
        The result. A refused one has its set and its series, no finding.
    clip : ManifestClip
        Its line of the manifest.
    set_id : str
        The key that joins the tables.
    """
    made: dict[str, Any] = {
        "sets": [_set(analysis, clip)],
        "reps": [_rep(analysis, rep) for rep in analysis.reps],
        "findings": [_finding(finding) for finding in analysis.findings],
    }
    tables = {name: _table(name, records, set_id) for name, records in made.items()}
    tables["series"] = _series(analysis, set_id)
    return tables


def _table(name: str, records: list[dict[str, Any]], set_id: str) -> pa.Table:
    import pyarrow as pa

    from backline.report.document import to_plain

    plain = [{"set_id": set_id, **to_plain(record)} for record in records]
    return pa.Table.from_pylist(plain, schema=schema(name))


def _set(analysis: Analysis, clip: ManifestClip) -> dict[str, Any]:
    from backline import __version__

    stated = {name: value for name, value in clip.stated().items() if name in _COLUMNS["sets"]}
    return {
        **stated,
        "source": clip.source,
        "sha256": clip.sha256,
        "kind": analysis.source.kind,
        "frames": analysis.source.frames,
        "duration_s": analysis.source.duration_s,
        "engine": analysis.engine.name,
        "engine_version": analysis.engine.version,
        "model_sha256": analysis.engine.model_sha256,
        "backline_version": __version__,
        "verdict": analysis.quality.verdict,
        "measurable_fraction": analysis.quality.measurable_fraction,
        "reps": len(analysis.reps),
        "headline": analysis.summary.get("headline"),
    }


def _rep(analysis: Analysis, rep: Rep) -> dict[str, Any]:
    hidden = {(gap["rep"], gap["phase"]) for gap in analysis.summary.get("not_measured", ())}
    judged = analysis.quality.verdict != "refused"
    phases: dict[Any, tuple[float, float]] = {**rep.phases}
    measured = {
        place: judged and place in phases and (rep.index, place) not in hidden
        for place in REP_PHASES
    }
    return {
        "rep": rep.index,
        "start_s": rep.start_s,
        "bottom_s": rep.bottom_s,
        "end_s": rep.end_s,
        "complete": rep.complete,
        "depth_leg_lengths": rep.depth,
        **{name: rep.metrics.get(name) for name in _METRICS},
        **{f"measured_{place}": there for place, there in measured.items()},
        **{
            f"flexion_{place}_deg": _curve(analysis, phases[place]) if there else None
            for place, there in measured.items()
        },
    }


def _curve(analysis: Analysis, span: tuple[float, float]) -> list[float | None] | None:
    """Return lumbar flexion at even shares of a phase; None over a gap longer than 10 % of it."""
    posture = analysis.posture
    known = posture.measurable & np.isfinite(posture.lumbar_flexion_deg)
    at = np.linspace(*span, CURVE_POINTS)
    if known.sum() < 2:
        return None
    time_s = posture.time_s[known]
    values = np.interp(at, time_s, posture.lumbar_flexion_deg[known])
    away = np.min(np.abs(at[:, None] - time_s[None, :]), axis=1)
    reach = max((span[1] - span[0]) / (CURVE_POINTS - 1), float(np.median(np.diff(time_s))))
    return [float(v) if gap <= reach else None for v, gap in zip(values, away, strict=True)]


def _finding(finding: Any) -> dict[str, Any]:
    names = [name for name in _COLUMNS["findings"] if name not in ("set_id", "l5s1_compression_n")]
    return {
        **{name: getattr(finding, name) for name in names},
        "l5s1_compression_n": finding.load.get("l5s1_compression_n"),
    }


def _series(analysis: Analysis, set_id: str) -> pa.Table:
    import pyarrow as pa

    from backline.report.document import ACTION_COLUMN, series

    frame = series(analysis, analysis.extra_columns)
    frame.insert(0, "set_id", set_id)
    for name in schema("series").names:
        if name not in frame:
            frame[name] = None if name == ACTION_COLUMN else np.nan
    frame["rep"] = frame["rep"].astype("Int64").mask(frame["rep"] < 1)
    return pa.Table.from_pandas(frame, schema=schema("series"), preserve_index=False)
