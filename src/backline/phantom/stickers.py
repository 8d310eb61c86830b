"""Printed stickers on a phantom, for tests of what tracks them.

Each sits on the outer surface of the posed body at its own vertices and goes where they go. The
two over thin skin on bone (S1 and the pelvis' rim) turn with the pelvis. The skinning of the
rendered body drags that skin along with the thigh by up to 30 degrees in a deep squat, which no
real skin does (it shifts over the lumbar spine by 10 +- 6 mm, Zemp 2014); the others turn with
the patch of skin that they are stuck to.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.phantom.body import Array, PhantomBody, pitch
from backline.phantom.equipment import EquipmentPart, surface
from backline.phantom.truth import back_midline
from backline.sources.fiducials.layout import (
    COLOURS,
    MODULES,
    PLACES,
    QUIET_SHARE,
    STEM_SHARE,
    StickerPlace,
    pattern,
)

#: A patch is the skin within this of the sticker's middle, metres: under a fin's foot, under a
#: flat sticker (the thigh's triangles are large).
FOOT_M, FLAT_M = 0.03, 0.05
#: Gap between skin and paper, metres.
GAP_M = 0.002
#: Height of S1's sticker above the pelvis' own joint, of T12's above its lowest thoracic one.
S1_ABOVE_M, T12_ABOVE_M = 0.035, 0.02
#: The pelvis' rim above the hip joint, share of stature.
RIM_ABOVE = 0.04
#: Radius of a coloured ball, metres.
BALL_M = 0.015
#: Grey of ink and paper.
INK, PAPER = 22, 238


@dataclass(frozen=True, eq=False)
class Sticker:
    """One sticker on one body.

    Parameters
    ----------
    on_bone : bool
        Whether it turns with the pelvis; else with its patch of skin.
    patch : ndarray of int, shape (k,)
        Vertices that it is stuck to; the first is its middle.
    axes : ndarray, shape (3, 3)
        At rest: right and up in the print, and out of the skin; rows.
    points : ndarray, shape (v, 3)
        Its surface, metres along the axes from where it is stuck.
    faces : ndarray of int, shape (f, 3)
        Triangles of them.
    colours : ndarray of uint8, shape (v, 3)
        Their colours.
    """

    on_bone: bool
    patch: NDArray[np.int64]
    axes: Array
    points: Array
    faces: NDArray[np.int64]
    colours: NDArray[np.uint8]

    def at(self, rest: Array, posed: Array, tilt_deg: float) -> Array:
        """Return the points on a posed surface, shape (v, 3), world metres.

        Parameters
        ----------
        rest, posed : ndarray, shape (n, 3)
            The body's vertices at rest and posed, with the clothes on.
        tilt_deg : float
            Pitch of the pelvis.
        """
        skin = posed[self.patch]
        turned = pitch(tilt_deg) if self.on_bone else _rotation(rest[self.patch], skin)
        axes = self.axes @ turned.T
        lift = float(((skin - skin[0]) @ axes[2]).max()) + GAP_M
        return np.asarray(skin[0] + lift * axes[2] + self.points @ axes)


def stick(body: PhantomBody, side: str, size_mm: float) -> list[Sticker]:
    """Put the five printed stickers on a body.

    Parameters
    ----------
    body : PhantomBody
        Whose skin.
    side : {"left", "right"}
        The side that the camera sees.
    size_mm : float
        Side of the printed pattern, millimetres.
    """
    # x is to the lifter's left: seen from the right, the picture's right is the body's front
    lateral = np.array([-1.0 if side == "right" else 1.0, 0.0, 0.0])
    made = []
    for place, middle in zip(PLACES, _middles(body, float(lateral[0])), strict=True):
        patch = _patch(body, middle, FOOT_M if place.fin else FLAT_M)
        points, faces, colours = _print(place, size_mm / 1000)
        up = np.array([0.0, 0.0, 1.0])
        if place.fin:
            # it stands out of the back: its print lies between the back and the air behind
            out = np.array([0.0, 1.0, 0.0])
            right = np.array([0.0, lateral[0], 0.0])
            points[:, 0] += lateral[0] * (0.5 + QUIET_SHARE + STEM_SHARE) * size_mm / 1000
        else:
            out = _normal(body.rest_vertices[patch], lateral)
            right = np.cross(up, out) / np.linalg.norm(np.cross(up, out))
            up = np.cross(out, right)
        axes = np.stack([right, up, out])
        bone = place.name in ("s1", "pelvis")
        made.append(Sticker(bone, patch, axes, points, faces, colours))
    return made


def stick_dots(body: PhantomBody, colour: str) -> list[Sticker]:
    """Put three coloured balls on a back, over T12, L3 and S1.

    Parameters
    ----------
    body : PhantomBody
        Whose skin.
    colour : str
        One of `COLOURS`.
    """
    hue = np.array([[[COLOURS[colour], 235, 225]]], dtype=np.uint8)
    paint = np.asarray(cv2.cvtColor(hue, cv2.COLOR_HSV2RGB))[0, 0]
    t = np.linspace(-1.0, 1.0, 13)
    ring = tuple(BALL_M * np.sqrt(1 - t**2))
    points, faces = surface(EquipmentPart(tuple(BALL_M * t), ring, (0.0, 0.0, 0.0)), sides=16)
    colours = np.tile(np.asarray(paint, dtype=np.uint8), (len(points), 1))
    axes = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    return [
        Sticker(False, _patch(body, middle, FOOT_M), axes, points, faces, colours)
        for middle in _middles(body, -1.0)[:3]
    ]


def _patch(body: PhantomBody, middle: int, radius_m: float) -> NDArray[np.int64]:
    """Return the vertices about one, the nearest first."""
    apart = np.linalg.norm(body.rest_vertices - body.rest_vertices[middle], axis=1)
    close = np.flatnonzero(apart < radius_m)
    return np.asarray(close[np.argsort(apart[close])])


def _middles(body: PhantomBody, lateral: float) -> list[int]:
    """Return the vertex under the middle of each sticker."""
    at, heads = body.rest_vertices, body.heads
    line = back_midline(body)
    low = heads["spine05"][2] + S1_ABOVE_M
    high = heads["spine02"][2] + T12_ABOVE_M
    midline = [int(line[np.argmin(np.abs(at[line, 2] - z))]) for z in (high, (low + high) / 2, low)]
    rim = np.array([0.0, 0.0, RIM_ABOVE * float(np.ptp(at[:, 2]))])
    hip = heads["upperleg01.R"] if lateral < 0 else heads["upperleg01.L"]
    knee = heads["lowerleg01.R"] if lateral < 0 else heads["lowerleg01.L"]
    limb = np.asarray([not b.startswith(("upperarm", "lowerarm", "wrist", "finger", "metacarpal"))
                       for b in body.bone_of_vertex])  # fmt: skip
    sides = []
    for centre in (hip + rim, (hip + knee) / 2):
        close = limb & (np.abs(at[:, 1] - centre[1]) < 0.02) & (np.abs(at[:, 2] - centre[2]) < 0.02)
        index = np.flatnonzero(close)
        sides.append(int(index[np.argmax(lateral * at[index, 0])]))
    return [*midline, *sides]


def _print(
    place: StickerPlace, size_m: float
) -> tuple[Array, NDArray[np.int64], NDArray[np.uint8]]:
    """Return points, triangles and colours of a print: one square a module, paper all round."""
    step, quiet = size_m / MODULES, QUIET_SHARE * size_m
    edges = np.concatenate(
        [[-size_m / 2 - quiet], -size_m / 2 + step * np.arange(MODULES + 1), [size_m / 2 + quiet]]
    )
    white = np.pad(pattern(place), 1, constant_values=True)
    points: list[tuple[float, float]] = []
    faces: list[tuple[int, int, int]] = []
    colours: list[tuple[int, int, int]] = []
    for row in range(MODULES + 2):
        for column in range(MODULES + 2):
            first = len(points)
            left, right = edges[column], edges[column + 1]
            top, bottom = -edges[row], -edges[row + 1]
            points += [(left, top), (right, top), (right, bottom), (left, bottom)]
            faces += [(first, first + 1, first + 2), (first, first + 2, first + 3)]
            colours += [(PAPER if white[row, column] else INK,) * 3] * 4
    flat = np.pad(np.array(points), ((0, 0), (0, 1)))
    return flat, np.array(faces), np.array(colours, dtype=np.uint8)


def _normal(patch: Array, towards: Array) -> Array:
    """Return the direction square to a patch of skin that points out, shape (3,)."""
    normal = np.linalg.svd(patch - patch.mean(axis=0))[2][2]
    return np.asarray(normal * np.sign(normal @ towards))


def _rotation(rest: Array, posed: Array) -> Array:
    """Return the rotation (3, 3) that turns a patch at rest into its posed self best."""
    before, after = rest - rest.mean(axis=0), posed - posed.mean(axis=0)
    u, _, vt = np.linalg.svd(after.T @ before)
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    return np.asarray(u @ flip @ vt)
