"""Clothes: vertices covered, distance from the skin, and colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from backline.phantom.body import Array, PhantomBody

Fit = Literal["tight", "normal", "loose"]

#: Standoff from the skin in metres and rounds of smoothing, by fit.
STANDOFF_M: dict[Fit, tuple[float, float]] = {
    "tight": (0.001, 0.004),
    "normal": (0.004, 0.012),
    "loose": (0.015, 0.035),
}
#: Passes of smoothing of the cloth's surface: the looser, the less of the body's shape shows.
SMOOTHING: dict[Fit, int] = {"tight": 1, "normal": 6, "loose": 60}

#: Width of a lifting belt, metres (the widest that the IPF's rules allow).
BELT_M = 0.10

_TORSO = ("spine04", "spine03", "spine02", "spine01", "breast", "clavicle", "shoulder01")
_HIPS = ("root", "pelvis", "spine05", "upperleg01")


@dataclass(frozen=True)
class Outfit:
    """What a lifter wears.

    Parameters
    ----------
    fit : {"tight", "normal", "loose"}
        Fit of shirt and shorts.
    shirt, shorts, legs, shoes, skin, hair : tuple of float
        Colours, red green blue, 0 to 1. ``legs`` equals ``skin`` for bare shins.
    standoff_m : float
        How far shirt and shorts stand off, metres.
    sleeves, long_shorts : bool
        Whether the shirt covers the upper arm and the shorts the lower thigh.
    belt : bool
        A lifting belt of 10 cm around the waist.
    mottle : float
        Strength of the cloth's pattern, 0 to 1.
    """

    fit: Fit
    shirt: tuple[float, ...]
    shorts: tuple[float, ...]
    legs: tuple[float, ...]
    shoes: tuple[float, ...]
    skin: tuple[float, ...]
    hair: tuple[float, ...]
    standoff_m: float
    sleeves: bool = True
    long_shorts: bool = True
    belt: bool = False
    mottle: float = 0.1

    @classmethod
    def random(cls, rng: np.random.Generator, fit: Fit | None = None) -> Outfit:
        """Draw an outfit; a third of the shirts match the shorts, some torsos are bare."""
        tone = rng.uniform(0.15, 1.0)
        pale = np.array([0.95, 0.75, 0.62])
        skin = tuple(np.clip(pale * tone**0.8 + rng.normal(0, 0.03, 3), 0, 1))
        fits: list[Fit] = ["tight", "normal", "loose"]
        chosen = fit or fits[int(rng.choice(3, p=[0.45, 0.43, 0.12]))]

        def cloth() -> tuple[float, ...]:
            grey = rng.uniform(0.02, 0.95)
            hue = rng.uniform(0, 1, 3) - 0.5
            return tuple(np.clip(grey + hue * rng.choice([0.0, 0.2, 0.8]), 0.02, 0.98))

        shirt = cloth() if rng.random() > 0.12 else skin
        shorts = shirt if rng.random() < 0.2 else cloth()
        legs = skin if rng.random() < 0.6 else shorts
        hair = tuple(np.array([0.25, 0.17, 0.1]) * rng.uniform(0.1, 3.0))
        low, high = STANDOFF_M[chosen]
        return cls(
            chosen, shirt, shorts, legs, cloth(), skin, hair,
            float(rng.uniform(low, high)), bool(rng.random() < 0.7), bool(rng.random() < 0.6),
            bool(rng.random() < 0.15), float(rng.choice([0.0, 0.08, 0.25])),
        )  # fmt: skip


def dress(
    body: PhantomBody, outfit: Outfit, vertices: Array, rng: np.random.Generator
) -> tuple[Array, NDArray[np.uint8]]:
    """Put clothes on posed surfaces.

    Parameters
    ----------
    body : PhantomBody
        Whose surfaces.
    outfit : Outfit
        What is worn.
    vertices : ndarray, shape (n, v, 3)
        Posed skin, metres.
    rng : numpy.random.Generator
        For the cloth's pattern.

    Returns
    -------
    clothed : ndarray, shape (n, v, 3)
        Outer surface.
    colours : ndarray of uint8, shape (v, 3)
        Vertex colours.
    """
    covered, colours = _regions(body, outfit)
    soft = body.smoother
    off = covered.astype(float)
    for _ in range(3):
        off = soft @ off
    rough = np.clip(1 + 0.35 * _pattern(body, rng, 0.12), 0.2, 2)
    clothed = vertices.copy()
    for frame in clothed:
        hull = frame.copy()
        for _ in range(SMOOTHING[outfit.fit]):
            hull = np.where(covered[:, None], soft @ hull, frame)
        normals = _normals(hull, body.faces)
        frame += off[:, None] * (hull - frame)
        frame += (off * rough * outfit.standoff_m)[:, None] * normals
    shade = 1 + outfit.mottle * _pattern(body, rng, 0.05)
    return clothed, (np.clip(colours * shade[:, None], 0, 1) * 255).astype(np.uint8)


def _regions(body: PhantomBody, outfit: Outfit) -> tuple[NDArray[np.bool_], Array]:
    bone, z = body.bone_of_vertex, body.rest_vertices[:, 2]

    def among(names: tuple[str, ...]) -> NDArray[np.bool_]:
        return np.asarray([b.startswith(names) for b in bone])

    colours = np.tile(np.asarray(outfit.skin), (len(bone), 1))
    head, neck = body.heads["head"], body.heads["neck01"]
    scalp = (z > neck[2] + 0.09) & (
        (body.rest_vertices[:, 1] > head[1] + 0.02) | (z > head[2] + 0.13)
    )
    colours[scalp] = outfit.hair
    shins, feet = among(("lowerleg",)), among(("foot", "toe"))
    colours[shins], colours[feet] = outfit.legs, outfit.shoes
    torso = among(_TORSO + (("upperarm",) if outfit.sleeves else ())) & (z < neck[2] + 0.01)
    hips = among(_HIPS + (("upperleg02",) if outfit.long_shorts else ()))
    colours[torso], colours[hips] = outfit.shirt, outfit.shorts
    covered = torso | hips
    if outfit.shirt == outfit.skin:
        covered = hips
    if outfit.belt:
        waist = np.abs(z - body.heads["spine03"][2] + 0.02) < BELT_M / 2
        waist &= ~among(("upperarm", "lowerarm"))
        colours[waist & covered] = (0.12, 0.1, 0.09)
    return covered, colours


def _pattern(body: PhantomBody, rng: np.random.Generator, size_m: float) -> Array:
    """Smooth random pattern over the surface, about -1 to 1, with bumps of a given size."""
    waves = rng.normal(0, 1 / size_m, (12, 3))
    phase = rng.uniform(0, 2 * np.pi, 12)
    return np.asarray(np.cos(body.rest_vertices @ waves.T + phase).mean(1) * 2.0)


def _normals(vertices: Array, faces: NDArray[np.int64]) -> Array:
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    face_normals = np.cross(b - a, c - a)
    out = np.zeros_like(vertices)
    for i in range(3):
        for axis in range(3):
            out[:, axis] += np.bincount(faces[:, i], face_normals[:, axis], len(vertices))
    return np.asarray(out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12))
