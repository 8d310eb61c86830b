"""Events: where in a rep the low back rounds, and the level that each is measured from.

The same functions find over-arching: they are then given the flipped back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backline.findings.window_means import LowBack, WindowMean, difference
from backline.reps import Lift, Phase, Rep
from backline.signals.filters import known_median, runs_of

BOTTOM_SLACK_S = 0.1
"""A peak this close to the bottom belongs to it, seconds."""
LOCKOUT_SLACK_S = 0.2
"""A peak this shortly before the top is reached belongs to the lockout, seconds."""
UPRIGHT_WITHIN_DEG = 10.0
"""But only while the trunk leans by no more than this beyond the lockout's median, degrees: 0.2 s
before the top a fast lifter still leans by 25 degrees, and that is the way up. Judgement."""
AROUND_S = 0.5
"""The flanks of an event are searched for this far outside the rep, seconds."""
FLANK_SPEED = 6.0
"""Speed from which a fall at the start of bottom or lockout belongs to the event before, and a
rise at the end of the bottom to the event after, degrees/s."""
DESCENT_SPREAD_DEG, TRUSTED_SD_DEG = 3.0, 2.5
"""Prior standard deviation of a descent's most extended point about the standing reference, and the
deviation below which a source's value is used without the prior (markers, sensors, stickers),
degrees. Judgement, on 120 rendered clips of validation's seed 5 (see `training/MODEL_CARD.md`)."""
NOT_ADDITIVE = 0.5
"""Share of the reference's deviation that remains in a turn-back, whose ends are different
postures: another reference does not shift all estimates equally (on the example lift, with a
tucked top as reference, a turn-back changed by 8 degrees where the reference was off by 11 to
13)."""
OTHER_LOCKOUTS = 2
"""Least number of other lockouts to compare a lockout with."""
VALLEY_DEG = 1.5
"""Two peaks with a shallower valley than this between them count as one event, degrees."""


@dataclass(frozen=True)
class Event:
    """One stretch of one rep before the decision whether it is a finding.

    Parameters
    ----------
    where : str
        Phase of the peak.
    peak, base : WindowMean
        The peak and what it is measured from (None: the standing reference).
    size_deg, sd_deg : float
        Size and standard deviation, degrees; a negative size is no event.
    first, last : int
        Frames of the stretch above half the size.
    foot : int
        Last frame before the peak that is below a tenth of the size.
    """

    where: Phase
    peak: WindowMean
    base: WindowMean | None
    size_deg: float
    sd_deg: float
    first: int
    last: int
    foot: int


def bottom_event(back: LowBack, rep: Rep, lift: Lift) -> Event | None:
    """Return the event at the bottom.

    In a squat that is the turn-back: from the most extended point of the descent to the
    bottom's peak. In a deadlift it is the difference from the reference.
    """
    return turn_back(back, rep) if lift == "squat" else bottom_change(back, rep)


def bottom_change(back: LowBack, rep: Rep) -> Event | None:
    """Return the event at the bottom relative to the reference."""
    peak = _bottom_peak(back, rep)
    return None if peak is None else _event(back, "bottom", peak, None, rep)


def sized_bottom(back: LowBack, rep: Rep, lift: Lift, outlined: bool) -> Event | None:
    """Return the event whose size is reported for a bottom.

    Where the source sees outlines, the size is the turn-back, and the change from the reference
    where no turn-back is measured; else it depends on the lift, see `bottom_event`.
    """
    if outlined:
        return turn_back(back, rep) or bottom_change(back, rep)
    return bottom_event(back, rep, lift)


def goes_down_first(rep: Rep) -> bool:
    """Return whether a rep begins at the top, not on the floor."""
    descent, bottom = rep.phases.get("descent"), rep.phases.get("bottom")
    return descent is not None and bottom is not None and descent[0] < bottom[0]


def turn_back(back: LowBack, rep: Rep) -> Event | None:
    """Return the turn at the bottom: from the rep's most extended moment to the bottom's peak.

    That moment is searched for in the descent; in a rep from the floor, without a visible descent,
    in the rest of the rep. No reference is needed for it.
    """
    peak = _bottom_peak(back, rep)
    if peak is None:
        return None
    window = back.settings.event_window_s
    if goes_down_first(rep):
        if not back.measured(rep, "descent"):
            return None
        span = back.frames(rep.phases["descent"][0], back.time_s[peak.at])
    else:
        if not any(back.measured(rep, phase) for phase in ("ascent", "lockout", "descent")):
            return None
        span = back.frames(rep.start_s, rep.end_s)
    base = back.smallest(*span, window)
    if base is not None and not back.reference.within_reps:
        base = base.expected_near_standing(DESCENT_SPREAD_DEG, TRUSTED_SD_DEG)
    return None if base is None else _event(back, "bottom", peak, base, rep)


