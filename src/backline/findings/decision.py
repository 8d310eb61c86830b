"""Decides what counts as a finding: where the low back rounds, over-arches or drifts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from backline.findings.curve_change import curve_at, pelvis_share
from backline.findings.drift import Trend, trends_of
from backline.findings.events import (
    Event,
    arch_events,
    bottom_change,
    bottom_event,
    goes_down_first,
    lockout_event,
    sized_bottom,
    way_event,
)
from backline.findings.finding import Finding, Kind, ProbabilityOf
from backline.findings.outside_reps import outside_reps
from backline.findings.sentences import explain, name_of
from backline.findings.shape_grade import bulge_at, past_flat, straightness
from backline.findings.window_means import (
    LowBack,
    is_certain_size,
    low_back_of,
    probability_above,
)
from backline.model.posture import Posture
from backline.reps import Lift, Phase, Rep
from backline.settings import Settings

UNLIKELY = 0.5
"""Least probability of a shape rounded past flat that is reported."""
BENT_SHARE = 0.5
"""A deadlifter is bent down where the trunk leans by this share of the rep's greatest lean. The
bounds of the outline were set on bottoms; on a real flat-backed deadlift the shirt over the buttock
stood out by 0.045 at a lean of 20 degrees. Judgement."""
LIKELY_STRAIGHT = 0.9
"""A turn-back is as certain as its size where the back is straight or rounded with this
probability."""


@dataclass(frozen=True)
class _Case:
    """The data of all steps of the search."""

    posture: Posture
    reps: tuple[Rep, ...]
    lift: Lift
    back: LowBack
    settings: Settings

    @property
    def outlined(self) -> bool:
        """Whether the source has outlines, so that shapes are known."""
        return bool(np.isfinite(self.posture.back_bulge).any())


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
        A squat's bottom is sized by its turn-back, a deadlift's against the standing reference.
    settings : Settings
        Thresholds.

    Returns
    -------
    tuple of Finding
        In the order of time; drift last. Frames that are not measurable never give one. What lies
        outside every rep has rep 0, see `backline.findings.outside_reps`. ``mechanism``, ``load``
        and ``cues`` are filled in later.
    """
    case = _Case(posture, reps, lift, low_back_of(posture, settings), settings)
    found = [f for rep in reps for f in (*_roundings(case, rep), *_arches(case, rep))]
    found += outside_reps(posture, case.back, reps, settings)
    found.sort(key=lambda f: f.peak_s)
    return (*found, *(_drifts(case) if reps else ()))


def judge(size_deg: float, sd_deg: float, settings: Settings) -> tuple[float, bool] | None:
    """Decide whether a size is reported.

    Returns
    -------
    (probability, certain) or None
        Probability that the true size is above `Settings.uncertain_from_deg`, and whether the
        finding is certain; None where nothing is reported.
    """
    if not size_deg >= settings.uncertain_from_deg:
        return None
    probability = probability_above(size_deg, sd_deg, settings.uncertain_from_deg)
    if is_certain_size(size_deg, sd_deg, settings):
        return probability, True
    if probability_above(size_deg, sd_deg, 0.0) >= settings.uncertain_probability:
        return probability, False
    return None


def _roundings(case: _Case, rep: Rep) -> list[Finding]:
    """Return the roundings of one rep."""
    bottom = sized_bottom(case.back, rep, case.lift, case.outlined)
    lockout = lockout_event(case.back, rep, case.reps)
    found: list[Finding] = []
    for way in _ways():
        event, merged = way_event(case.back, rep, way, bottom, lockout)
        finding = _on_the_way(case, rep, event)
        found += finding
        if finding and merged:
            bottom = None
    return [*found, *_at_bottom(case, rep, bottom), *_finding(case, rep, "rounding", lockout)]


def _at_bottom(case: _Case, rep: Rep, event: Event | None) -> list[Finding]:
    """Return the rounding at the bottom, where one of three signs shows it.

    A shape that is rounded past flat; a turn-back in a rep that goes down first, unless the
    outline shows that the back is still hollow; a change beyond the published range. A source
    without outlines (markers, sensors) has more accurate angles than a picture, and no shape:
    there the size alone counts, of the turn-back in a squat and of the change in a deadlift.
    """
    if event is None:
        return []
    if not case.outlined:
        return _finding(case, rep, "rounding", event)
    settings, grade = case.settings, rep.grade
    rounded = grade.rounded if grade is not None else float("nan")
    found = _finding(case, rep, "rounding", event) if goes_down_first(rep) else []
    straight = grade.straight if grade is not None else float("nan")
    if np.isfinite(straight) or not _is_beyond_flat(event.size_deg, event.sd_deg, settings):
        found = _as_outlined(case, found, straight)
    if rounded > UNLIKELY and event.size_deg >= settings.uncertain_from_deg:
        sure = rounded >= settings.report_probability
        sure &= event.size_deg >= settings.report_from_deg
        if sure or not any(f.certain for f in found):
            found = [_made(case, rep, "rounding", event, (rounded, sure), "shape")]
    change = bottom_change(case.back, rep)
    if change is not None and not any(f.certain for f in found):
        beyond = _beyond_published(case, change)
        if beyond >= settings.report_probability:
            found = [_made(case, rep, "rounding", event, (beyond, True), "change")]
    return found


