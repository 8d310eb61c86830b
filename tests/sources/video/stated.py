"""A lifter whose every frame is known, and a network that states what it was told of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from backline.sources.video.clip_observations import CROP_SHAPE, ClipObservations, CropSpool
from backline.sources.video.lumbar.network import LumbarEstimate, LumbarNetwork
from backline.sources.video.lumbar.picture_input import POINT_FEATURES
from tests.sources.video.sights import estimate_of, points_of, sight_of

STEP = 10.0
"""Features of neighbouring frames differ by this much, so that none are averaged."""


class Stated(LumbarNetwork):
    """Stands in for the network: it knows each frame by its features and states its reading.

    It may be asked for any frames in any order: `numbered` writes each frame's number into the
    features, beside a constant that tells the scale.
    """

    def __init__(self, estimate: LumbarEstimate) -> None:
        self.estimate = estimate
        self.sha256 = "0" * 64
        self.seen: list[tuple[np.ndarray, ...]] = []

    def read(self, crops: Any, vectors: Any, *rest: Any) -> LumbarEstimate:
        self.seen.append((crops, vectors, *rest))
        frames = np.round(vectors[:, 0] / vectors[:, 1]).astype(int)
        return LumbarEstimate(*(v[frames] for v in vars(self.estimate).values()))


def numbered(observations: ClipObservations) -> ClipObservations:
    """Write each frame's number into its features."""
    features = np.zeros((len(observations.time_s), POINT_FEATURES), np.float32)
    features[:, 0] = STEP * np.arange(len(features))
    features[:, 1] = STEP
    return replace(observations, features=features)


def a_cut() -> np.ndarray:
    """A crop with an upright body in it."""
    one = np.zeros(CROP_SHAPE, np.uint8)
    one[0, 60:150, 50:90] = 255
    one[1] = 90
    return one


def acted(knee_deg: Any, lean_deg: Any, spool: CropSpool, **changes: Any) -> ClipObservations:
    """A lifter on fixed feet with these angles, frame by frame; one crop serves all frames."""
    lean = np.asarray(lean_deg, float)
    points = points_of(knee_deg, 0.25 * np.asarray(knee_deg), lean)
    if not len(spool):
        spool.add(a_cut())
    rows = np.zeros(len(lean), np.int64)
    return numbered(
        sight_of(points, **{"lean_deg": lean.copy(), "crops": spool, "crop_row": rows, **changes})
    )


def stated(n: int, **changes: Any) -> Stated:
    """A network that reads the plain reading with these changes."""
    return Stated(estimate_of(n, **changes))
