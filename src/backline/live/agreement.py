"""Agreement of live angles and cues with the full analysis of the same recording."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backline.live.cueing import GivenCue
from backline.live.session import LiveState
from backline.pipeline import Analysis
from backline.texts import say

TOP = "lockout"


@dataclass(frozen=True)
class LiveAgreement:
    """Live against full.

    Parameters
    ----------
    frames : int
        Frames that both measured.
    rmse_deg, mean_deg : float
        Of live less full, the live lag subtracted; NaN where no frame is common.
    reps_live, reps_full : int
        Reps counted.
    confirmed : int
        Cues at a place where the full analysis found rounding in the same rep.
    alone : int
        Cues that it did not confirm.
    missed : int
        Certain findings of rounding whose place got no cue.
    """

    frames: int
    rmse_deg: float
    mean_deg: float
    reps_live: int
    reps_full: int
    confirmed: int
    alone: int
    missed: int

    def sentence(self) -> str:
        """Return it in one sentence."""
        return say(
            "agreement.measured" if self.frames else "agreement.not_measured",
            rmse=float(self.rmse_deg), live=self.reps_live, full=self.reps_full,
            confirmed=self.confirmed, alone=self.alone, missed=self.missed,
        )  # fmt: skip


def agreement(
    states: list[LiveState], cues: list[GivenCue], analysis: Analysis, lag_s: float
) -> LiveAgreement:
    """Compare a live session with the full analysis of its recording.

    Parameters
    ----------
    states : list of LiveState
        In the order of time, on the recording's own clock.
    cues : list of GivenCue
        Cues given in it.
    analysis : Analysis
        Of the recording.
    lag_s : float
        Delay of the live angles, seconds.
    """
    posture = analysis.posture
    full = np.where(posture.measurable, posture.lumbar_flexion_deg, np.nan)
    times = np.array([s.time_s for s in states])
    live = np.array([s.estimate.lumbar_deg for s in states])
    apart = live - np.interp(times - lag_s, posture.time_s, full)
    apart = apart[np.isfinite(apart)]
    found = {
        (f.rep, f.where == TOP) for f in analysis.findings if f.kind == "rounding" and f.certain
    }
    given = {(_rep_at(analysis, c.time_s - lag_s), c.place == "top") for c in cues}
    return LiveAgreement(
        frames=len(apart),
        rmse_deg=float(np.sqrt(np.mean(apart**2))) if len(apart) else float("nan"),
        mean_deg=float(apart.mean()) if len(apart) else float("nan"),
        reps_live=max((s.place.finished for s in states), default=0),
        reps_full=len(analysis.reps),
        confirmed=len(given & found),
        alone=len(given - found),
        missed=len(found - given),
    )


def _rep_at(analysis: Analysis, time_s: float) -> int:
    """Return the number of the last rep that has begun by a time, 0 where none has."""
    return max((rep.index for rep in analysis.reps if rep.start_s <= time_s), default=0)
