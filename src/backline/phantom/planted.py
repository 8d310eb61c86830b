"""Bends of the back that are planted in a set, rep by rep."""

from __future__ import annotations

from dataclasses import dataclass, replace

from backline.phantom.plan import RepPlan


@dataclass(frozen=True)
class Planted:
    """Bends of the back to plant in a set, degrees.

    Parameters
    ----------
    top_deg, bottom_deg, ascent_deg : float
        Lumbar flexion at lockout, at the bottom, half way up; negative values arch.
    thoracic_deg, neck_deg : float
        Bend of the upper back and of the neck at the bottom.
    drift_deg : float
        Added to ``bottom_deg`` with every rep.
    top_reps, bottom_reps : frozenset of int
        The reps, from 1, that get ``top_deg`` and ``bottom_deg``.
    """

    top_deg: float
    bottom_deg: float
    ascent_deg: float
    thoracic_deg: float
    neck_deg: float
    drift_deg: float
    top_reps: frozenset[int]
    bottom_reps: frozenset[int]


def plant(rep: RepPlan, reps: int, planted: Planted) -> list[RepPlan]:
    """Plant bends in a set.

    Parameters
    ----------
    rep : RepPlan
        A clean rep, repeated.
    reps : int
        How many.
    planted : Planted
        What each gets.

    Returns
    -------
    list of RepPlan
        The reps with what is planted in each.
    """
    planned = []
    for number in range(1, reps + 1):
        bottom = planted.bottom_deg if number in planted.bottom_reps else 0.0
        planned.append(
            replace(
                rep,
                top_deg=planted.top_deg if number in planted.top_reps else 0.0,
                bottom_deg=bottom + planted.drift_deg * (number - 1),
                ascent_deg=planted.ascent_deg,
                thoracic_deg=planted.thoracic_deg,
                neck_deg=planted.neck_deg,
            )
        )
    return planned
