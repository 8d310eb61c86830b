"""Decodes the detection model's output: where in a picture a person is.

An SSD detector (Liu 2016, https://doi.org/10.1007/978-3-319-46448-0_2) with one box size, which
detects the face, and with it two points for the whole body; overlapping detections are averaged by
their scores, as BlazeFace does it (Bazarevsky 2019, https://arxiv.org/abs/1907.05047).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from backline.sources.video.pose.blazepose import single_precision

INPUT_PX = 224
"""Side of the model's input picture, pixels."""
LEAST_LOGIT = 0.0
"""Least log odds of a detection (a probability of one half)."""
SAME_OVERLAP = 0.3
"""Boxes whose intersection over union exceeds this are of one person."""
_GRIDS = ((28, 2), (14, 2), (7, 6))
"""Cells along each side, and boxes in each cell, of the strides 8, 16 and 32."""


@cache
def anchors() -> NDArray[np.float32]:
    """Return the centres of all boxes, (2254, 2), as shares of the model's picture."""
    centres = []
    for cells, boxes in _GRIDS:
        along = (np.arange(cells) + 0.5) / cells
        y, x = np.meshgrid(along, along, indexing="ij")
        centres.append(np.repeat(np.column_stack([x.ravel(), y.ravel()]), boxes, axis=0))
    return np.asarray(np.concatenate(centres), dtype=np.float32)


def best_alignment(
    boxes: NDArray[np.float32], logits: NDArray[np.float32]
) -> NDArray[np.float32] | None:
    """Return the alignment points of the most probable person; None where none is probable enough.

    Parameters
    ----------
    boxes : ndarray, shape (2254, 12)
        For each anchor, in pixels of the model's picture: centre from the anchor (x, y), size
        (x, y), and four points from the anchor, of which the first two are of the whole body.
    logits : ndarray, shape (2254,)
        Log odds that it holds a person.

    Returns
    -------
    ndarray, shape (2, 2), or None
        Middle of the hips and the point on the circle around the body, as shares of the picture.
    """
    sure = np.flatnonzero((logits >= LEAST_LOGIT) & (boxes[:, 2:4] >= 0).all(axis=1))
    if sure.size == 0:
        return None
    scores = 1 / (1 + single_precision.exp(-logits[sure]))
    order = np.argsort(-scores, kind="stable")
    scores, sure = scores[order], sure[order]
    found, centre = boxes[sure] / np.float32(INPUT_PX), anchors()[sure]
    middle, size = found[:, :2] + centre, found[:, 2:4]
    same = _overlap(middle - size / 2, middle + size / 2) > SAME_OVERLAP
    same[0] = True
    points = (found[:, 4:8].reshape(-1, 2, 2) + centre[:, None])[same]
    weights = scores[same][:, None, None]
    # One after the other, as the graph does, for the same rounding.
    mean = np.cumsum(points * weights, axis=0)[-1] / np.cumsum(weights, axis=0)[-1]
    return np.asarray(mean, dtype=np.float32)


def _overlap(low: NDArray[np.float32], high: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return each box's intersection with the first by their union."""
    shared = np.clip(np.minimum(high, high[0]) - np.maximum(low, low[0]), 0, None).prod(axis=1)
    area = (high - low).prod(axis=1)
    union = area + area[0] - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(union), where=union > 0))
