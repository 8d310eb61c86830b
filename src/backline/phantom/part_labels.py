"""Which part of lifter or bar each pixel shows, and the body's outline without its arms.

Drawn from the posed mesh with flat polygons, so that it needs no graphics library.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.phantom.body import Array, PhantomBody
from backline.phantom.camera import Camera
from backline.phantom.equipment import EquipmentPart, Loading, parts, surface


class PartLabel(IntEnum):
    """What a pixel shows. ``OTHER`` is anything in front of the lifter that is not on the bar."""

    NOTHING = 0
    TRUNK = 1
    THIGH = 2
    SHANK = 3
    ARM = 4
    HAND = 5
    HEAD = 6
    BAR = 7
    PLATE = 8
    OTHER = 9


#: Parts whose outline behind the trunk's axis is the back's line, from the neck to the thigh.
OWN_BACK = (PartLabel.TRUNK, PartLabel.THIGH, PartLabel.HEAD)

_BONES = (
    (("upperleg",), PartLabel.THIGH),
    (("lowerleg", "foot", "toe"), PartLabel.SHANK),
    (("upperarm", "lowerarm"), PartLabel.ARM),
    (("wrist", "metacarpal", "finger"), PartLabel.HAND),
    (("head", "neck", "eye", "jaw", "tongue"), PartLabel.HEAD),
)
#: Fractional bits of the coordinates that polygons are drawn with.
_BITS = 4
#: Longest piece that a bar is drawn in, metres: pieces are drawn from far to near by their middles.
_PIECE_M = 0.08
#: Shaft and sleeves are thinner than this, metres; they are drawn with fewer sides than plates.
_THIN_M, _THIN_SIDES, _SIDES = 0.03, 10, 40


@dataclass(frozen=True)
class LabelledMesh:
    """Triangles of lifter and bar with their parts.

    Parameters
    ----------
    vertices : ndarray, shape (v, 3)
        World metres.
    faces : ndarray of int, shape (f, 3)
        Triangles that face outwards counter-clockwise.
    labels : ndarray of uint8, shape (f,)
        The :class:`PartLabel` of each.
    """

    vertices: Array
    faces: NDArray[np.int64]
    labels: NDArray[np.uint8]


def body_labels(body: PhantomBody) -> NDArray[np.uint8]:
    """Return the part of each face of a body; a face on a border goes with most of its corners."""
    of_vertex = np.full(len(body.bone_of_vertex), PartLabel.TRUNK, np.uint8)
    for names, label in _BONES:
        of_vertex[np.array([b.startswith(names) for b in body.bone_of_vertex])] = label
    corners = np.sort(of_vertex[body.faces], axis=1)
    return np.asarray(corners[:, 1])  # the median of three is the one that two share


def labelled_mesh(
    body: PhantomBody,
    vertices: Array,
    bar: Array,
    loading: Loading | None,
    labels: NDArray[np.uint8],
) -> LabelledMesh:
    """Join a posed lifter and the bar.

    Parameters
    ----------
    body : PhantomBody
        Whose faces.
    vertices : ndarray, shape (v, 3)
        Posed outer surface, world metres.
    bar : ndarray, shape (3,)
        Centre of the bar, world metres.
    loading : Loading or None
        What hangs on it; None for no bar.
    labels : ndarray of uint8, shape (f,)
        From :func:`body_labels`.
    """
    points, faces, of_face = [vertices], [body.faces], [labels]
    count = len(vertices)
    for part in parts(loading) if loading else []:
        thin = max(part.radius) < _THIN_M
        at, triangles = surface(_in_pieces(part), _THIN_SIDES if thin else _SIDES)
        label = PartLabel.BAR if thin else PartLabel.PLATE
        points.append(at + bar)
        faces.append(triangles + count)
        of_face.append(np.full(len(triangles), label, np.uint8))
        count += len(at)
    return LabelledMesh(np.concatenate(points), np.concatenate(faces), np.concatenate(of_face))


def paint_labels(
    mesh: LabelledMesh,
    camera: Camera,
    stature_m: float,
    matrix: NDArray[np.float64],
    size: tuple[int, int],
    only: Sequence[PartLabel] | None = None,
) -> NDArray[np.uint8]:
    """Draw which part each pixel shows, from far to near.

    Parameters
    ----------
    mesh : LabelledMesh
        Lifter and bar.
    camera : Camera
        From where.
    stature_m : float
        The lifter's height, for the focal length.
    matrix : ndarray, shape (2, 3)
        Map from the camera's pixels (centre of the first at 0) to those drawn.
    size : tuple of int
        Width and height drawn.
    only : sequence of PartLabel, optional
        Draw these parts alone, as if the others were not there.

    Returns
    -------
    ndarray of uint8, shape (height, width)
        :class:`PartLabel` of each pixel.
    """
    at = camera.project(mesh.vertices, stature_m) - 0.5
    at = at @ matrix[:, :2].T + matrix[:, 2]
    place, _ = camera.basis()
    corners = at[mesh.faces]
    shown = np.ones(len(mesh.faces), bool) if only is None else np.isin(mesh.labels, only)
    low, high = corners.min(axis=1), corners.max(axis=1)
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    turn = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    shown &= turn * np.linalg.det(matrix[:, :2]) < 0  # it faces the camera (y points down)
    shown &= (high > 0).all(axis=1) & (low < np.asarray(size)).all(axis=1)
    index = np.flatnonzero(shown)
    middles = mesh.vertices[mesh.faces[index]].mean(axis=1)
    order = index[np.argsort(-np.linalg.norm(middles - place, axis=1))]
    fixed = np.rint(corners * 2**_BITS).astype(np.int32)
    drawn = np.zeros((size[1], size[0]), np.uint8)
    for face, label in zip(fixed[order], mesh.labels[order].tolist(), strict=True):
        cv2.fillConvexPoly(drawn, face, label, cv2.LINE_8, _BITS)
    return drawn


def _in_pieces(part: EquipmentPart) -> EquipmentPart:
    """Add rings along x, so that what is drawn from far to near is short."""
    xs, radii = [part.x[0]], [part.radius[0]]
    for start, end, r0, r1 in zip(part.x, part.x[1:], part.radius, part.radius[1:], strict=False):
        count = max(1, round(abs(end - start) / _PIECE_M))
        shares = np.arange(1, count + 1) / count
        xs += (start + (end - start) * shares).tolist()
        radii += (r0 + (r1 - r0) * shares).tolist()
    return EquipmentPart(tuple(xs), tuple(radii), part.colour)
