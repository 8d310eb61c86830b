"""The MyoSim full body in MuJoCo, reduced once to small tables.

In the side view the muscles of the hip depend on hip flexion alone, those of the low back
on lumbar flexion alone (spread over the levels). So the body is posed at even steps of
both, and values for a clip's frames are interpolated. The model comes with the package ``myo-sim``
(Apache-2.0; legs after Rajagopal et al. 2016, trunk after Christophy et al. 2012 and Bruno et
al. 2015) and is never copied.

MuJoCo's signs are converted to ours: an arm is + where the muscle extends (hip, low back).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from backline.model.posture import FloatArray

MODEL_HEIGHT_M = 1.70
"""Stature of the model, metres (Rajagopal et al. 2016); a lifter's lengths and arms scale by it."""
GLUTEUS_PARTS = ("glmax1", "glmax2", "glmax3")
"""Upper, middle and lower part."""
OTHER_HIP_EXTENSORS = ("bflh", "semimem", "semiten", "addmagDist", "addmagIsch", "addmagMid")
"""Hamstrings and great adductor: who shares the hip's work with the gluteus."""
TRUNK_MUSCLES = ("rect_abd", "IL_", "LTpT", "LTpL", "QL_", "MF_", "EO", "IO")
"""Abdominal wall, iliocostalis, longissimus, quadratus lumborum, multifidus. The psoas moves the
hip and the latissimus the arm, so neither is available to hold the back."""
LEVELS = ("flex_extension", "L4_L5_FE", "L3_L4_FE", "L2_L3_FE", "L1_L2_FE")
"""The model's joints from L5/S1 to L1/L2."""
LEVEL_SHARES = tuple(part / 52 for part in (9.0, 13.0, 12.0, 10.0, 8.0))
"""Lumbar flexion by level, L5/S1 first (Pearcy, Portek and Shepherd 1984: 52 degrees in all)."""
HIP_STEPS_DEG: FloatArray = np.arange(-30.0, 151.0, 3.0)
TRUNK_STEPS_DEG: FloatArray = np.arange(-30.0, 61.0, 5.0)
"""Angles at which the model's muscles are tabulated, degrees; between them it is interpolated."""
SHIFT_M = 1e-4
"""A muscle's line across L5/S1 is found by moving the upper body by this much, metres."""


@dataclass(frozen=True)
class HipTable:
    """Muscles of the hip by hip flexion, one side, at the model's size, the knee straight.

    Parameters
    ----------
    flexion_deg : ndarray, shape (k,)
        Hip flexion.
    length_m, arm_m, force_n : ndarray, shape (k, 3)
        Of the three parts of the gluteus maximus: length from origin to insertion, arm (+
        extends), and the largest active force, held still.
    other_moment_nm : ndarray, shape (k,)
        Largest extending moment of the other hip extensors together.
    """

    flexion_deg: FloatArray
    length_m: FloatArray
    arm_m: FloatArray
    force_n: FloatArray
    other_moment_nm: FloatArray


@dataclass(frozen=True)
class TrunkTable:
    """Muscles of the low back by lumbar flexion, one side, at the model's size.

    Parameters
    ----------
    flexion_deg : ndarray, shape (k,)
        Lumbar flexion.
    names : tuple of str, length m
        The muscles.
    arm_m : ndarray, shape (k, m, 5)
        Arms about L5/S1 to L1/L2, + extends.
    force_n : ndarray, shape (k, m)
        Largest active force, held still.
    along, across : ndarray, shape (k, m)
        Of a muscle's force, the part that presses L5 on S1 along the axis of the low back, and
        that pulls it across (+ forward).
    level_up_m, level_forward_m : ndarray, shape (k, 5)
        Where the levels are, from L5/S1, in the pelvis's own axes.
    """

    flexion_deg: FloatArray
    names: tuple[str, ...]
    arm_m: FloatArray
    force_n: FloatArray
    along: FloatArray
    across: FloatArray
    level_up_m: FloatArray
    level_forward_m: FloatArray