def _bottom_peak(back: LowBack, rep: Rep) -> WindowMean | None:
    """Return the largest mean around the bottom, without the flanks of neighbouring events."""
    if not back.measured(rep, "bottom"):
        return None
    start, end = rep.phases["bottom"]
    window = back.settings.event_window_s
    reach = BOTTOM_SLACK_S + window / 2
    first, last = back.frames(start - reach, end + reach)
    while first < last and back.trend_speed[first] < -FLANK_SPEED:
        first += 1
    while last > first and back.trend_speed[last] > FLANK_SPEED:
        last -= 1
    return back.largest(first, last, window)


def lockout_event(back: LowBack, rep: Rep, reps: Sequence[Rep] = ()) -> Event | None:
    """Return the event at the top, relative to the reference.

    Its size is the largest mean over the lockout's window (at most half of the lockout), after any
    rounding of the ascent has stopped falling. Where the reference is the set's own lockouts, it
    is measured against those of the other reps, since a tuck that is in all of them cannot be
    determined; without a reference there is no event.

    Parameters
    ----------
    back : LowBack
        The low back.
    rep : Rep
        The rep.
    reps : sequence of Rep
        All of the set's, for a reference that is the lockouts.
    """
    kind = back.reference.kind
    if kind == "none":
        return None
    event = _lockout_event(back, rep, None)
    if kind != "lockouts" or event is None:
        return event
    others = [_lockout_event(back, one, None) for one in reps if one.index != rep.index]
    peaks = [one.peak for one in others if one is not None]
    if len(peaks) < OTHER_LOCKOUTS:
        return None
    values = np.array([one.value_deg for one in peaks])
    random = float(np.std(values, ddof=1)) / np.sqrt(len(values))
    base = WindowMean(event.peak.at, float(np.median(values)), random, peaks[0].shared_sd_deg)
    return _lockout_event(back, rep, base)


def _lockout_event(back: LowBack, rep: Rep, base: WindowMean | None) -> Event | None:
    """Return a lockout's event, relative to a base."""
    if not back.measured(rep, "lockout"):
        return None
    start, end = rep.phases["lockout"]
    first, last = back.frames(start - LOCKOUT_SLACK_S, end)
    first = max(first, _upright_from(back, *back.frames(start, end)))
    while first < last and back.trend_speed[first] < -FLANK_SPEED:
        first += 1
    half = float(back.time_s[last] - back.time_s[first]) / 2
    window = max(min(back.settings.lockout_window_s, half), back.settings.event_window_s)
    peak = back.largest(first, last, window)
    return None if peak is None else _event(back, "lockout", peak, base, rep)


def _upright_from(back: LowBack, start: int, last: int) -> int:
    """Return the first frame of the upright stretch that leads into a lockout's frames."""
    limit = known_median(back.trunk_lean_deg[start : last + 1]) + UPRIGHT_WITHIN_DEG
    while start > 0 and not back.trunk_lean_deg[start - 1] > limit:
        start -= 1
    return start


def way_event(
    back: LowBack, rep: Rep, way: Phase, bottom: Event | None, lockout: Event | None
) -> tuple[Event | None, bool]:
    """Return a peak in the descent or ascent that is no flank of the bottom or the top.

    It has a flank on either side; it is measured from the line between their feet or from the
    standing reference, whichever gives less.

    Parameters
    ----------
    back, rep
        Where to look.
    way : {"descent", "ascent"}
        Which phase.
    bottom, lockout : Event or None
        The rep's events there, whose peaks bound the search.

    Returns
    -------
    event : Event or None
        The peak.
    merged : bool
        Whether the bottom is only the peak's flank, so that both are one event.
    """
    span = rep.phases.get(way)
    if span is None or not back.measured(rep, way):
        return None, False
    first, last = back.frames(rep.start_s - AROUND_S, rep.end_s + AROUND_S)
    low, high = first, last
    for end in (bottom, lockout):
        if end is not None and back.time_s[end.peak.at] <= span[0] + LOCKOUT_SLACK_S:
            low = max(low, end.peak.at)
        elif end is not None:
            high = min(high, end.peak.at)
    at = _bump(back, low, high, _own_part(rep, way, span))
    if at is None:
        return None, False
    if bottom is None or not _one_hill(back, at, bottom.peak.at):
        return _over_flanks(back, way, at, low, high, rep), False
    turns = bottom.base is not None  # a squat's bottom, which is part of the same movement
    if at < bottom.peak.at:
        high = last if turns else back.frames(*rep.phases["bottom"])[1]
    else:
        low = first if turns else back.frames(*rep.phases["bottom"])[0]
    event = _over_flanks(back, way, at, low, high, rep)
    return event, turns and event is not None


def _one_hill(back: LowBack, at: int, bottom: int) -> bool:
    """Return whether there is no valley between a peak and the bottom's peak."""
    first, last = sorted((at, bottom))
    valley = float(np.nanmin(back.peak_deg[first : last + 1]))
    return valley >= float(back.peak_deg[bottom]) - VALLEY_DEG


