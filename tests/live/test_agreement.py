"""Agreement of live and full analysis, on made-up ones whose differences are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from backline.live.agreement import agreement
from backline.live.causal_estimator import LiveEstimate, unmeasured
from backline.live.cueing import GivenCue
from backline.live.phases import BodyPlace
from backline.live.session import LiveState
from backline.pipeline import Analysis

LAG_S = 0.1


def states_of(analysis: Analysis, off_deg: float) -> list[LiveState]:
    """Return what live would say: the full angles, late by the lag, and off by a constant."""
    times = analysis.posture.time_s
    angles = np.interp(times - LAG_S, times, analysis.posture.lumbar_flexion_deg) + off_deg
    return [
        LiveState(
            t, "live", "", 1.0, LiveEstimate(a, 2.0, -a, 0.0, ""), BodyPlace("ascent", 1, 0.5, 1)
        )
        for t, a in zip(times, angles, strict=True)
    ]


def cue(place: str, time_s: float = 1.1) -> GivenCue:
    return GivenCue(time_s, 1, place, 12.0, 2.0, heard=True)


def with_angles(analysis: Analysis) -> Analysis:
    angle = 20 * np.sin(analysis.posture.time_s)
    return replace(analysis, posture=replace(analysis.posture, lumbar_flexion_deg=angle))


def test_lag_is_no_disagreement_and_an_offset_is(make_analysis: Callable[..., Analysis]) -> None:
    analysis = with_angles(make_analysis())
    told = agreement(states_of(analysis, 2.0), [], analysis, LAG_S)
    assert told.rmse_deg == pytest.approx(2.0, abs=0.01)
    assert told.mean_deg == pytest.approx(2.0, abs=0.01)


def test_cue_where_the_full_analysis_found_rounding_is_confirmed(
    make_analysis: Callable[..., Analysis],
) -> None:
    analysis = make_analysis()  # a butt wink in rep 1
    told = agreement(states_of(analysis, 0.0), [cue("bottom")], analysis, LAG_S)
    assert (told.confirmed, told.alone, told.missed) == (1, 0, 0)


def test_cue_elsewhere_is_not_confirmed_and_the_finding_is_missed(
    make_analysis: Callable[..., Analysis],
) -> None:
    analysis = make_analysis()
    told = agreement(states_of(analysis, 0.0), [cue("top")], analysis, LAG_S)
    assert (told.confirmed, told.alone, told.missed) == (0, 1, 1)


def test_nothing_measured_live_is_said_in_words(make_analysis: Callable[..., Analysis]) -> None:
    analysis = make_analysis()
    blind = [replace(s, estimate=unmeasured("back_hidden")) for s in states_of(analysis, 0.0)]
    told = agreement(blind, [], analysis, LAG_S)
    assert told.frames == 0
    assert "no frame was measured by both" in told.sentence()
