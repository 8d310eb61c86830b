"""Draws a lifter whose back's contour is known to a fraction of a pixel."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from backline.sources.video.contour.trunk_rays import RAY_COUNT, TRUNK_RAYS, TrunkRays, trunk_rays
from backline.sources.video.pose.person import Person

FINE = 8  # drawn this many times larger, then averaged: antialiased edges
WIDTH, HEIGHT, TRUNK = 300, 340, 130.0


@dataclass(frozen=True)
class Drawn:
    """A picture with its truth: true contour, body points, and a coarse wrong mask."""

    picture: np.ndarray
    person: Person
    rays: TrunkRays
    contour: np.ndarray


def true_depth(hollow: float = 0.03) -> np.ndarray:
    """Depth of the back along the rays in trunk lengths: hollow at the low back, then buttock."""
    along = np.linspace(0.0, 1.0, TRUNK_RAYS)
    trunk = (
        0.24
        + 0.05 * np.cos(2.2 * np.pi * (along - 0.30))
        - hollow * np.exp(-(((along - 0.70) / 0.12) ** 2))
    )
    rest = np.linspace(trunk[-1], trunk[-1] - 0.02, RAY_COUNT - TRUNK_RAYS + 1)[1:]
    return np.concatenate([trunk, rest])


def draw(
    *,
    facing: int = 1,
    lean_deg: float = 20.0,
    hip_flexion_deg: float = 60.0,
    hollow: float = 0.03,
    seed: int = 0,
    lifter_grey: float = 50.0,
    wall_grey: float = 150.0,
    mask_shift: float = 3.0,
    blur_px: float = 0.8,
) -> Drawn:
    """Draw a lifter in front of a mottled wall."""
    rng = np.random.default_rng(seed)
    hip = np.array([150.0, 200.0])
    up = _turned(facing * lean_deg)
    shoulder = hip + TRUNK * up
    # standing thigh points down; flexion swings the knee to the front
    knee = hip - 120.0 * _turned(facing * (lean_deg - hip_flexion_deg))
    rays = trunk_rays(shoulder, hip, knee, facing)
    contour = rays.at(true_depth(hollow) * TRUNK)
    front = rays.at(np.full(RAY_COUNT, -0.25 * TRUNK))
    body = np.concatenate([contour, [knee], front[TRUNK_RAYS - 1 :: -1]])
    inside = _filled(body)
    wall = _mottled(rng, wall_grey, 25.0)
    skin = _mottled(rng, lifter_grey, 10.0)
    picture = inside[..., None] * skin + (1.0 - inside[..., None]) * wall
    picture = cv2.GaussianBlur(picture, (0, 0), blur_px) + rng.normal(0.0, 2.0, picture.shape)
    points = np.zeros((33, 3), np.float32)
    points[:, :2], points[:, 2] = hip, 0.9
    for pair, place in (((11, 12), shoulder), ((23, 24), hip), ((25, 26), knee)):
        points[list(pair), :2] = place
    points[[7, 8], :2] = shoulder + 40 * up
    front_arm = shoulder - facing * 55 * np.array([up[1], -up[0]])
    points[[13, 14, 15, 16], :2] = front_arm
    mask = _coarse(inside, rng, mask_shift)
    return Drawn(
        np.clip(np.rint(picture), 0, 255).astype(np.uint8), Person(points, mask), rays, contour
    )


def distance_to(line: np.ndarray, contour: np.ndarray) -> np.ndarray:
    """Distance of points (n, 2) from a polyline (m, 2), pixels."""
    start, way = contour[:-1], np.diff(contour, axis=0)
    length2 = np.maximum((way**2).sum(axis=1), 1e-12)
    share = np.clip(((line[:, None] - start) * way).sum(axis=2) / length2, 0.0, 1.0)
    nearest = start + share[..., None] * way
    return np.linalg.norm(line[:, None] - nearest, axis=2).min(axis=1)


def _turned(degrees: float) -> np.ndarray:
    """Unit vector that points up, turned towards +x."""
    return np.array([np.sin(np.radians(degrees)), -np.cos(np.radians(degrees))])


def _filled(body: np.ndarray) -> np.ndarray:
    fine = np.zeros((HEIGHT * FINE, WIDTH * FINE), np.uint8)
    corners = (body + 0.5) * FINE - 0.5
    cv2.fillPoly(fine, [np.rint(corners * 16).astype(np.int32)], 255, shift=4)
    small = cv2.resize(fine, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return small.astype(float) / 255.0


def _mottled(rng: np.random.Generator, grey: float, spread: float) -> np.ndarray:
    noise = cv2.GaussianBlur(rng.normal(size=(HEIGHT, WIDTH, 3)), (0, 0), 3.0)
    return grey + spread * noise / noise.std()


def _coarse(inside: np.ndarray, rng: np.random.Generator, shift: float) -> np.ndarray:
    """The mask as an engine gives it: a quarter of the size, wavy, a few pixels off."""
    wave = cv2.GaussianBlur(rng.normal(size=(HEIGHT, WIDTH, 2)).astype(np.float32), (0, 0), 12.0)
    wave *= 0.5 * shift / wave.std()
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    moved = cv2.remap(inside.astype(np.float32), x + wave[..., 0], y + wave[..., 1], 1)
    small = cv2.resize(moved, (WIDTH // 4, HEIGHT // 4), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC).clip(0, 1)
