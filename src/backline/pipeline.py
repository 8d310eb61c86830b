"""analyze(): from a source to findings, all steps in order."""

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
from backline.findings.mechanism import Mechanism, explain, mechanisms
from backline.findings.summary import Summary
from backline.findings.top_bottom import top_against_bottom
from backline.loads import LoadSeries, load_series
from backline.loads.full_body import muscles_for_thread
from backline.loads.glutes import GluteSeries, glute_series
from backline.loads.load_summary import summarise_glutes, summarise_load
from backline.model.measurement import Measured
from backline.model.trial import BarPlace, Sex, Trial, check_choice
from backline.parallel import one_blas_thread
from backline.progress import ProgressCallback
from backline.reps import Lift, Rep, detect_lift, find_reps
from backline.settings import Settings
from backline.sources import DEFAULT_ENGINE
from backline.sources.observation_cache import open_or_recall
from backline.sources.registry import SourceOptions
from backline.texts import speaking


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
    """Find where in a lift the low back rounds, how much, and in which reps.

    Parameters
    ----------
    source : str or Path
        A video, a folder of numbered images as ``FOLDER@RATE``, motion capture, and so on.
    lift, load_kg, body_mass_kg, height_cm, sex, bar_place, lifter, cue, settings : optional
        See `conclude`.
    standing, side, engine, mapping, stickers, video, progress : optional
        See `backline.sources.registry.SourceOptions`.
    keep : str or Path, optional
        Folder that caches a video's observations, so that another ``standing`` needs no new pass.

    Returns
    -------
    Analysis
        Check ``quality.verdict`` first: with ``"refused"`` no low-back number is valid.

    Raises
    ------
    SourceError, UsageError, NotMeasurableError
        If the source cannot be read, an option is impossible, or the given standing shows none.
    """
    check_choice("side", side, ("auto", "left", "right"))
    trial = Trial(
        lift=lift, load_kg=load_kg, body_mass_kg=body_mass_kg, height_cm=height_cm, sex=sex,
        bar_place=bar_place, lifter=lifter, cue=cue,
    ).check()  # fmt: skip
    options = SourceOptions(
        side=side, engine=engine, standing=_standing(standing), settings=settings or Settings(),
        progress=progress, mapping=_path(mapping), stickers=stickers, video=_path(video),
        meanwhile=slow_parts(), lift=lift,
    )  # fmt: skip
    measured = open_or_recall(Path(source), options, _path(keep))
    return conclude(measured, trial, settings=settings)


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else Path(given)


def slow_parts() -> tuple[Callable[[], object], ...]:
    """Return tasks that load what `conclude` needs, slow the first time in a process.

    Made for `backline.sources.registry.SourceOptions.meanwhile`.
    """
    return partial(import_module, "scipy.signal"), muscles_for_thread()


def _standing(
    given: str | Path | tuple[float, float] | None,
) -> Path | tuple[float, float] | None:
    """Return the given standing reference, checked: a clip, or start and end in seconds."""
    if given is None or isinstance(given, (str, Path)):
        return None if given is None else Path(given)
    start_s, end_s = given
    if not 0 <= start_s < end_s:
        raise UsageError(
            f"The standing reference was given as {start_s:g} to {end_s:g} s, expected an end "
            "after the start and neither below zero: give start and end in seconds."
        )
    return start_s, end_s


def conclude(
    measured: Measured,
    trial: Trial | None = None,
    *,
    settings: Settings | None = None,
    within: tuple[float, float] | None = None,
    without: Collection[tuple[str, str, int]] = (),
    muscles: bool = True,
) -> Analysis:
    """Find reps, findings, causes and load in a measurement.

    Parameters
    ----------
    measured : Measured
        From `backline.sources.registry.open_source`.
    trial : Trial, optional
        Lifter, lift, load and cue.
    settings : Settings, optional
        Thresholds and filters.
    within : (float, float), optional
        Only reps whose bottom lies between these seconds count.
    without : collection of (str, str, int)
        Findings that a person has rejected, by kind, place and rep.
    muscles : bool
        Whether the second model of the load, muscle by muscle, is computed too (most of the
        computing time).

    Returns
    -------
    Analysis
        The same as `analyze` gives.

    Raises
    ------
    UsageError
        If a value of the trial is impossible.
    """
    settings, trial = settings or Settings(), (trial or Trial()).check()
    # What is written and compared is English; pages translate it.
    with one_blas_thread(), speaking("en"):
        return _conclude(measured, trial, settings, within, without, muscles=muscles)


