"""Findings: where in the lift the low back rounded, how much, why, and what to say."""

from backline.findings.decision import find_findings
from backline.findings.finding import Curve, Finding, Kind
from backline.findings.metrics import measure_reps
from backline.findings.summary import summarise
from backline.findings.unmeasured import measured_part, not_measured

__all__ = [
    "Curve",
    "Finding",
    "Kind",
    "find_findings",
    "measure_reps",
    "measured_part",
    "not_measured",
    "summarise",
]
