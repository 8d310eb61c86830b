"""Finding where in the lift the low back rounds, over-arches or drifts, and how much."""

from __future__ import annotations

from dataclasses import dataclass, replace

from backline.findings.drift import Trend, trends_of
from backline.findings.events import (
    Event,
    arch_events,
    bottom_event,
    lockout_event,
    way_event,
)
from backline.findings.finding import Finding, Kind
from backline.findings.levels import Back, back_of, probability_above
from backline.findings.sentences import explain, name_of
from backline.findings.shape import curve_at, pelvis_share
from backline.posture import Posture
from backline.reps import Lift, Phase, Rep
from backline.settings import Settings


@dataclass(frozen=True)
class _Case:
    """What every step of the search needs."""

    posture: Posture
    reps: tuple[Rep, ...]
    lift: Lift
    back: Back
    settings: Settings


def find_findings(
    posture: Posture, reps: tuple[Rep, ...], lift: Lift, settings: Settings
) -> tuple[Finding, ...]:
    """Find where in the lift the low back rounds, over-arches or drifts, and how much.

    Parameters
    ----------
    posture : Posture
        The clip.
    reps : tuple of Rep
        Its reps.
    lift : {"squat", "deadlift"}
        A squat's bottom is sized by its turn-back, a deadlift's against own standing.
    settings : Settings
        Thresholds.

    Returns
    -------
    tuple of Finding
        In the order of time; drift last. Frames that are not measurable never give one.
        ``mechanism``, ``load`` and ``cues`` are left for those who know more.
    """
    if not reps:
        return ()
    case = _Case(posture, reps, lift, back_of(posture, settings), settings)
    found = [f for rep in reps for f in (*_roundings(case, rep), *_arches(case, rep))]
    found.sort(key=lambda f: f.peak_s)
    return (*found, *_drifts(case))


def judge(size_deg: float, sd_deg: float, settings: Settings) -> tuple[float, bool] | None:
    """Decide whether a size is reported.

    Returns
    -------
    (probability, certain) or None
        Probability that the true size is above `Settings.uncertain_from_deg`, and whether the
        finding is certain; None where nothing is said.
    """
    if not size_deg >= settings.uncertain_from_deg:
        return None
    probability = probability_above(size_deg, sd_deg, settings.uncertain_from_deg)
    if size_deg >= settings.report_from_deg and probability >= settings.report_probability:
        return probability, True
    if probability_above(size_deg, sd_deg, 0.0) >= settings.uncertain_probability:
        return probability, False
    return None


def _roundings(case: _Case, rep: Rep) -> list[Finding]:
    """Return the roundings of one rep."""
    bottom = bottom_event(case.back, rep, case.lift)
    lockout = lockout_event(case.back, rep)
    found: list[Finding] = []
    for way in _ways():
        event, merged = way_event(case.back, rep, way, bottom, lockout)
        finding = _finding(case, rep, "rounding", event)
        found += finding
        if finding and merged:
            bottom = None
    return [
        *found,
        *_finding(case, rep, "rounding", bottom),
        *_finding(case, rep, "rounding", lockout),
    ]


def _arches(case: _Case, rep: Rep) -> list[Finding]:
    """Return the over-arching of one rep: at the top as usual, elsewhere only where large."""
    flipped = case.back.flipped()
    large = [e for e in arch_events(flipped, rep) if e.size_deg >= case.settings.arch_from_deg]
    events = [lockout_event(flipped, rep), *large]
    found = [f for event in events for f in _finding(case, rep, "over_extension", event)]
    return [f for f in found if f.where == "lockout" or f.certain]


def _finding(case: _Case, rep: Rep, kind: Kind, event: Event | None) -> list[Finding]:
    """Turn an event into a finding, or into nothing."""
    verdict = None if event is None else judge(event.size_deg, event.sd_deg, case.settings)
    if event is None or verdict is None:
        return []
    time_s = case.posture.time_s
    peak_s = float(time_s[event.peak.at])
    finding = Finding(
        kind=kind,
        where=event.where,
        name=name_of(kind, event.where, case.lift),
        rep=rep.index,
        start_s=float(time_s[event.first]),
        peak_s=peak_s,
        end_s=float(time_s[event.last]),
        size_deg=event.size_deg,
        sd_deg=event.sd_deg,
        probability=verdict[0],
        certain=verdict[1],
        curve=curve_at(case.posture, peak_s, case.settings),
        pelvis_share=pelvis_share(case.posture, event, case.settings),
    )
    pelvis = float(case.posture.pelvic_tilt_deg[event.peak.at])
    return [replace(finding, explanation=explain(finding, case.lift, pelvis))]


def _drifts(case: _Case) -> list[Finding]:
    """Return the places where the rounding grows over the set."""
    sized: dict[Phase, list[tuple[Rep, Event]]] = {"bottom": [], "lockout": []}
    for rep in case.reps:
        for event in (bottom_event(case.back, rep, case.lift), lockout_event(case.back, rep)):
            if event is not None:
                sized[event.where].append((rep, event))
    return [
        _drift(case, trend)
        for trend in trends_of(case.back, case.reps, sized)
        if trend.growth_deg >= case.settings.report_from_deg and trend.low_deg > 0
    ]


def _drift(case: _Case, trend: Trend) -> Finding:
    """Turn a trend into a finding over the whole set."""
    settings = case.settings
    sd = max(trend.growth_sd_deg, settings.sd_floor_deg)
    probability = probability_above(trend.growth_deg, sd, settings.uncertain_from_deg)
    finding = Finding(
        kind="drift",
        where=trend.where,
        name=name_of("drift", trend.where, case.lift),
        rep=0,
        start_s=case.reps[0].start_s,
        peak_s=trend.peak_s,
        end_s=case.reps[-1].end_s,
        size_deg=trend.growth_deg,
        sd_deg=sd,
        probability=probability,
        certain=probability >= settings.report_probability,
        curve=curve_at(case.posture, trend.peak_s, settings),
    )
    return replace(finding, explanation=explain(finding, case.lift, reps=len(case.reps)))


def _ways() -> tuple[Phase, Phase]:
    """Return the two ways between bottom and top."""
    return "descent", "ascent"
