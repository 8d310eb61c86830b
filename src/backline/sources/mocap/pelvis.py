"""The pelvis: reconstruction of a lost marker, mid-points, and hip joint centres."""

from __future__ import annotations

import numpy as np

from backline.model.posture import BoolArray, FloatArray
from backline.sources.angles.axes import back_of_pelvis
from backline.sources.mocap.recording import PELVIS


def fill_pelvis(at: dict[str, FloatArray]) -> tuple[dict[str, FloatArray], BoolArray]:
    """Put back a pelvis marker that is lost where the other three are seen.

    The arm or the thigh often hides an ASIS in a deep hip. The four markers are taken as a rigid
    body, as it was in the nearest frame that shows all four (Kabsch 1976).

    Parameters
    ----------
    at : dict of str to ndarray, shape (n, 3)
        Landmarks.

    Returns
    -------
    at : dict
        The same with the filled markers.
    filled : ndarray of bool, shape (n,)
        Frames in which one was put back. None are where the file has fewer than four.
    """
    n = len(at["ASIS_left"])
    filled = np.zeros(n, dtype=np.bool_)
    if not all(role in at for role in PELVIS):
        return at, filled
    stack = np.stack([at[role] for role in PELVIS], axis=1)
    known = np.isfinite(stack).all(axis=2)
    whole = np.flatnonzero(known.all(axis=1))
    if len(whole) == 0:
        return at, filled
    for i in np.flatnonzero(known.sum(axis=1) == 3):
        model = stack[whole[np.argmin(np.abs(whole - i))]]
        stack[i, ~known[i]] = _placed(model, stack[i], known[i])[~known[i]]
        filled[i] = True
    return {**at, **{role: stack[:, k] for k, role in enumerate(PELVIS)}}, filled


def _placed(model: FloatArray, found: FloatArray, known: BoolArray) -> FloatArray:
    """Return the model's points, shape (4, 3), moved onto those that are seen."""
    a, b = model[known].mean(axis=0), found[known].mean(axis=0)
    u, _, vt = np.linalg.svd((model[known] - a).T @ (found[known] - b))
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(vt.T @ u.T))])
    return np.asarray((model - a) @ (vt.T @ flip @ u.T).T + b)


def pelvis_line(at: dict[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Return the middle of the ASIS and the middle of the PSIS (or the sacrum), shape (n, 3)."""
    return (at["ASIS_left"] + at["ASIS_right"]) / 2, back_of_pelvis(at)


def hip_joints(at: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """Return the hip joint centres ``"left"`` and ``"right"``, metres.

    The file's own (OpenCap gives them) where there, else the regression of Harrington et al.
    2007 (J Biomech 40:595) on the pelvis' width and depth.
    """
    front, back = pelvis_line(at)
    across = at["ASIS_right"] - at["ASIS_left"]
    width = np.linalg.norm(across, axis=1, keepdims=True)
    depth = np.linalg.norm(front - back, axis=1, keepdims=True)
    z = across / width
    y = np.cross(z, front - back)
    y /= np.linalg.norm(y, axis=1, keepdims=True)
    x = np.cross(y, z)
    middle = front + (-0.24 * depth - 0.0099) * x + (-0.30 * width - 0.0109) * y
    aside = (0.33 * width + 0.0073) * z
    joints = {"left": middle - aside, "right": middle + aside}
    return {side: at.get(f"HIP_{side}", place) for side, place in joints.items()}
