"""A guided drill of two minutes: both ends of the lifter's tuck range, then holding its middle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from backline.texts import say

if TYPE_CHECKING:
    from backline.live.causal_estimator import LiveEstimate

EFFORTS = (30, 60, 90)
"""How hard the glutes are squeezed while the middle is held, percent of the most."""
READY_S, END_S, HOLD_S, REST_S = 5.0, 15.0, 20.0, 8.0
"""Time to get ready, to find an end, to hold, to rest, seconds: 5 + 2 x 15 + 3 x 20 + 3 x 8, about
two minutes."""
SETTLE_S = 3.0
"""Start of a hold that does not count, seconds: to find the middle."""
END_QUANTILE = 0.9
"""The end of the range is what was reached for a tenth of the time, not an outlier."""
BAND_SHARE = 0.25
"""Half width of the band as a share of the range found; judgement."""
BAND_LEAST_DEG = 3.0
"""Least half width of the band, degrees: `uncertain_from_deg`, the smallest detectable size."""
RANGE_LEAST_DEG = 3.0
"""Least distance of the two ends, degrees."""
KNOWN_SHARE = 0.5
"""A hold or an end counts when it was measured in this share of its frames."""


@dataclass(frozen=True)
class Step:
    """One step of the drill.

    Parameters
    ----------
    kind : {"ready", "posterior", "anterior", "rest", "hold"}
        What is to be done.
    length_s : float
        For how long, seconds.
    effort : int
        Percent, in a hold and in the rest before it; else 0.
    """

    kind: str
    length_s: float
    effort: int = 0

    def text(self) -> str:
        """Return what to do, one sentence."""
        return say(f"drill.{self.kind}", effort=self.effort)


STEPS = (
    Step("ready", READY_S),
    Step("posterior", END_S),
    Step("anterior", END_S),
    *(s for e in EFFORTS for s in (Step("rest", REST_S, e), Step("hold", HOLD_S, e))),
)
"""The drill in its order."""


@dataclass(frozen=True)
class Hold:
    """Result of one hold.

    Parameters
    ----------
    effort : int
        Percent.
    inside : float
        Share of the measured time inside the band, 0 to 1; NaN where too little was seen.
    mean_deg, sd_deg : float
        Of the low back meanwhile less the middle, degrees, + towards the tuck; NaN likewise.
    """

    effort: int
    inside: float
    mean_deg: float
    sd_deg: float


@dataclass(frozen=True)
class DrillResult:
    """Result of the drill.

    Parameters
    ----------
    posterior_deg, anterior_deg : float
        Ends of the range, lumbar flexion against the standing reference, degrees, + tucked.
    band_deg : float
        Half width of the band around the middle, degrees.
    holds : tuple of Hold
        In the order of `EFFORTS`.
    """

    posterior_deg: float
    anterior_deg: float
    band_deg: float
    holds: tuple[Hold, ...]

    @property
    def middle_deg(self) -> float:
        """The middle of the range, degrees."""
        return (self.posterior_deg + self.anterior_deg) / 2

    @property
    def score(self) -> int | None:
        """Percent of the time inside the band, mean of all holds; None where one is unknown."""
        mean = float(np.mean([hold.inside for hold in self.holds]))
        return None if math.isnan(mean) else round(100 * mean)

    def sentence(self) -> str:
        """Return it in one sentence."""
        holds = ", ".join(
            say("drill.hold_unseen", effort=h.effort)
            if math.isnan(h.inside)
            else say("drill.hold_inside", effort=h.effort, inside=100 * h.inside)
            for h in self.holds
        )
        return say(
            "drill.result_no_score" if self.score is None else "drill.result",
            low=self.anterior_deg, high=self.posterior_deg, holds=holds, score=self.score,
        )  # fmt: skip


@dataclass(frozen=True)
class DrillState:
    """What to show now.

    Parameters
    ----------
    step : Step or None
        The step under way, None where the drill is over.
    text : str
        What to do, one sentence.
    left_s : float
        Seconds until the next step.
    band : (float, float) or None
        The band to stay in, degrees, once both ends were found.
    result : DrillResult or None
        Once it is over; None where the ends were not found.
    """

    step: Step | None
    text: str
    left_s: float
    band: tuple[float, float] | None
    result: DrillResult | None = None


class Drill:
    """Runs through the steps; takes the estimates in order of time."""

    def __init__(self) -> None:
        self._begun_s: float | None = None
        self._angles: dict[int, list[float]] = {i: [] for i in range(len(STEPS))}
        ends = np.cumsum([step.length_s for step in STEPS])
        self._spans = list(pairwise([0.0, *(float(end) for end in ends)]))

    def push(self, time_s: float, estimate: LiveEstimate) -> DrillState:
        """Add a frame's estimate; the first one starts the clock."""
        if self._begun_s is None:
            self._begun_s = time_s
        since = time_s - self._begun_s
        number = next((i for i, (_, end) in enumerate(self._spans) if since < end), None)
        if number is None:
            return self._over()
        step, (start, end) = STEPS[number], self._spans[number]
        if step.kind != "hold" or since - start >= SETTLE_S:
            angle = float("nan") if estimate.reason else estimate.lumbar_deg
            self._angles[number].append(angle)
        return DrillState(step, step.text(), end - since, self._band(number))

    def _band(self, number: int) -> tuple[float, float] | None:
        """Return the band to show in a step, None before both ends are known."""
        ends = self._ends()
        if ends is None or STEPS[number].kind not in ("rest", "hold"):
            return None
        middle, half = sum(ends) / 2, half_width(*ends)
        return middle - half, middle + half

    def _ends(self) -> tuple[float, float] | None:
        """Return the posterior and the anterior end, degrees; None where not found."""
        tuck, arch = (_known(self._angles[i]) for i in (1, 2))
        if tuck is None or arch is None:
            return None
        posterior = float(np.quantile(tuck, END_QUANTILE))
        anterior = float(np.quantile(arch, 1 - END_QUANTILE))
        return (posterior, anterior) if posterior - anterior >= RANGE_LEAST_DEG else None

    def _over(self) -> DrillState:
        ends = self._ends()
        if ends is None:
            text = say("drill.not_seen")
            return DrillState(None, text, 0.0, None)
        holds = tuple(
            _hold(step.effort, self._angles[i], *ends)
            for i, step in enumerate(STEPS)
            if step.kind == "hold"
        )
        result = DrillResult(*ends, half_width(*ends), holds)
        return DrillState(None, result.sentence(), 0.0, None, result)


def half_width(posterior_deg: float, anterior_deg: float) -> float:
    """Return how far from the middle the band reaches to either side, degrees."""
    return max(BAND_LEAST_DEG, BAND_SHARE * (posterior_deg - anterior_deg))


def _known(angles: list[float]) -> list[float] | None:
    known = [a for a in angles if not math.isnan(a)]
    return known if known and len(known) >= KNOWN_SHARE * len(angles) else None


def _hold(effort: int, angles: list[float], posterior: float, anterior: float) -> Hold:
    known = _known(angles)
    if known is None:
        return Hold(effort, math.nan, math.nan, math.nan)
    off = np.array(known) - (posterior + anterior) / 2
    inside = float(np.mean(np.abs(off) <= half_width(posterior, anterior)))
    return Hold(effort, inside, float(off.mean()), float(off.std()))
