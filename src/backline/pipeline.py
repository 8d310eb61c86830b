"""analyze(): the whole way from a source to findings, in reading order."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from backline.analysis import LiftAnalysis
from backline.errors import UsageError
from backline.findings import (
    find_findings,
    measure_reps,
    measured_part,
    not_measured,
    summarise,
)
from backline.findings.cues import choose, chosen_ids
from backline.findings.finding import Finding
from backline.findings.mechanism import explain, mechanisms
from backline.findings.top_bottom import top_against_bottom
from backline.loads import LoadSeries, load_series
from backline.loads.bar import BarPlace, check_place
from backline.loads.body import Sex
from backline.loads.digest import glute_digest, load_digest
from backline.loads.full_body import muscles_beside
from backline.loads.glutes import GluteSeries, glute_series
from backline.loads.series import check_lifter
from backline.model.measurement import (
    Measured,
)
from backline.progress import ProgressCallback
from backline.reps import Lift, Rep, find_reps, tell_lift
from backline.settings import Settings
from backline.sources import DEFAULT_ENGINE
from backline.sources.observation_cache import open_or_recall
from backline.sources.registry import SourceOptions


class Analysis(LiftAnalysis):
    """The result of one analysed source, which can be written to files."""

    def to_dict(self) -> dict[str, Any]:
        """Return what ``analysis.json`` holds; see :func:`backline.report.document.to_dict`."""
        from backline.report.document import to_dict

        return to_dict(self)

    def save(self, folder: str | Path, progress: ProgressCallback | None = None) -> dict[str, Path]:
        """Write all files of the result; see :func:`backline.report.files.save`."""
        from backline.report.files import save

        return save(self, folder, progress)


def analyze(
    source: str | Path,
    *,
    lift: Lift | Literal["auto"] = "auto",
    load_kg: float | None = None,
    body_mass_kg: float | None = None,
    height_cm: float | None = None,
    sex: Sex | None = None,
    bar_place: BarPlace | Literal["auto"] = "auto",
    lifter: str | None = None,
    cue: str | None = None,
    standing: str | Path | tuple[float, float] | None = None,
    side: Literal["auto", "left", "right"] = "auto",
    engine: str = DEFAULT_ENGINE,
    mapping: str | Path | None = None,
    stickers: str = "auto",
    video: str | Path | None = None,
    settings: Settings | None = None,
    progress: ProgressCallback | None = None,
    keep: str | Path | None = None,
) -> Analysis:
    """Say where in a lift the low back rounds, how much, and in which reps.

    Parameters
    ----------
    source : str or Path
        A video, a folder of numbered images as ``FOLDER@RATE``, motion capture, and so on.
    lift, load_kg, body_mass_kg, height_cm, sex, bar_place, lifter, cue, settings : optional
        See `conclude`.
    standing, side, engine, mapping, stickers, video, progress : optional
        See `backline.sources.registry.SourceOptions`.
    keep : str or Path, optional
        Folder that keeps what was seen of a video: another ``standing`` needs no new look then.

    Returns
    -------
    Analysis
        Look at ``quality.verdict`` first: ``"refused"`` means that no low-back number counts.

    Raises
    ------
    SourceError, UsageError, NotMeasurableError
        If the source cannot be read, an option is impossible, or a standing shows none.
    """
    _check_choice("lift", lift, ("auto", "squat", "deadlift"))
    _check_choice("side", side, ("auto", "left", "right"))
    _check_choice("sex", sex, (None, "male", "female"))
    check_lifter(load_kg, body_mass_kg, height_cm)
    if bar_place != "auto":
        check_place(bar_place)
    options = SourceOptions(
        side=side, engine=engine, standing=_standing(standing), settings=settings or Settings(),
        progress=progress, mapping=_path(mapping), stickers=stickers, video=_path(video),
        meanwhile=slow_parts(), lift=lift,
    )  # fmt: skip
    return conclude(
        open_or_recall(Path(source), options, _path(keep)),
        lift=lift, load_kg=load_kg, body_mass_kg=body_mass_kg, height_cm=height_cm, sex=sex,
        bar_place=bar_place, lifter=lifter, cue=cue, settings=settings,
    )  # fmt: skip


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else Path(given)


def slow_parts() -> tuple[Callable[[], object], ...]:
    """Return what `conclude` wants and what takes long to load, once in a process.

    Made for `backline.sources.registry.SourceOptions.meanwhile`.
    """
    return partial(import_module, "scipy.signal"), muscles_beside()


def _check_choice(name: str, value: object, choices: tuple[str | None, ...]) -> None:
    """Raise `UsageError` if a value is none of the choices."""
    if value not in choices:
        raise UsageError(
            f"{name} is {value!r}, expected one of {', '.join(map(repr, choices))}: give it again."
        )


def _standing(
    asked: str | Path | tuple[float, float] | None,
) -> Path | tuple[float, float] | None:
    """Return own standing as asked for, checked: a clip, or start and end in seconds."""
    if asked is None or isinstance(asked, (str, Path)):
        return None if asked is None else Path(asked)
    start_s, end_s = asked
    if not 0 <= start_s < end_s:
        raise UsageError(
            f"The standing reference was given as {start_s:g} to {end_s:g} s, expected an end "
            "after the start and neither below zero: give start and end in seconds."
        )
    return start_s, end_s


def conclude(
    measured: Measured,
    *,
    lift: Lift | Literal["auto"] = "auto",
    load_kg: float | None = None,
    body_mass_kg: float | None = None,
    height_cm: float | None = None,
    sex: Sex | None = None,
    bar_place: BarPlace | Literal["auto"] = "auto",
    lifter: str | None = None,
    cue: str | None = None,
    settings: Settings | None = None,
    within: tuple[float, float] | None = None,
    without: Collection[tuple[str, str, int]] = (),
) -> Analysis:
    """Find reps, findings, causes and load in what a source has measured.

    Parameters
    ----------
    measured : Measured
        From `backline.sources.registry.open_source`.
    lift : {"auto", "squat", "deadlift"}
        Which lift; told apart by itself where ``"auto"``.
    load_kg, body_mass_kg, height_cm : float, optional
        Bar, lifter's mass and stature.
    sex : {"male", "female"}, optional
        For the body's proportions; the mean of both where left out.
    bar_place : {"auto", "high_bar", "low_bar", "front", "overhead", "hands"}
        Where the bar is; told from the hands where ``"auto"``.
    lifter, cue, settings : optional
        Who lifts, the cue that was given (both kept in the result), thresholds and filters.
    within : (float, float), optional
        Only reps whose bottom lies between these seconds count.
    without : collection of (str, str, int)
        Findings that a person has rejected, by kind, place and rep.

    Returns
    -------
    Analysis
        The same as `analyze` gives.
    """
    settings = settings or Settings()
    posture = measured.posture
    told = tell_lift(posture) if lift == "auto" else lift
    reps = measure_reps(posture, _inside(find_reps(posture, told), within), told, settings)
    loads = load_series(
        posture, load_kg=load_kg, body_mass_kg=body_mass_kg, height_cm=height_cm, lift=told,
        bar_place=bar_place, reps=reps, sex=sex, table=settings.segment_table,
    )  # fmt: skip
    glutes = glute_series(posture, height_cm)
    findings = _findings(measured, reps, told, loads, settings, without)
    asked = {"sex": sex, "bar_place_asked": bar_place}
    return Analysis(
        source=measured.source, engine=measured.engine, view=measured.view,
        quality=measured.quality, evidence=measured.evidence, beside=measured.beside,
        landmarks=measured.landmarks,
        settings=_record(measured, settings, load_kg, body_mass_kg, height_cm, lifter, lift)
        | asked,
        lift=told, posture=posture, reps=reps, findings=findings, loads=loads, glutes=glutes,
        summary=_summary(measured, findings, reps, loads, glutes, settings, cue),
    )  # fmt: skip


def _findings(
    measured: Measured,
    reps: tuple[Rep, ...],
    lift: Lift,
    loads: LoadSeries,
    settings: Settings,
    without: Collection[tuple[str, str, int]],
) -> tuple[Finding, ...]:
    """Return the findings with cause, load and cues; none in a clip that is refused."""
    if measured.quality.verdict == "refused":
        return ()
    found = find_findings(measured.posture, reps, lift, settings)
    found = tuple(f for f in found if (f.kind, f.where, f.rep) not in without)
    return choose(explain(found, measured.posture, reps, loads, settings), lift)


def _summary(
    measured: Measured,
    findings: tuple[Finding, ...],
    reps: tuple[Rep, ...],
    loads: LoadSeries,
    glutes: GluteSeries,
    settings: Settings,
    cue: str | None,
) -> dict[str, Any]:
    """Return the short answers."""
    missing = not_measured(measured.posture, reps, settings)
    seen = measured_part(reps, missing)
    return {
        **summarise(findings, reps, missing, cue),
        **_why(measured, findings, reps, seen, loads, settings),
        "glutes": glute_digest(measured.posture, seen, glutes, loads),
        "cues": chosen_ids(findings),
    }


def _inside(reps: tuple[Rep, ...], within: tuple[float, float] | None) -> tuple[Rep, ...]:
    """Return the reps whose bottom lies in a stretch, numbered anew."""
    if within is None:
        return reps
    kept = [rep for rep in reps if within[0] <= rep.bottom_s <= within[1]]
    return tuple(replace(rep, index=number) for number, rep in enumerate(kept, start=1))


def _why(
    measured: Measured,
    findings: tuple[Finding, ...],
    reps: tuple[Rep, ...],
    seen: tuple[Rep, ...],
    loads: LoadSeries,
    settings: Settings,
) -> dict[str, Any]:
    """Return the summary's part on causes and load."""
    ends = top_against_bottom(measured.posture, seen, loads)
    causes = mechanisms(findings, measured.posture, reps, settings)
    return {
        "load_notes": list(loads.notes),
        "load": load_digest(measured.posture, reps, loads),
        "mechanisms": [cause.to_dict() for cause in causes],
        "top_against_bottom": ends.to_dict() if ends is not None else None,
    }


def _record(
    measured: Measured,
    settings: Settings,
    load_kg: float | None,
    body_mass_kg: float | None,
    height_cm: float | None,
    lifter: str | None,
    lift: str,
) -> dict[str, Any]:
    """Write down what was asked and done."""
    asked = {
        "lift_asked": lift,
        "load_kg": load_kg,
        "body_mass_kg": body_mass_kg,
        "height_cm": height_cm,
        "lifter": lifter,
    }
    return {**asked, **settings.model_dump(), **measured.settings}