def _on_the_way(case: _Case, rep: Rep, event: Event | None) -> list[Finding]:
    """Return a rounding in the descent or ascent, unless the outline is still hollow there.

    In a deadlift a flat back bends by 10 degrees on the way and is set straight again at the floor,
    so there the outline must be past flat; and while the trunk is still nearly upright, where the
    outline shows shirt and buttock more than the back, the turn must be beyond that of flat backs.
    """
    found = _finding(case, rep, "rounding", event)
    if not found:
        return []
    first = found[0]
    upright = case.lift == "deadlift" and not _is_bent(case.posture, rep, first.peak_s)
    large = _is_beyond_flat(first.size_deg, first.sd_deg, case.settings)
    if case.outlined and upright and not large:
        return []
    bulge = bulge_at(case.posture, first.peak_s, case.settings)
    shaped = past_flat if case.lift == "deadlift" else straightness
    return _as_outlined(case, found, shaped(bulge, case.settings))


def _is_beyond_flat(size_deg: float, sd_deg: float, settings: Settings) -> bool:
    """Whether a turn is certainly larger than flat backs make."""
    sure = probability_above(size_deg, sd_deg, settings.flat_turn_back_deg)
    return sure >= settings.report_probability


def _is_bent(posture: Posture, rep: Rep, at_s: float) -> bool:
    """Whether the trunk leans at a moment at least by a share of what it does in the rep."""
    lean = np.where(posture.measurable, posture.trunk_lean_deg, np.nan)
    inside = (posture.time_s >= rep.start_s) & (posture.time_s <= rep.end_s) & np.isfinite(lean)
    if not inside.any():
        return True
    return bool(lean[posture.index_at(at_s)] >= BENT_SHARE * np.max(lean[inside]))


def _as_outlined(case: _Case, found: list[Finding], straight: float) -> list[Finding]:
    """Combine findings of a turn with the probability that the back is straight or rounded there.

    The turn alone does not separate rounded from flat backs on real clips. Where the outline is
    still hollow there is no finding; where it is not visible the finding is uncertain. Findings of
    a source without outlines (markers, sensors) stay as they are.
    """
    if not case.outlined:
        return found
    if np.isfinite(straight) and straight < 0.5:
        return []
    if straight >= LIKELY_STRAIGHT:
        return found
    return [_doubted(case, f) for f in found]


def _beyond_published(case: _Case, event: Event) -> float:
    """Return the probability that a change is larger than nearly all published ones."""
    limit = {
        "squat": case.settings.squat_change_limit_deg,
        "deadlift": case.settings.deadlift_change_limit_deg,
    }[case.lift]
    return probability_above(event.size_deg, event.sd_deg, limit)


def _arches(case: _Case, rep: Rep) -> list[Finding]:
    """Return the over-arching of one rep: at the top like rounding, elsewhere only where large."""
    flipped = case.back.flipped()
    large = [e for e in arch_events(flipped, rep) if e.size_deg >= case.settings.arch_from_deg]
    events = [lockout_event(flipped, rep, case.reps), *large]
    found = [f for event in events for f in _finding(case, rep, "over_extension", event)]
    return [f for f in found if f.where == "lockout" or f.certain]


def _finding(case: _Case, rep: Rep, kind: Kind, event: Event | None) -> list[Finding]:
    """Return an event's finding, if it is one."""
    verdict = None if event is None else judge(event.size_deg, event.sd_deg, case.settings)
    if event is None or verdict is None:
        return []
    return [_made(case, rep, kind, event, verdict)]


def _made(
    case: _Case,
    rep: Rep,
    kind: Kind,
    event: Event,
    verdict: tuple[float, bool],
    about: ProbabilityOf = "size",
) -> Finding:
    """Build the finding of an event with its probability, and whether it is certain."""
    time_s = case.posture.time_s
    peak_s = float(time_s[event.peak.at])
    curve = curve_at(case.posture, peak_s, case.settings)
    if event.where == "bottom" and rep.grade is not None and rep.grade.shape != "unknown":
        curve = rep.grade.shape
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
        curve=curve,
        pelvis_share=pelvis_share(case.posture, event, case.settings),
        probability_of=about,
    )
    return _explained(case, finding, event.base is not None)


def _doubted(case: _Case, finding: Finding) -> Finding:
    """Return a finding as uncertain, with its sentence.

    Certainty follows from size and probability in ``analysis.json``, so both are brought in line.
    """
    probability = min(finding.probability, case.settings.report_probability - 0.01)
    return _explained(case, replace(finding, probability=probability, certain=False))


def _explained(case: _Case, finding: Finding, turned: bool = False) -> Finding:
    """Return a finding with its sentence, which says whether a bottom's size is its turn-back."""
    pelvis = float(case.posture.pelvic_tilt_deg[case.posture.index_at(finding.peak_s)])
    kind = case.posture.reference.kind
    words = explain(
        finding, case.lift, pelvis, reference=kind, turned=turned, settings=case.settings
    )
    return replace(finding, explanation=words)


def _drifts(case: _Case) -> list[Finding]:
    """Return the places where the rounding grows over the set.

    With a reference the bottom's sizes are its changes from it, in squats too: the reference's
    error is the same in every rep, while each turn-back starts from its own descent's most extended
    moment. In real sets of neutral reps the turn-backs grew by 4 degrees, these changes by 1 to 3.
    """
    sized: dict[Phase, list[tuple[Rep, Event]]] = {"bottom": [], "lockout": []}
    for rep in case.reps:
        for event in (_bottom_for_trend(case, rep), lockout_event(case.back, rep, case.reps)):
            if event is not None:
                sized[event.where].append((rep, event))
    return [
        _drift(case, trend)
        for trend in trends_of(case.back, case.reps, sized)
        if trend.growth_deg >= case.settings.report_from_deg and trend.low_deg > 0
    ]


def _bottom_for_trend(case: _Case, rep: Rep) -> Event | None:
    """Return the event at the bottom whose size is compared from rep to rep."""
    if case.back.reference.within_reps:
        return bottom_event(case.back, rep, case.lift)
    return bottom_change(case.back, rep)


def _drift(case: _Case, trend: Trend) -> Finding:
    """Return a trend's finding over the whole set."""
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
