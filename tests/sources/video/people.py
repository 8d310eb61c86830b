"""Drawn people and an engine that finds them: each is a rectangle of one colour."""

from __future__ import annotations

import numpy as np

from backline.model.measurement import EngineInfo
from backline.sources.video.pose.person import Person

TRUNK_SHARE = 0.29  # of the rectangle's height


def picture_with(*people, width=400, height=300) -> np.ndarray:
    """Grey picture; each person is (x of the middle, top, height, red level)."""
    picture = np.full((height, width, 3), 100, np.uint8)
    for x, top, tall, red in people:
        half = tall // 8
        picture[max(top, 0) : top + tall, max(x - half, 0) : x + half] = (red, 0, 0)
    return picture


class RectangleEngine:
    """Finds the rectangle with the most pixels; counts its calls."""

    info = EngineInfo("rectangles", "1", "0" * 64)

    def __init__(self) -> None:
        self.finds, self.resets, self.sizes = 0, 0, []

    def find(self, picture: np.ndarray) -> Person | None:
        self.finds += 1
        self.sizes.append(picture.shape[:2])
        reds = picture[..., 0].astype(int)
        is_person = (picture[..., 1] < 20) & (reds > 120)
        levels, counts = np.unique(reds[is_person] // 10, return_counts=True)
        if len(levels) == 0 or counts.max() < 60:
            return None
        mask = is_person & (reds // 10 == levels[counts.argmax()])
        rows, columns = np.nonzero(mask)
        return _person(mask.astype(np.float32), rows, columns)

    def reset(self) -> None:
        self.resets += 1

    def close(self) -> None:
        """Nothing to free."""


def _person(mask, rows, columns) -> Person:
    top, bottom, x = rows.min(), rows.max(), columns.mean()
    tall = bottom - top + 1
    points = np.zeros((33, 3), np.float32)
    points[:, 0], points[:, 2] = x, 0.9
    shares = {0: 0.06, 7: 0.06, 8: 0.06, 11: 0.18, 12: 0.18, 23: 0.47, 24: 0.47}
    points[:, 1] = top + 0.5 * tall
    for index, share in {**shares, 25: 0.72, 26: 0.72, 27: 0.95, 28: 0.95}.items():
        points[index, 1] = top + share * tall
    return Person(points, mask)