def _own_part(rep: Rep, way: Phase, span: tuple[float, float]) -> tuple[float, float]:
    """Return the part of a phase, seconds, whose peaks belong neither to bottom nor lockout."""
    start, end = span
    slacks: tuple[tuple[Phase, float], ...] = (
        ("bottom", BOTTOM_SLACK_S),
        ("lockout", LOCKOUT_SLACK_S),
    )
    for phase, slack in slacks:
        other = rep.phases.get(phase)
        if other is None:
            continue
        if other[0] >= end - 1e-9:
            end = min(end, other[0] - slack)
        elif phase == "bottom":
            start = max(start, other[1] + slack)
    return start, end


def _bump(back: LowBack, low: int, high: int, part: tuple[float, float]) -> int | None:
    """Return the frame of the most prominent peak inside ``part``, or None."""
    from scipy.signal import find_peaks

    known = low + np.flatnonzero(np.isfinite(back.peak_deg[low : high + 1]))
    if len(known) < 3:
        return None
    peaks, shape = find_peaks(
        back.peak_deg[known], prominence=back.settings.uncertain_from_deg, plateau_size=1
    )
    best: int | None = None
    most = 0.0
    for place, prominence in zip(peaks, shape["prominences"], strict=True):
        at = int(known[place])
        if part[0] <= back.time_s[at] <= part[1] and prominence > most:
            best, most = at, float(prominence)
    return best


def _over_flanks(back: LowBack, way: Phase, at: int, low: int, high: int, rep: Rep) -> Event | None:
    """Measure a peak from the line between its flanks, or from the reference if that is less."""
    window = back.settings.event_window_s
    peak = back.largest(*_around(back, at, window), window)
    left, right = back.smallest(low, at, window), back.smallest(at, high, window)
    if peak is None or left is None or right is None:
        return None
    times = back.time_s
    part = (times[at] - times[left.at]) / max(times[right.at] - times[left.at], 1e-9)
    line = left.value_deg + float(np.clip(part, 0, 1)) * (right.value_deg - left.value_deg)
    base = None
    if line > 0:
        base = WindowMean(left.at, line, left.random_sd_deg, left.shared_sd_deg)
    return _event(back, way, peak, base, rep)


def _around(back: LowBack, at: int, window_s: float) -> tuple[int, int]:
    """Return the frames of a window and a half around a frame."""
    return back.frames(back.time_s[at] - 0.75 * window_s, back.time_s[at] + 0.75 * window_s)


def arch_events(back: LowBack, rep: Rep) -> list[Event]:
    """Return the stretches of large over-arching away from the top.

    Parameters
    ----------
    back : LowBack
        The flipped back (+ is extension).
    rep : Rep
        Where to look.

    Returns
    -------
    list of Event
        One for each contiguous stretch beyond half of `Settings.arch_from_deg`, at its peak.
    """
    first, last = back.frames(rep.start_s, rep.end_s)
    known = np.flatnonzero(np.isfinite(back.peak_deg[first : last + 1])) + first
    half = back.settings.arch_from_deg / 2
    events = []
    for a, b in runs_of(back.peak_deg[known] > half):
        peak = back.largest(int(known[a]), int(known[b - 1]), back.settings.event_window_s)
        where = None if peak is None else phase_of(rep, float(back.time_s[peak.at]))
        if peak is not None and where is not None and where != "lockout":
            events.append(_event(back, where, peak, None, rep))
    return events


def phase_of(rep: Rep, time_s: float) -> Phase | None:
    """Return the phase of a rep at a time, None outside."""
    for phase, (start, end) in rep.phases.items():
        if start <= time_s <= end:
            return phase
    return None


def _event(
    back: LowBack, where: Phase, peak: WindowMean, base: WindowMean | None, rep: Rep
) -> Event:
    """Return an event with its size and the stretch above half of it."""
    doubt = back.reference.sd_deg
    if base is not None:
        doubt *= NOT_ADDITIVE if where == "bottom" else 0.0
    size, sd = difference(peak, base, back.settings, doubt)
    floor = (0.0 if base is None else base.value_deg) + size / 2
    first, last = back.frames(rep.start_s - AROUND_S, rep.end_s + AROUND_S)
    below = (
        back.peak_deg < floor
    )  # an unknown frame is not below: short gaps do not end the stretch
    begin = end = peak.at
    while begin > first and not below[begin - 1]:
        begin -= 1
    while end < last and not below[end + 1]:
        end += 1
    known = begin + np.flatnonzero(np.isfinite(back.peak_deg[begin : end + 1]))
    if len(known):
        begin, end = int(known[0]), int(known[-1])
    foot = begin
    low = floor - 0.4 * size
    while foot > first and not back.peak_deg[foot] < low:
        foot -= 1
    return Event(where, peak, base, size, sd, begin, end, foot)