@dataclass(frozen=True)
class Muscles:
    """Both tables, and where L5/S1 is.

    Parameters
    ----------
    hip, trunk
        The tables.
    l5s1_up_m, l5s1_forward_m : float
        L5/S1 from the middle of the hips, in the pelvis's own axes, metres.
    """

    hip: HipTable
    trunk: TrunkTable
    l5s1_up_m: float
    l5s1_forward_m: float


@cache
def muscles() -> Muscles:
    """Load the full body and read its tables; about a second, once in a process."""
    import mujoco

    with _quiet_mujoco():
        import myo_sim

        # load_model would build its postures too, which takes a third of the time.
        model = myo_sim.load_spec("myofullbody").compile()
    poser = _Poser(model, mujoco.MjData(model))
    poser.pose({})
    forward, up, _ = poser.place("lumbar5") - poser.place("femur_r")
    return Muscles(_hip_table(poser), _trunk_table(poser), float(up), float(forward))


def muscles_for_thread() -> Callable[[], Muscles]:
    """Return `muscles`, prepared for a call in another thread."""
    _expect_warnings()
    return muscles


def between(steps: FloatArray, table: FloatArray, values: FloatArray) -> FloatArray:
    """Read a table between its even steps; beyond its ends the last value is used, NaN stays NaN.

    Parameters
    ----------
    steps : ndarray, shape (k,)
        Even and rising.
    table : ndarray, shape (k, ...)
        What is read.
    values : ndarray, shape (n,)
        Where.

    Returns
    -------
    ndarray, shape (n, ...)
    """
    known = np.isfinite(values)
    at = (np.clip(np.where(known, values, steps[0]), steps[0], steps[-1]) - steps[0]) / (
        steps[1] - steps[0]
    )
    low = np.minimum(at.astype(int), len(steps) - 2)
    rest = (slice(None), *(None for _ in table.shape[1:]))
    part = (at - low)[rest]
    read = table[low] * (1 - part) + table[low + 1] * part
    return np.where(known[rest], read, np.nan)


class _Poser:
    """Sets joints of the model and reads lengths, arms and places, in metres."""

    def __init__(self, model: Any, data: Any) -> None:
        self.model, self.data = model, data
        self.names = [model.actuator(index).name for index in range(model.nu)]

    def pose(self, joints_rad: dict[str, float]) -> None:
        import mujoco

        mujoco.mj_resetData(self.model, self.data)
        for name, angle in joints_rad.items():
            self.data.qpos[self.model.joint(name).qposadr[0]] = angle
        # the four steps that tendons need; contacts and constraints are not computed
        mujoco.mj_kinematics(self.model, self.data)
        mujoco.mj_comPos(self.model, self.data)
        mujoco.mj_tendon(self.model, self.data)
        mujoco.mj_transmission(self.model, self.data)

    def indices(self, names: Sequence[str], side: str = "_r") -> list[int]:
        """Return the muscles of one side whose name begins with one of the names."""
        return [
            index
            for index, name in enumerate(self.names)
            if name.endswith(side) and name.startswith(tuple(names))
        ]

    def lengths(self, of: list[int]) -> FloatArray:
        return np.array(self.data.actuator_length[of], dtype=np.float64)

    def arms(self, of: list[int], joint: str) -> FloatArray:
        """Return the change of each muscle's length with a joint's angle, metres a radian."""
        import mujoco

        dense = np.zeros((self.model.nu, self.model.nv))
        data = self.data
        mujoco.mju_sparse2dense(
            dense, data.actuator_moment, data.moment_rownnz, data.moment_rowadr, data.moment_colind
        )
        return np.asarray(dense[of, self.model.joint(joint).dofadr[0]])

    def forces(self, of: list[int]) -> FloatArray:
        """Return the largest active force of each muscle, held at its length."""
        import mujoco

        model = self.model
        return np.array(
            [
                -mujoco.mju_muscleGain(
                    self.data.actuator_length[index],
                    0.0,
                    model.actuator_lengthrange[index].reshape(2, 1),
                    model.actuator_acc0[index],
                    model.actuator_gainprm[index, :9].reshape(9, 1),
                )
                for index in of
            ]
        )

    def place(self, body: str) -> FloatArray:
        """Return where a body is in the pelvis's own axes: forward, up, right, metres."""
        sacrum = self.model.body("sacrum").id
        turn = self.data.xmat[sacrum].reshape(3, 3)
        away = self.data.xpos[self.model.body(body).id] - self.data.xpos[sacrum]
        return np.asarray(turn.T @ away)


