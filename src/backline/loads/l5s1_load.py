"""The load on L5/S1 in every frame of a clip."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from backline.loads.bar import followed_ahead_m, place_of
from backline.loads.body import USUAL_HEIGHT_CM, Body, TableName
from backline.loads.hip_need import hip_moment
from backline.loads.inverse_dynamics import NetLoad, net_load, points_of
from backline.loads.spine import SpineLoad, lever_error, spine_load
from backline.loads.trunk_muscles import MuscleLoad, muscle_load
from backline.model.posture import BoolArray, FloatArray, Posture
from backline.model.trial import BODY_MASS_KG, HEIGHT_CM, LOAD_KG, BarPlace, Sex
from backline.reps import Lift, Rep
from backline.texts import say

MUSCLE_FIELDS = (
    "compression_n",
    "compression_low_n",
    "compression_high_n",
    "shear_low_n",
    "shear_high_n",
)
"""What is reported of the second model (a shear's centre is not)."""


@dataclass(frozen=True)
class LoadSeries:
    """The load on L5/S1, frame by frame; empty where mass or load was not given.

    Parameters
    ----------
    columns : dict of str to ndarray, shape (n,)
        The contract's columns ``l5s1_moment_nm`` to ``l5s1_shear_high_n``; NaN where unknown.
        An empty dict where nothing was computed.
    body : Body or None
        The lifter, scaled.
    load_kg : float
        The bar; NaN where not given.
    place : str or None
        Where the bar is.
    held : ndarray of bool, shape (n,)
        Whether the lifter carries the bar.
    dynamic : ndarray of bool, shape (n,)
        Whether own accelerations are in.
    muscles : MuscleLoad or None
        The second model: muscle by muscle.
    hip_moment_nm : ndarray, shape (n,)
        Moment that the hips' extensors hold, both sides.
    notes : tuple of str
        Plain sentences on what was assumed.
    """

    columns: dict[str, FloatArray] = field(default_factory=dict)
    body: Body | None = None
    load_kg: float = float("nan")
    place: BarPlace | None = None
    held: BoolArray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    dynamic: BoolArray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    muscles: MuscleLoad | None = None
    hip_moment_nm: FloatArray = field(default_factory=lambda: np.zeros(0))
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.columns)

    def at(self, index: int) -> dict[str, float]:
        """Return the load of one frame, as a finding holds it; empty where unknown.

        The contract's columns, and ``muscles_compression_n`` to ``muscles_shear_high_n`` of the
        second model.
        """
        values = {name: float(series[index]) for name, series in self.both.items()}
        return values if all(np.isfinite(v) for v in values.values()) else {}

    @property
    def both(self) -> dict[str, FloatArray]:
        """The columns of both models; empty where nothing was computed."""
        if self.muscles is None:
            return self.columns
        second = {f"muscles_{name}": getattr(self.muscles, name) for name in MUSCLE_FIELDS}
        return {**self.columns, **second}


