"""The standing reference from another clip: no frame of this clip is taken for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from backline.model.posture import ELSEWHERE
from backline.settings import Settings
from backline.sources.video.clip_observations import CROP_SHAPE, ClipObservations, CropSpool
from backline.sources.video.lumbar.clip_inference import reference_of
from backline.sources.video.lumbar.network import LumbarEstimate, LumbarNetwork
from backline.sources.video.lumbar.picture_input import POINT_FEATURES
from backline.sources.video.posture_estimation import measure
from tests.sources.video.sights import estimate_of

N, RATE_HZ = 24, 12.0


class Unchanged(LumbarNetwork):
    """Stands in for the network: the back is seen and as in the standing posture."""

    def read(self, crops: Any, vectors: Any, *rest: Any) -> LumbarEstimate:
        return estimate_of(len(crops))


# Pixels of a lifter who stands upright and faces right: shoulder, wrist, hip, knee, ankle,
# heel, toe by their numbers of the left side; the right side's are one higher.
JOINTS = {11: (100, 100), 15: (102, 190), 23: (100, 200), 25: (101, 290), 27: (100, 380),
          29: (92, 386), 31: (125, 388)}  # fmt: skip


@pytest.fixture
def observations() -> Iterator[ClipObservations]:
    """Two seconds of somebody who stands perfectly still."""
    points = np.full((N, 33, 3), np.nan, dtype=np.float32)
    for left, place in JOINTS.items():
        points[:, [left, left + 1]] = [*place, 0.95]
    crops = CropSpool()
    rows = [crops.add(np.full(CROP_SHAPE, 128, np.uint8)) for _ in range(N)]
    yield ClipObservations(
        time_s=np.arange(N) / RATE_HZ,
        points=points,
        lean_deg=np.zeros(N),
        features=np.zeros((N, POINT_FEATURES), np.float32),
        crop_row=np.array(rows),
        crops=crops,
        back_line=np.tile(np.linspace([80, 90], [80, 210], 48, dtype=np.float32), (N, 1, 1)),
        back_visible=np.ones((N, 48), dtype=bool),
        back_sd_px=np.full((N, 48), 0.4, dtype=np.float32),
        curve_deg=np.full(N, 30.0),
        plate_px=np.full((N, 2), np.nan),
        trunk_px=100.0,
        facing=1,
        side="right",
        camera_moving=False,
        camera_moved_px=0.0,
        width_px=300,
        height_px=400,
        brightness=np.full(N, 120.0),
    )
    crops.close()


def test_a_given_clip_of_standing_wins_over_standing_in_the_clip_itself(
    observations: ClipObservations,
) -> None:
    network, settings = Unchanged(), Settings()
    found, _ = measure(observations, network, settings)
    assert found.standing.end_s > found.standing.start_s  # it does stand still
    reference = reference_of(observations, np.ones(N, dtype=np.bool_))
    given, judged = measure(observations, network, settings, view=reference)
    assert given.standing == ELSEWHERE
    assert given.standing.elsewhere
    assert "no_standing" not in judged.clip_reasons