def _hip_table(poser: _Poser) -> HipTable:
    parts = poser.indices(GLUTEUS_PARTS)
    others = poser.indices(OTHER_HIP_EXTENSORS)
    length, arm, force, moment = [], [], [], []
    for flexion in HIP_STEPS_DEG:
        poser.pose({"hip_flexion_r": float(np.radians(flexion))})
        length.append(poser.lengths(parts))
        arm.append(poser.arms(parts, "hip_flexion_r"))
        force.append(poser.forces(parts))
        pulls = np.maximum(poser.arms(others, "hip_flexion_r"), 0.0) * poser.forces(others)
        moment.append(float(np.sum(pulls)))
    return HipTable(
        HIP_STEPS_DEG, np.stack(length), np.stack(arm), np.stack(force), np.array(moment)
    )


def _trunk_table(poser: _Poser) -> TrunkTable:
    of = poser.indices(TRUNK_MUSCLES)
    bodies = ("lumbar5", "lumbar4", "lumbar3", "lumbar2", "lumbar1")
    arm, force, along, across, up, forward = [], [], [], [], [], []
    for flexion in TRUNK_STEPS_DEG:
        joints = {
            name: -float(np.radians(flexion)) * share
            for name, share in zip(LEVELS, LEVEL_SHARES, strict=True)
        }
        poser.pose(joints)
        # the model's joints turn + backward, so what extends gets shorter
        arm.append(-np.stack([poser.arms(of, level) for level in LEVELS], axis=1))
        force.append(poser.forces(of))
        places = np.stack([poser.place(body) - poser.place("lumbar5") for body in bodies])
        forward.append(places[:, 0])
        up.append(places[:, 1])
        # the axis of the low back: half way between pelvis and thorax
        axis = np.radians(flexion / 2)
        ahead, above = _pull(poser, joints, of)
        along.append(-(ahead * np.sin(axis) + above * np.cos(axis)))
        across.append(ahead * np.cos(axis) - above * np.sin(axis))
    names = tuple(poser.names[index].removesuffix("_r") for index in of)
    return TrunkTable(
        TRUNK_STEPS_DEG,
        names,
        *(np.stack(table) for table in (arm, force, along, across, up, forward)),
    )


def _pull(poser: _Poser, joints: dict[str, float], of: list[int]) -> tuple[FloatArray, FloatArray]:
    """Return the force on the upper body per newton of each muscle, forward and up.

    By virtual work: a muscle pulls against what lengthens it, so the upper body is moved a
    little on the sacrum and the lengths are compared.
    """
    body = poser.model.body("lumbar5").id
    home = poser.model.body_pos[body].copy()
    pulls = []
    for axis in (0, 1):
        ends = []
        for sign in (-1.0, 1.0):
            poser.model.body_pos[body] = home
            poser.model.body_pos[body, axis] += sign * SHIFT_M
            poser.pose(joints)
            ends.append(poser.lengths(of))
        pulls.append(-(ends[1] - ends[0]) / (2 * SHIFT_M))
    poser.model.body_pos[body] = home
    poser.pose(joints)
    return pulls[0], pulls[1]


@contextmanager
def _quiet_mujoco() -> Iterator[None]:
    """Silence the model's build warnings, and stop MuJoCo from writing a log file."""
    import mujoco

    before = mujoco.get_mju_user_warning()
    mujoco.set_mju_user_warning(lambda _: None)
    _expect_warnings()
    try:
        yield
    finally:
        mujoco.set_mju_user_warning(before)


def _expect_warnings() -> None:
    """Silence MuJoCo's warnings on building MyoSim, permanently.

    Not temporarily: Python has one list of filters for all threads, and restoring an older one
    would bring the warning back while another thread loads the model.
    """
    warnings.filterwarnings("ignore", message="Attaching a spec with an empty prefix")
