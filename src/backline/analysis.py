"""The result of analysing one source: posture, reps, findings, loads and summary."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from backline.findings.finding import Finding
from backline.findings.summary import Summary
from backline.formats.opensim import Markers
from backline.loads import LoadSeries
from backline.loads.glutes import GluteSeries
from backline.model.measurement import (
    EngineInfo,
    Evidence,
    Quality,
    SecondEstimate,
    SourceInfo,
    View,
)
from backline.model.posture import Posture
from backline.reps import Lift, Rep


@dataclass(frozen=True)
class LiftAnalysis:
    """The result of one analysed source; what ``analysis.json`` holds, as objects.

    Parameters
    ----------
    source, engine, view, quality
        As the source measured them.
    settings : dict
        What was done: options, thresholds, filters.
    lift : {"squat", "deadlift"}
        Given or detected.
    posture : Posture
        The angle series, one entry a frame.
    reps : tuple of Rep
        In the order of time.
    findings : tuple of Finding
        In the order of time; drift last.
    summary : Summary
        Short answers.
    evidence : Evidence or None
        For drawing; not in ``analysis.json``.
    loads : LoadSeries
        Load on L5/S1, frame by frame; empty where bar or body mass was not given.
    glutes : GluteSeries
        The gluteus maximus, frame by frame.
    second_estimate : SecondEstimate or None
        A second estimate of lumbar flexion, where the source makes two.
    landmarks : Markers or None
        Landmarks in space, where the source holds them; written, but not in ``analysis.json``.
    """

    source: SourceInfo
    engine: EngineInfo
    view: View
    quality: Quality
    settings: dict[str, Any]
    lift: Lift
    posture: Posture
    reps: tuple[Rep, ...]
    findings: tuple[Finding, ...]
    summary: Summary = field(default_factory=Summary)
    evidence: Evidence | None = None
    loads: LoadSeries = field(default_factory=LoadSeries)
    glutes: GluteSeries = field(default_factory=GluteSeries)
    second_estimate: SecondEstimate | None = None
    landmarks: Markers | None = None

    @property
    def extra_columns(self) -> dict[str, NDArray[Any]]:
        """The contract's columns beyond the angles: load where one was given, and gluteus."""
        glutes = self.glutes.columns if len(self.glutes.length) == len(self.posture) else {}
        return {**self.loads.columns, **glutes}
