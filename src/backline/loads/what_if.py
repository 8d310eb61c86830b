"""What if: the load of the same body at another tuck, lean, bar or bar place. No video needed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from backline.loads.bar import PLACES, check_place
from backline.loads.body import Body, TableName
from backline.loads.sensitivity import Pose, pose_load
from backline.model.posture import FloatArray
from backline.model.trial import LOAD_KG, BarPlace, Range, Sex

TUCK_DEG = Range(-40.0, 60.0, "tuck", "degrees", "degrees")
LEAN_DEG = Range(-20.0, 100.0, "lean", "degrees", "degrees")
"""Possible lumbar flexion relative to the standing reference, and trunk lean, degrees."""


@dataclass(frozen=True)
class WhatIf:
    """One posture, and the same without the tuck.

    Parameters
    ----------
    pose, without : Pose
        As asked, and with the low back as in the standing posture (same lean of the thorax).
    load, load_without : dict of str to float
        The contract's load columns of each.
    """

    pose: Pose
    without: Pose
    load: dict[str, float]
    load_without: dict[str, float]

    @property
    def pelvic_tilt_deg(self) -> float:
        """Pelvic tilt as asked: trunk lean less tuck."""
        return self.pose.trunk_lean_deg - self.pose.lumbar_flexion_deg


def what_if(
    *,
    tuck_deg: float = 0.0,
    lean_deg: float = 0.0,
    load_kg: float = 0.0,
    body_mass_kg: float = 80.0,
    height_cm: float = 175.0,
    bar_place: str = "high_bar",
    sex: Sex | None = None,
    table: TableName = "de_leva",
) -> WhatIf:
    """Compute the effect of a tuck on the load of a still posture.

    Parameters
    ----------
    tuck_deg : float
        Lumbar flexion against the standing reference, degrees, + rounds.
    lean_deg : float
        Lean of the thorax against the standing reference, degrees, + forward.
    load_kg, body_mass_kg, height_cm : float
        Bar and lifter.
    bar_place : str
        One of `backline.loads.bar.PLACES`.
    sex, table
        See `backline.loads.body.Body`.

    Returns
    -------
    WhatIf
        Quasi-static: the load of weight alone.

    Raises
    ------
    UsageError
        If a value is impossible.
    """
    TUCK_DEG.check(tuck_deg)
    LEAN_DEG.check(lean_deg)
    LOAD_KG.check(load_kg)
    body = Body(body_mass_kg, height_cm / 100, sex, table)
    pose = Pose(lean_deg, tuck_deg, load_kg, body, check_place(bar_place))
    without = replace(pose, lumbar_flexion_deg=0.0)
    return WhatIf(pose, without, pose_load(pose), pose_load(without))


def elsewhere(case: WhatIf) -> dict[BarPlace, dict[str, float]]:
    """Return the load of the same posture with the bar at each of the other places.

    Parameters
    ----------
    case : WhatIf
        The body, bar, tuck and lean.

    Returns
    -------
    dict of str to dict of str to float
        Place to the contract's load columns; the case's own place is left out.
    """
    others = [place for place in PLACES if place != case.pose.place]
    return {place: pose_load(replace(case.pose, place=place)) for place in others}


def sweep(case: WhatIf, leans_deg: FloatArray) -> dict[str, FloatArray]:
    """Return the load over a range of leans, tuck and bar as in a case.

    Parameters
    ----------
    case : WhatIf
        The body, bar and tuck.
    leans_deg : ndarray, shape (k,)
        Trunk leans, degrees.

    Returns
    -------
    dict of str to ndarray, shape (k,)
        The contract's load columns.
    """
    loads = [pose_load(replace(case.pose, trunk_lean_deg=float(lean))) for lean in leans_deg]
    return {name: np.array([load[name] for load in loads]) for name in loads[0]}
