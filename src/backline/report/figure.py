"""A simple side view of the lifter, drawn from the angles where there is no picture.

Every length is a share of the height of the body (Drillis and Contini 1966, as in Winter,
Biomechanics and Motor Control of Human Movement, table 4.1): shank 0.246, thigh 0.245,
foot 0.152. Pelvis 0.10, low back 0.12 and chest 0.17 split Winter's trunk of 0.288 with the
neck's 0.10; it is a drawing, no measurement depends on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backline.model.posture import FloatArray, Posture
from backline.report.lines import DrawnScene

WIDTH, HEIGHT = 480, 640
"""Size of the drawing, pixels."""

_BODY = 520.0  # height of the standing figure, pixels
# Shares of body height: the leg's of Winter 2009, the trunk's are a judgement.
_SHANK, _THIGH, _FOOT = 0.246 * _BODY, 0.245 * _BODY, 0.152 * _BODY
_PELVIS, _LUMBAR, _CHEST, _NECK = 0.10 * _BODY, 0.12 * _BODY, 0.17 * _BODY, 0.10 * _BODY
_LUMBAR_POINTS, _CHEST_POINTS = 12, 8  # corners of the drawn curves
_USUAL_CURVE_DEG = 35.0  # drawn lordosis where the source gives none


@dataclass(frozen=True)
class Figure:
    """The drawn lifter of every frame, facing right.

    Parameters
    ----------
    lines : DrawnScene
        Back line (neck first), ghost and ticks, in pixels of the drawing.
    limbs : ndarray, shape (n, 5, 2)
        Toe, heel side of the ankle, knee, hip, top of the pelvis.
    head : ndarray, shape (n, 2)
        Middle of the head.
    own : ndarray, shape (m, 2)
        The low back of the standing reference, T12 first, on an upright pelvis.
    """

    lines: DrawnScene
    limbs: FloatArray
    head: FloatArray
    own: FloatArray


def stick_figure(posture: Posture) -> Figure:
    """Return the drawn lifter of every frame, from its angles.

    Parameters
    ----------
    posture : Posture
        Angles in degrees, signs of the contract.

    Returns
    -------
    Figure
        NaN in frames whose angles are not known. Where the ankle is not measured, the shank
        stands so that thigh and pelvis fit; where nothing of the leg is known, it is straight.
    """
    tilt, lean = posture.pelvic_tilt_deg, posture.trunk_lean_deg
    knee = np.nan_to_num(posture.knee_flexion_deg)
    hip = posture.hip_flexion_deg
    from_hip = np.where(np.isfinite(hip), tilt - hip + knee, 0.0)
    ankle_angle = posture.ankle_dorsiflexion_deg
    shank = np.where(np.isfinite(ankle_angle), ankle_angle, from_hip)
    zero = np.zeros((len(posture), 2))
    ankle = zero + np.array([-0.03 * _BODY, 0.0])
    knees = ankle + _ray(shank, _SHANK)
    hips = knees + _ray(shank - knee, _THIGH)
    sacrum = hips + _ray(tilt, _PELVIS)
    curve = posture.lumbar_curve_deg
    own = _own_curve(posture)
    now = np.where(np.isfinite(curve), curve, own - posture.lumbar_flexion_deg)
    lumbar = _arc(sacrum, tilt, now, own)
    still = _arc(sacrum, tilt, np.full(len(posture), own), own)
    ghost = np.concatenate([still, _chest(still[:, -1], tilt)[:, 1:]], axis=1)
    chest = _chest(lumbar[:, -1], lean)
    head = chest[:, -1] + _ray(lean, _NECK)
    back = np.concatenate([chest[:, ::-1], lumbar[:, -2::-1], hips[:, None]], axis=1)
    s1, t12 = _CHEST_POINTS + _LUMBAR_POINTS - 2, _CHEST_POINTS - 1
    foot = ankle + np.array([_FOOT * 0.8, 0.0])
    limbs = np.stack([foot, ankle, knees, hips, sacrum], axis=1)
    lines = DrawnScene(
        back=_pixels(back),
        visible=np.ones(back.shape[:2], dtype=bool),
        t12=t12,
        s1=s1,
        ghost=_pixels(ghost[:, ::-1]),
        pelvis_tick=_pixels(_out_of_back(sacrum, tilt)),
        trunk_tick=_pixels(_out_of_back(lumbar[:, -1], lean)),
        forward=1,
    )
    upright = _arc(np.zeros((1, 2)), np.zeros(1), np.full(1, own), own)[0, ::-1]
    return Figure(lines=lines, limbs=_pixels(limbs), head=_pixels(head), own=_pixels(upright))


def _own_curve(posture: Posture) -> float:
    """Return the lumbar curve of the standing reference that the drawing starts from, degrees."""
    curve = posture.lumbar_curve_deg + posture.lumbar_flexion_deg
    return float(np.nanmedian(curve)) if np.isfinite(curve).any() else _USUAL_CURVE_DEG


def _ray(angle_deg: FloatArray, length: float) -> FloatArray:
    """Return steps of one length upwards, leaning forward by an angle; (n, 2), y up."""
    angle = np.radians(angle_deg)
    ray: FloatArray = np.stack([np.sin(angle), np.cos(angle)], axis=-1) * length
    return ray


def _arc(start: FloatArray, tilt_deg: FloatArray, curve_deg: FloatArray, own: float) -> FloatArray:
    """Return the low back from S1 up: its tangent turns back by the lumbar curve on the way.

    In the standing posture the chord from S1 to T12 is upright, so the tangent over S1 leans
    forward by half the own curve.
    """
    steps = (np.arange(_LUMBAR_POINTS - 1) + 0.5) / (_LUMBAR_POINTS - 1)
    angle = tilt_deg[:, None] + own / 2 - curve_deg[:, None] * steps
    step = _ray(angle, _LUMBAR / (_LUMBAR_POINTS - 1))
    return np.concatenate([start[:, None], start[:, None] + np.cumsum(step, axis=1)], axis=1)


def _chest(start: FloatArray, lean_deg: FloatArray) -> FloatArray:
    """Return the chest from T12 up: a gentle fixed bend about the measured trunk lean."""
    turns = np.linspace(-12.0, 14.0, _CHEST_POINTS - 1)
    step = _ray(lean_deg[:, None] + turns, _CHEST / (_CHEST_POINTS - 1))
    return np.concatenate([start[:, None], start[:, None] + np.cumsum(step, axis=1)], axis=1)


def _out_of_back(at: FloatArray, angle_deg: FloatArray) -> FloatArray:
    """Return a tick out of the back, square to a segment that leans forward by an angle."""
    out = _ray(angle_deg - 90.0, _LUMBAR * 0.45)
    return np.stack([at + 0.15 * out, at + out], axis=1)


def _pixels(points: FloatArray) -> FloatArray:
    """Return points of the figure (ankle at the origin, y up) as pixels of the drawing."""
    result: FloatArray = points * [1.0, -1.0] + [WIDTH * 0.48, HEIGHT * 0.92]
    return result