def _conclude(
    measured: Measured,
    trial: Trial,
    settings: Settings,
    within: tuple[float, float] | None,
    without: Collection[tuple[str, str, int]],
    *,
    muscles: bool,
) -> Analysis:
    """Do what `conclude` says."""
    posture = measured.posture
    lift = detect_lift(posture) if trial.lift == "auto" else trial.lift
    reps = measure_reps(posture, _inside(find_reps(posture, lift), within), lift, settings)
    loads = load_series(
        posture, load_kg=trial.load_kg, body_mass_kg=trial.body_mass_kg,
        height_cm=trial.height_cm, lift=lift, bar_place=trial.bar_place, reps=reps,
        sex=trial.sex, table=settings.segment_table, muscles=muscles,
    )  # fmt: skip
    glutes = glute_series(posture, trial.height_cm)
    causes = _causes(measured, reps, lift, settings, without)
    findings = choose(explain(causes, posture, loads), lift)
    return Analysis(
        source=measured.source, engine=measured.engine, view=measured.view,
        quality=measured.quality, evidence=measured.evidence,
        second_estimate=measured.second_estimate, landmarks=measured.landmarks,
        settings={
            **trial.asked(), **settings.model_dump(), **measured.settings,
            "sex": trial.sex, "bar_place_asked": trial.bar_place,
        },
        lift=lift, posture=posture, reps=reps, findings=findings, loads=loads, glutes=glutes,
        summary=_summary(measured, causes, findings, reps, loads, glutes, settings, trial.cue),
    )  # fmt: skip


def _causes(
    measured: Measured,
    reps: tuple[Rep, ...],
    lift: Lift,
    settings: Settings,
    without: Collection[tuple[str, str, int]],
) -> tuple[Mechanism, ...]:
    """Return the findings with their mechanisms; none in a refused clip."""
    if measured.quality.verdict == "refused":
        return ()
    found = find_findings(measured.posture, reps, lift, settings)
    found = tuple(f for f in found if (f.kind, f.where, f.rep) not in without)
    return mechanisms(found, measured.posture, reps, settings)


def _summary(
    measured: Measured,
    causes: tuple[Mechanism, ...],
    findings: tuple[Finding, ...],
    reps: tuple[Rep, ...],
    loads: LoadSeries,
    glutes: GluteSeries,
    settings: Settings,
    cue: str | None,
) -> Summary:
    """Return the short answers."""
    posture = measured.posture
    missing = not_measured(posture, reps, settings)
    measured_reps = measured_part(reps, missing)
    ends = top_against_bottom(posture, measured_reps, loads)
    return {
        **summarise(findings, reps, missing, cue, settings),
        "load_notes": list(loads.notes),
        "load": summarise_load(posture, reps, loads),
        "mechanisms": [cause.to_dict() for cause in causes],
        "top_against_bottom": ends.to_dict() if ends is not None else None,
        "glutes": summarise_glutes(posture, measured_reps, glutes, loads),
        "cues": chosen_ids(findings),
    }


def _inside(reps: tuple[Rep, ...], within: tuple[float, float] | None) -> tuple[Rep, ...]:
    """Return the reps whose bottom is within a span, renumbered."""
    if within is None:
        return reps
    kept = [rep for rep in reps if within[0] <= rep.bottom_s <= within[1]]
    return tuple(replace(rep, index=number) for number, rep in enumerate(kept, start=1))