def load_series(
    posture: Posture,
    *,
    load_kg: float | None,
    body_mass_kg: float | None,
    height_cm: float | None,
    lift: Lift,
    bar_place: str = "auto",
    reps: tuple[Rep, ...] = (),
    sex: Sex | None = None,
    table: TableName = "de_leva",
    muscles: bool = True,
) -> LoadSeries:
    """Work out the load on L5/S1 of every frame.

    Parameters
    ----------
    posture : Posture
        The clip.
    load_kg, body_mass_kg : float or None
        Bar and lifter, kg. Where one is None the result is empty and says how to get it.
    height_cm : float or None
        The lifter's height; `USUAL_HEIGHT_CM` where None, with a note.
    lift, reps
        A deadlift's bar is in the hands: in one from the floor it counts from the pull to the
        floor again, in one from the top in the reps and between them; without reps throughout.
    bar_place : str
        ``"auto"`` or one of `backline.loads.bar.PLACES`.
    sex, table
        See `backline.loads.body.Body`.
    muscles : bool
        Whether the second model, muscle by muscle, is worked out too.

    Returns
    -------
    LoadSeries
        NaN in frames that cannot be measured.

    Raises
    ------
    UsageError
        If a value is impossible.
    """
    for bounds, value in ((LOAD_KG, load_kg), (BODY_MASS_KG, body_mass_kg), (HEIGHT_CM, height_cm)):
        bounds.check(value)
    if load_kg is None or body_mass_kg is None:
        return LoadSeries(notes=(say("load_note.how_to_get"),))
    body = Body(body_mass_kg, (height_cm or USUAL_HEIGHT_CM) / 100, sex, table)
    place, note = place_of(posture, lift, bar_place)
    held = _held(posture, lift, reps)
    carried = np.where(held, load_kg, 0.0)
    followed = followed_ahead_m(posture, place, held, body.height_m)
    flexion = np.where(posture.measurable, posture.lumbar_flexion_deg, np.nan)
    lean = posture.trunk_lean_deg
    points = points_of(lean, flexion, body, place, carried, bar_ahead_m=followed)
    net = net_load(points, posture, body)
    ahead = say("load_note.followed") if followed is not None else ""
    notes = _notes(net, (note, ahead, _floor_note(lift, reps), _height_note(height_cm)))
    found = _both_models(net, posture, body, carried, muscles)
    return replace(found, load_kg=load_kg, place=place, held=held, notes=notes)


def _notes(net: NetLoad, texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is to be said about a load: these sentences, and whether it was held still."""
    if not np.isfinite(net.moment_nm).any():
        return (say("load_note.nothing_measured"),)
    return tuple(text for text in (*texts, _still_note(net)) if text)


def _both_models(
    net: NetLoad, posture: Posture, body: Body, carried: FloatArray, muscles: bool
) -> LoadSeries:
    """Return what one equivalent muscle and the muscles of the trunk make of a net moment."""
    error = lever_error(body, carried)
    tilt, flexion = posture.pelvic_tilt_deg, posture.lumbar_flexion_deg
    return LoadSeries(
        columns=_columns(net, spine_load(net, error)),
        body=body,
        dynamic=net.dynamic,
        muscles=muscle_load(net, tilt, flexion, body, error) if muscles else None,
        hip_moment_nm=hip_moment(net, tilt, body),
    )


def _columns(net: NetLoad, spine: SpineLoad) -> dict[str, FloatArray]:
    """Return the load columns of the contract, in its order."""
    return {
        "l5s1_moment_nm": net.moment_nm,
        "l5s1_compression_n": spine.compression_n,
        "l5s1_compression_low_n": spine.compression_low_n,
        "l5s1_compression_high_n": spine.compression_high_n,
        "l5s1_shear_low_n": spine.shear_low_n,
        "l5s1_shear_high_n": spine.shear_high_n,
    }


def _held(posture: Posture, lift: Lift, reps: tuple[Rep, ...]) -> BoolArray:
    """Return in which frames the lifter carries the bar."""
    time_s = posture.time_s
    if lift == "squat" or not reps:
        return np.ones(len(time_s), dtype=bool)
    held = np.zeros(len(time_s), dtype=bool)
    taken_s = float("inf")  # since when the bar has been in the hands, without a floor between
    for rep in reps:
        first_s = min(taken_s, rep.start_s) if _from_top(rep) else rep.bottom_s
        held |= (time_s >= first_s) & (time_s <= rep.end_s)
        taken_s = first_s if _from_top(rep) else float("inf")
    return held


def _from_top(rep: Rep) -> bool:
    """Return whether a rep is lowered first, not pulled from the floor."""
    lowered = rep.phases.get("descent")
    return lowered is not None and lowered[0] < rep.bottom_s


def _floor_note(lift: Lift, reps: tuple[Rep, ...]) -> str:
    floor = lift == "deadlift" and any(not _from_top(rep) for rep in reps)
    return say("load_note.from_floor") if floor else ""


def _height_note(height_cm: float | None) -> str:
    if height_cm is not None:
        return ""
    return say("load_note.height", height=float(USUAL_HEIGHT_CM))


def _still_note(net: NetLoad) -> str:
    if net.dynamic.any() or not np.isfinite(net.moment_nm).any():
        return ""
    return say("load_note.still")
