"""Speed of the lumbar network."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Frames read for one measurement, and how often it is repeated (the best counts, since other
#: work on the machine can only slow it down).
FRAMES, REPEATS = 128, 3


def network_frames_per_s(threads: int = 2) -> float:
    """Return how many frames a second the shipped lumbar network reads.

    Parameters
    ----------
    threads : int
        Cores that it may use.
    """
    from backline.sources.video.lumbar.contour_input import CONTOUR_SHAPE
    from backline.sources.video.lumbar.network import VECTOR_LENGTH, LumbarNetwork

    network = LumbarNetwork(threads=threads)
    rng = np.random.default_rng(0)
    crops = _crops(rng)
    vectors = rng.normal(0, 1, (FRAMES, VECTOR_LENGTH)).astype(np.float32)
    lines = rng.normal(0, 0.3, (FRAMES, *CONTOUR_SHAPE)).astype(np.float32)
    # The first reading sets things up.
    network.read(crops[:32], vectors[:32], lines[:32], crops[0], lines[0])
    best = 0.0
    for _ in range(REPEATS):
        start = time.perf_counter()
        network.read(crops, vectors, lines, crops[0], lines[0])
        best = max(best, FRAMES / (time.perf_counter() - start))
    return best


def _crops(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return crops as an analysis hands them to the network: a block of a body, before noise."""
    from backline.sources.video.clip_observations import CROP_SHAPE
    from backline.sources.video.lumbar.clip_inference import rescaled

    spooled: Any = np.zeros((FRAMES, *CROP_SHAPE), np.uint8)
    _, _, height, width = spooled.shape
    spooled[:, 0, height // 4 :, width // 3 : 2 * width // 3] = 255
    spooled[:, 1] = rng.integers(0, 256, (FRAMES, height, width))
    return rescaled(spooled, 1.0)
