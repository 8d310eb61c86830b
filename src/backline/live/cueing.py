"""When to give a cue: the bound, the phase that is trained, and a schedule that fades."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from backline.findings.decision import LIKELY_STRAIGHT
from backline.findings.events import DESCENT_SPREAD_DEG, TRUSTED_SD_DEG
from backline.findings.shape_grade import past_flat, straightness
from backline.findings.window_means import WindowMean, difference, is_certain_size
from backline.live.causal_estimator import LiveEstimate
from backline.live.phases import BodyPlace
from backline.settings import Settings

Trained = Literal["top", "bottom", "all"]
Schedule = Literal["always", "fading", "silent"]

FADING = ((5, 1), (5, 2), (0, 5))
"""Reps with feedback on every 1st, then every 2nd, then every 5th rep: 100, 50 and 20 percent.
Feedback on fewer reps is kept better (Winstein and Schmidt 1990). The length of the steps is
judgement: a working set each."""
HELD_S = 0.1
"""The bound must be passed for this long, seconds, so that one outlier gives no cue."""
TOP_PHASES = ("lockout", "standing")


@dataclass(frozen=True)
class GivenCue:
    """A cue given.

    Parameters
    ----------
    time_s : float
        When, seconds.
    rep : int
        In which rep.
    place : {"top", "bottom", "way"}
        Where in the lift.
    size_deg, sd_deg : float
        How far the low back had rounded, degrees.
    heard : bool
        False where the schedule kept this rep silent: it is counted, not sounded.
    """

    time_s: float
    rep: int
    place: str
    size_deg: float
    sd_deg: float
    heard: bool


ONE_EVENT = {"bottom": ("bottom", "way"), "way": ("bottom", "way")}
"""A butt wink begins in the descent and ends in the ascent: one event with one cue."""


def sounded(schedule: Schedule, rep: int) -> bool:
    """Return whether a rep (from 1) is one that gets feedback.

    ``"silent"`` is the retention check: everything is recorded, nothing is sounded.
    """
    if schedule != "fading":
        return schedule == "always"
    before = 0
    for length, every in FADING:
        if not length or rep <= before + length:
            return (rep - before - 1) % every == 0
        before += length
    raise AssertionError("the last step of the schedule has no end")


class CueGiver:
    """Gives at most one cue in each phase of each rep.

    The bounds are those of the findings: from ``report_from_deg`` on, with a probability of
    ``report_probability`` that the size is above ``uncertain_from_deg``. At the top the size is
    the angle itself (change from the standing reference); at the bottom and on the way it is the
    turn back from the rep's most extended point, combined with the prior of the standing reference
    as in the findings, and the outline must not be hollow; where it is not seen, the turn back must
    be beyond that of flat backs.

    Parameters
    ----------
    trained : {"top", "bottom", "all"}
        Where in the lift cues are given.
    schedule : {"always", "fading", "silent"}
        Which reps get feedback.
    settings : Settings
        Bounds.
    """

    def __init__(
        self,
        trained: Trained = "all",
        schedule: Schedule = "fading",
        settings: Settings | None = None,
    ) -> None:
        self.trained, self.schedule = trained, schedule
        self._settings = settings or Settings()
        self._given: set[tuple[int, str]] = set()
        self._base: tuple[int, WindowMean] | None = None
        self._since: tuple[str, float] | None = None

    def push(self, time_s: float, place: BodyPlace, estimate: LiveEstimate) -> GivenCue | None:
        """Take a frame; return a cue where one is due."""
        if estimate.reason or math.isnan(estimate.lumbar_deg) or place.rep == 0:
            self._since = None
            return None
        where = self._where(place)
        now = self._level(estimate)
        base = self._base_of(place, now).expected_near_standing(DESCENT_SPREAD_DEG, TRUSTED_SD_DEG)
        size, sd = difference(now, None if where == "top" else base, self._settings)
        shaped = where == "top" or self._is_rounded(where, estimate.bulge, size)
        passed = shaped and is_certain_size(size, sd, self._settings)
        if not passed or not self._is_trained(where) or (place.rep, where) in self._given:
            self._since = None
            return None
        if self._since is None or self._since[0] != where:
            self._since = (where, time_s)
        if time_s - self._since[1] < HELD_S:
            return None
        self._given |= {(place.rep, one) for one in ONE_EVENT.get(where, (where,))}
        return GivenCue(time_s, place.rep, where, size, sd, sounded(self.schedule, place.rep))

    def _is_rounded(self, where: str, bulge: float, size_deg: float) -> bool:
        """Whether the outline allows a turn-back: straight at the bottom, past flat on the way.

        The lift is not known live, and a flat-backed deadlift bends by 10 degrees on the way, so
        there the stricter of the findings' rules counts; a squat's wink is cued at the bottom.
        Where the outline is not seen, the turn back is more likely than not beyond that of flat
        backs: a finding needs to be sure of that, a cue only says what to attend to.
        """
        own = self._settings
        if math.isnan(bulge):
            return size_deg >= own.flat_turn_back_deg
        shaped = straightness if where == "bottom" else past_flat
        return shaped(bulge, own) >= LIKELY_STRAIGHT

    def _where(self, place: BodyPlace) -> str:
        if place.phase in TOP_PHASES:
            return "top"
        return "bottom" if place.phase == "bottom" else "way"

    def _is_trained(self, where: str) -> bool:
        return self.trained == "all" or where == self.trained

    def _level(self, estimate: LiveEstimate) -> WindowMean:
        """Split an estimate's error into its parts, as the full analysis does."""
        own, shared = self._settings, self._settings.shared_variance_share
        independent = max(1.0, 2 * own.filter_cutoff_hz * own.event_window_s)
        sd = estimate.lumbar_sd_deg
        return WindowMean(
            0,
            estimate.lumbar_deg,
            sd * math.sqrt((1 - shared) / independent),
            sd * math.sqrt(shared),
        )

    def _base_of(self, place: BodyPlace, now: WindowMean) -> WindowMean:
        """Return the rep's most extended point so far."""
        down = place.phase in ("descent", "bottom")
        begins = self._base is None or self._base[0] != place.rep
        if begins or (down and self._base is not None and now.value_deg < self._base[1].value_deg):
            self._base = (place.rep, now)
        assert self._base is not None
        return self._base[1]
