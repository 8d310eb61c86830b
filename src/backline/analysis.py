"""analyze(): the whole way from a source to findings, in reading order."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backline.findings.finding import Finding
from backline.posture import Posture
from backline.progress import ProgressCallback
from backline.reps import Lift, Rep
from backline.sources.measured import EngineInfo, Evidence, Quality, SourceInfo, View


@dataclass(frozen=True)
class Analysis:
    """The result of one analysed source; what ``analysis.json`` holds, as objects.

    Parameters
    ----------
    source, engine, view, quality
        As the source measured them.
    settings : dict
        What was done: options, thresholds, filters.
    lift : {"squat", "deadlift"}
        Given or told apart.
    posture : Posture
        The angle series, one entry a frame.
    reps : tuple of Rep
        In the order of time.
    findings : tuple of Finding
        In the order of time; drift last.
    summary : dict
        Short answers: ``headline``, ``sentences`` (list), ``reps``, ``where`` (phase to
        largest size in degrees), ``cue`` (text the user said was given).
    evidence : Evidence or None
        For drawing; not in ``analysis.json``.
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
    summary: dict[str, Any] = field(default_factory=dict)
    evidence: Evidence | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what ``analysis.json`` holds; see :func:`backline.report.document.to_dict`."""
        from backline.report.document import to_dict

        return to_dict(self)

    def save(
        self, folder: str | Path, progress: ProgressCallback | None = None
    ) -> dict[str, Path]:
        """Write all files of the result; see :func:`backline.report.files.save`."""
        from backline.report.files import save

        return save(self, folder, progress)
