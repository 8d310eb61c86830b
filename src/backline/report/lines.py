"""The lines that are drawn: the standing reference, and the ticks of pelvis and trunk.

Image coordinates throughout: x to the right, y down, pixels. A positive angle here turns
clockwise on the screen, which is forward for a lifter who faces right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from backline.model.measurement import Evidence
from backline.model.posture import BoolArray, FloatArray

if TYPE_CHECKING:
    from backline.analysis import LiftAnalysis


OWN_SHARE = 0.5
"""A point of the reference is drawn where it is the lifter's own back in this share of its
frames."""
LEAST_DRAWN = 0.5
"""The reference's low back is drawn only where this share of its points is known: a scrap of it
says nothing of a curve."""


@dataclass(frozen=True)
class DrawnScene:
    """Everything that is drawn on the frames of one analysis, at one picture size.

    Parameters
    ----------
    back : ndarray, shape (n, k, 2)
        The back line, neck first; NaN where there is none.
    visible : ndarray of bool, shape (n, k)
        Whether each point is the lifter's own back.
    t12, s1 : int
        Where the lumbar part begins and ends on the line.
    ghost : ndarray, shape (n, m, 2)
        The low back of the reference, T12 first, laid onto the pelvis of each frame; NaN where
        no frame shows the reference, where nothing is measured, and where the pelvis is hidden.
    pelvis_tick, trunk_tick : ndarray, shape (n, 2, 2)
        A short line out of the back at S1 and at T12, turned by the measured pelvic tilt
        and trunk lean; the angle between them grows by the lumbar flexion.
    forward : int
        +1 where the lifter faces right in the picture, -1 where left.
    """

    back: FloatArray
    visible: BoolArray
    t12: int
    s1: int
    ghost: FloatArray
    pelvis_tick: FloatArray
    trunk_tick: FloatArray
    forward: int


def scene(analysis: LiftAnalysis, scale: float = 1.0) -> DrawnScene | None:
    """Return what is drawn on each frame, or None where there is no picture evidence.

    Parameters
    ----------
    analysis : LiftAnalysis
        The result with its evidence, in full-size pixels.
    scale : float
        Drawn pixels per full-size pixel.
    """
    evidence = analysis.evidence
    if evidence is None or evidence.back_line.shape[1] < 2:
        return None
    back = np.asarray(evidence.back_line, dtype=np.float64) * scale
    t12, s1 = sorted((evidence.t12_index, evidence.s1_index))
    forward = facing(analysis.view.side, evidence)
    visible = np.asarray(evidence.back_visible, dtype=bool)
    own = standing_line(analysis, back, visible, s1)
    posture = analysis.posture
    anchor = back[:, s1]
    tilt: FloatArray = np.where(posture.measurable, forward * posture.pelvic_tilt_deg, np.nan)
    lean: FloatArray = np.where(posture.measurable, forward * posture.trunk_lean_deg, np.nan)
    lumbar = own[t12 : s1 + 1]
    shown = lumbar if np.isfinite(lumbar).all(axis=1).mean() >= LEAST_DRAWN else lumbar * np.nan
    length = float(np.nansum(np.hypot(*np.diff(lumbar, axis=0).T))) * 0.45
    return DrawnScene(
        back=back,
        visible=visible,
        t12=t12,
        s1=s1,
        ghost=turned(shown, np.where(visible[:, s1], tilt, np.nan)) + anchor[:, None],
        pelvis_tick=turned(_tick(own, s1, t12, length, forward), tilt) + anchor[:, None],
        trunk_tick=turned(_tick(own, t12, s1, length, forward), lean) + back[:, t12][:, None],
        forward=forward,
    )


def facing(side: str | None, evidence: Evidence) -> int:
    """Return +1 where the lifter faces right in the picture, -1 where left.

    The side that faces the camera decides: a lifter seen from the right faces right. Where
    it is unknown, the toes (points 31, 32) lie before the heels (29, 30).
    """
    if side is not None:
        return 1 if side == "right" else -1
    toes, heels = evidence.points[:, 31:33, 0], evidence.points[:, 29:31, 0]
    ahead = toes - heels
    return -1 if np.isfinite(ahead).any() and float(np.nanmedian(ahead)) < 0 else 1


def standing_line(
    analysis: LiftAnalysis, back: FloatArray, visible: BoolArray, anchor: int
) -> FloatArray:
    """Return the back line of the reference, its anchor at the origin.

    Parameters
    ----------
    analysis : LiftAnalysis
        Says which frames show the reference.
    back : ndarray, shape (n, k, 2)
        The back line of every frame.
    visible : ndarray of bool, shape (n, k)
        Whether each point is the lifter's own back.
    anchor : int
        Index into k that becomes the origin.

    Returns
    -------
    ndarray, shape (k, 2)
        The median over the reference's frames; NaN where no frame shows it, and at the points
        that are something else in most of them (an elbow, a plate).
    """
    posture = analysis.posture
    still = posture.reference.frames(posture.time_s) & posture.measurable
    whole = np.isfinite(back).all(axis=(1, 2)) & still
    if not whole.any():
        return np.full(back.shape[1:], np.nan)
    line: FloatArray = np.median(back[whole] - back[whole, anchor][:, None], axis=0)
    line[visible[whole].mean(axis=0) < OWN_SHARE] = np.nan
    return line


def turned(line: FloatArray, angle_deg: FloatArray) -> FloatArray:
    """Return a line turned about the origin by each angle (clockwise on the screen).

    Parameters
    ----------
    line : ndarray, shape (m, 2)
        Pixels, y down.
    angle_deg : ndarray, shape (n,)
        Degrees.

    Returns
    -------
    ndarray, shape (n, m, 2)
    """
    cos, sin = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    turn = np.stack([np.stack([cos, -sin], -1), np.stack([sin, cos], -1)], -2)
    result: FloatArray = np.einsum("nij,mj->nmi", turn, line)
    return result


def along(line: FloatArray, at: FloatArray) -> FloatArray:
    """Return points between a line's, shape (n, k, 2).

    Parameters
    ----------
    line : ndarray, shape (n, m, 2)
        Points of n frames.
    at : ndarray, shape (k,)
        Places along it, 0 to m - 1. A NaN neighbour does not spoil a place on a point itself.
    """
    low = np.clip(at.astype(int), 0, line.shape[1] - 2)
    part = (at - low)[None, :, None]
    first, second = line[:, low], line[:, low + 1]
    return np.where(
        part == 0, first, np.where(part == 1, second, first * (1 - part) + second * part)
    )


def lumbar_in_pelvis(
    scene: DrawnScene, pelvic_tilt_deg: FloatArray, points: int = 24
) -> FloatArray:
    """Return the lumbar line of every frame as the pelvis sees it, for laying side by side.

    Parameters
    ----------
    scene : DrawnScene
        The drawn lines.
    pelvic_tilt_deg : ndarray, shape (n,)
        Degrees, + anterior; taken back out, so that the pelvis stands still.
    points : int
        Points of the returned line.

    Returns
    -------
    ndarray, shape (n, points, 2)
        T12 first, S1 last at the origin; x to the lifter's front, y up, in pixels.
    """
    lumbar = scene.back[:, scene.t12 : scene.s1 + 1] - scene.back[:, scene.s1][:, None]
    lumbar = lumbar * np.array([scene.forward, -1.0])
    at = np.linspace(0, lumbar.shape[1] - 1, points)
    even = along(lumbar, at)
    cos, sin = np.cos(np.radians(pelvic_tilt_deg)), np.sin(np.radians(pelvic_tilt_deg))
    x, y = even[..., 0], even[..., 1]
    return np.stack(
        [x * cos[:, None] - y * sin[:, None], x * sin[:, None] + y * cos[:, None]], axis=-1
    )


def crop_box(
    points: FloatArray, picture: tuple[int, int], aspect: float, margin: float
) -> tuple[int, int, int, int]:
    """Return a box of one aspect around points, kept inside the picture.

    Parameters
    ----------
    points : ndarray, shape (m, 2)
        Pixels; NaN points are left out. None left gives the whole picture's box.
    picture : tuple of int
        Width and height, pixels.
    aspect : float
        Width over height of the box.
    margin : float
        Room around the points, as a share of their height or width.

    Returns
    -------
    tuple of int
        x0, y0, x1, y1, pixels.
    """
    width, height = picture
    known = points[np.isfinite(points).all(axis=1)]
    if not len(known):
        known = np.array([[0.0, 0.0], [width, height]])
    low, high = known.min(axis=0), known.max(axis=0)
    centre, size = (low + high) / 2, (high - low) * (1 + 2 * margin)
    tall = min(max(size[1], size[0] / aspect, 8.0), height, width / aspect)
    wide = tall * aspect
    x0 = float(np.clip(centre[0] - wide / 2, 0, width - wide))
    y0 = float(np.clip(centre[1] - tall / 2, 0, height - tall))
    return round(x0), round(y0), round(x0 + wide), round(y0 + tall)


def _tick(own: FloatArray, at: int, towards: int, length: float, forward: int) -> FloatArray:
    """Return a tick out of the back, square to the standing reference's tangent at a point."""
    step = max(1, abs(towards - at) // 4)
    inner = at + (step if towards > at else -step)
    tangent = own[inner] - own[at]
    norm = float(np.hypot(*tangent))
    if not norm > 0:
        return np.full((2, 2), np.nan)
    normal = np.array([-tangent[1], tangent[0]]) / norm
    if normal[0] * forward > 0:  # out of the back, away from the lifter's front
        normal = -normal
    return np.stack([normal * length * 0.1, normal * length])
