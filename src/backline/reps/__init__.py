"""Reps and phases: start, bottom, top and end of each cycle of the lift."""

from backline.model.trial import Lift
from backline.reps.find import find_reps
from backline.reps.frame_labels import phase_at, rep_and_phase
from backline.reps.lift_detection import detect_lift
from backline.reps.types import REP_PHASES, Grade, Phase, Rep, Shape

__all__ = [
    "REP_PHASES",
    "Grade",
    "Lift",
    "Phase",
    "Rep",
    "Shape",
    "detect_lift",
    "find_reps",
    "phase_at",
    "rep_and_phase",
]
