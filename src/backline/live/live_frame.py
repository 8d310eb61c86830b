"""Features of one live frame: body points, network input and contour, causally."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backline.formats.frames import Frame
from backline.model.measurement import Side
from backline.sources.video.contour.low_back_shape import outline_shape
from backline.sources.video.contour.outline import S1_INDEX, T12_INDEX
from backline.sources.video.frame_features import FeatureExtractor
from backline.sources.video.lumbar.clip_inference import rescaled
from backline.sources.video.lumbar.contour_input import contour_of
from backline.sources.video.lumbar.picture_input import (
    CROP_HEIGHT,
    CROP_WIDTH,
    frame_of,
    laid_line,
    trunk_length_px,
)
from backline.sources.video.pose.person import Person, PoseEngine
from backline.sources.video.subject.facing_side import visible_side
from backline.sources.video.subject.person_detection import is_plausible

REMEMBERED = 30
"""Detections that side and trunk length are estimated from (about a second)."""
UPRIGHT_SHARE = 0.7
"""Quantile of the remembered trunk lengths taken as the standing trunk."""
LOW_BACK = slice(T12_INDEX, S1_INDEX + 1)
"""The contour's points from T12 to S1."""


@dataclass(frozen=True)
class LiveFrame:
    """Features of one frame.

    Parameters
    ----------
    time_s : float
        The frame's time, seconds.
    size : tuple of int
        Width and height of the picture, pixels.
    person : Person or None
        The lifter, None where not found.
    crops : ndarray of uint8, shape (3, CROP_HEIGHT, CROP_WIDTH), or None
        Mask, refined mask, grey level; None before the scale is fixed.
    features : ndarray, shape (POINT_FEATURES,), or None
        Body points in the crop's frame.
    contour : ndarray, shape (POINTS, 4), or None
        The back's contour as the network takes it.
    line : ndarray, shape (POINTS, 2), or None
        The back's contour in the picture, pixels.
    lean_deg : float
        Lean of the hip-to-shoulder line, degrees.
    low_back_seen : float
        Share of the contour from T12 to S1 that is the lifter's own back; NaN without contour.
    brightness : float
        Mean grey level of the picture, 0 to 255.
    bulge : float
        Of the low back's outline behind its chord, see
        `backline.sources.video.contour.low_back_shape.outline_shape`; NaN where too little is seen.
    """

    time_s: float
    size: tuple[int, int]
    person: Person | None
    crops: NDArray[np.uint8] | None = None
    features: NDArray[np.float32] | None = None
    contour: NDArray[np.float32] | None = None
    line: NDArray[np.float32] | None = None
    lean_deg: float = float("nan")
    low_back_seen: float = float("nan")
    brightness: float = float("nan")
    bulge: float = float("nan")


class LiveExtractor:
    """Extracts the features of live frames, one after the other.

    Parameters
    ----------
    engine : PoseEngine
        One that remembers the frames before; used by this extractor alone.
    side : {"auto", "left", "right"}
        The lifter's side that faces the camera.
    """

    def __init__(self, engine: PoseEngine, side: str = "auto") -> None:
        self._engine = engine
        self._asked = side
        self._seen: deque[Person] = deque(maxlen=REMEMBERED)
        self._extractor: FeatureExtractor | None = None
        self.side: Side | None = None
        self.facing = 1
        self.trunk_px = float("nan")

    @property
    def fixed(self) -> bool:
        """Whether side and scale are fixed; crops are made only then."""
        return self._extractor is not None

    def fix(self) -> bool:
        """Fix side, direction and scale from the latest detections; False where there are few."""
        if len(self._seen) < REMEMBERED // 3:
            return False
        points = np.stack([p.points for p in self._seen])
        world = [p.world for p in self._seen if p.world is not None]
        seen_side = visible_side(points, np.stack(world) if len(world) == len(points) else None)
        side: Side = seen_side.side
        if self._asked in ("left", "right"):
            side = "left" if self._asked == "left" else "right"
        self.side, self.facing = side, 1 if side == "right" else -1
        lengths = [trunk_length_px(p) for p in points]
        self.trunk_px = float(np.quantile(lengths, UPRIGHT_SHARE))
        self._extractor = FeatureExtractor(side, self.facing, self.trunk_px)
        return True

    def extract(self, frame: Frame) -> LiveFrame:
        """Return a frame's features."""
        height, width = frame.picture.shape[:2]
        light = float(frame.picture[::8, ::8].mean())
        person = self._engine.find(frame.picture)
        if person is not None and not is_plausible(person):
            person = None
        if person is None:
            return LiveFrame(frame.time_s, (width, height), None, brightness=light)
        self._seen.append(person)
        if self._extractor is None:
            lean = frame_of(person.points, 100.0, self.facing).lean_deg
            return LiveFrame(frame.time_s, (width, height), person, lean_deg=lean, brightness=light)
        extracted = self._extractor.extract(frame.picture, person)
        if extracted is None:
            return LiveFrame(frame.time_s, (width, height), None, brightness=light)
        own = rescaled(extracted.crop[None], 1.0)[0]
        assert own.shape == (3, CROP_HEIGHT, CROP_WIDTH)
        there = bool(np.isfinite(extracted.line).any())
        return LiveFrame(
            time_s=frame.time_s,
            size=(width, height),
            person=person,
            crops=own,
            features=extracted.points,
            contour=contour_of(
                laid_line(extracted.line, extracted.frame),
                extracted.visible,
                extracted.sd_px / self.trunk_px,
            ),
            line=extracted.line if there else None,
            lean_deg=extracted.frame.lean_deg,
            low_back_seen=float(extracted.visible[LOW_BACK].mean()) if there else float("nan"),
            brightness=light,
            bulge=float(
                outline_shape(extracted.line[None], extracted.visible[None], self.facing).bulge[0]
            ),
        )

    def close(self) -> None:
        """Free the engine."""
        self._engine.close()
