"""Ground truth of a posed lifter: the lumbar curve on the skin, and its occlusion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backline.phantom.body import Array, PhantomBody
from backline.phantom.camera import Camera
from backline.phantom.equipment import COLLAR_M, Loading

#: Half height of the stretch of skin over which a tangent is taken, metres.
TANGENT_HALF_M = 0.03


def back_midline(body: PhantomBody) -> NDArray[np.int64]:
    """Return the vertices of the back's middle line, from S1 up to C7."""
    v = body.rest_vertices - body.heads["root"]
    low = body.heads["spine05"][2] - body.heads["root"][2]
    high = body.heads["neck01"][2] - body.heads["root"][2]
    around = (np.abs(v[:, 0]) < 0.02) & (v[:, 2] > low - 0.05) & (v[:, 2] < high + 0.02)
    index = np.flatnonzero(around)
    centre = np.interp(v[index, 2], [low, high], [0.0, 0.0])
    index = index[v[index, 1] > centre]
    return np.asarray(index[np.argsort(v[index, 2])])


def lumbar_curve_deg(body: PhantomBody, vertices: Array) -> Array:
    """Return the angle between the skin's tangents over T12 and S1, + lordotic, degrees.

    Parameters
    ----------
    body : PhantomBody
        Whose vertices.
    vertices : ndarray, shape (n, v, 3)
        Posed skin (without clothes), metres.
    """
    s1 = _tangent_pitch(body, vertices, body.heads["spine05"][2] + 0.035)
    t12 = _tangent_pitch(body, vertices, body.heads["spine02"][2])
    return s1 - t12


def _tangent_pitch(body: PhantomBody, vertices: Array, height: float) -> Array:
    """Forward pitch of the back's midline around a rest height, degrees."""
    line = back_midline(body)
    z = body.rest_vertices[line, 2]
    around = line[np.abs(z - height) < TANGENT_HALF_M]
    weight = body.rest_vertices[around, 2] - body.rest_vertices[around, 2].mean()
    along = np.einsum("k,nkc->nc", weight, vertices[:, around])
    return np.asarray(np.degrees(np.arctan2(-along[:, 1], along[:, 2])))


def hidden_share(
    body: PhantomBody,
    vertices: Array,
    bar: Array,
    loading: Loading | None,
    camera: Camera,
    stature_m: float,
) -> Array:
    """Return the share of the low back's middle line (S1 to T12) that a plate hides.

    Parameters
    ----------
    body : PhantomBody
        Whose vertices.
    vertices : ndarray, shape (n, v, 3)
        Posed surface, world metres.
    bar : ndarray, shape (n, 3)
        Centre of the bar, world metres.
    loading : Loading or None
        What hangs on it.
    camera : Camera
        From where it is seen.
    stature_m : float
        The lifter's height, metres.
    """
    n = len(vertices)
    if loading is None or loading.radius_m <= 0:
        return np.zeros(n)
    line = back_midline(body)
    z = body.rest_vertices[line, 2]
    low = line[(z > body.heads["spine05"][2]) & (z < body.heads["spine02"][2] + 0.02)]
    sign = -1.0 if camera.side == "right" else 1.0
    centre = bar + np.array([sign * (COLLAR_M + loading.stack_m), 0.0, 0.0])
    rim = centre + np.array([0.0, 0.0, loading.radius_m])
    at = camera.project(vertices[:, low], stature_m)
    middle = camera.project(centre, stature_m)
    radius = np.linalg.norm(camera.project(rim, stature_m) - middle, axis=1)
    inside = np.linalg.norm(at - middle[:, None], axis=2) < radius[:, None]
    return np.asarray(inside.mean(1))
