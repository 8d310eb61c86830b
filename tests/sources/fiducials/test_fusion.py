"""Stickers win over the network where they are seen, without a step, and say how sure they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backline.model.posture import SERIES_FIELDS, FloatArray, Posture, Standing, WholeBodyMotion
from backline.settings import Settings
from backline.sources.fiducials.angles import STICKER_SPREAD, BackAngles
from backline.sources.fiducials.fusion import StickerZero, come_loose, fuse_stickers, zero_of

RATE = 30.0
TIME_S = np.arange(0, 6, 1 / RATE)
N = len(TIME_S)
DEPTH = np.sin(np.pi * np.clip((TIME_S - 2) / 3, 0, 1)) ** 2
STANDING = TIME_S < 1.8


def angles(**changes: FloatArray) -> BackAngles:
    """Thorax 50, pelvis 32, thigh -90 degrees at the bottom, stuck on at some turn."""
    found = {
        "trunk_deg": 7 + 50 * DEPTH,
        "pelvis_deg": -80 + 32 * DEPTH,
        "thigh_deg": 12 - 90 * DEPTH,
        "middle_deg": 3 + 41 * DEPTH,
        **changes,
    }
    return BackAngles(**found, spread=STICKER_SPREAD)


def network(bias: float = 4.0, **changes: object) -> Posture:
    """What the network says: 18 degrees and a bias that comes with depth."""
    series = {name: np.zeros(N) for name in SERIES_FIELDS}
    series["lumbar_flexion_deg"] = (18 + bias) * DEPTH
    series["pelvic_tilt_deg"] = (32 - bias) * DEPTH
    series["trunk_lean_deg"] = 50 * DEPTH
    series["hip_flexion_deg"] = (122 - bias) * DEPTH
    series["lumbar_flexion_sd_deg"] = np.full(N, 4.0)
    series["back_bulge"] = np.full(N, np.nan)
    posture = Posture(
        time_s=TIME_S,
        **{**series, "measurable": np.ones(N, bool), "reason": np.full(N, "", "<U16")},
        standing=Standing(0.2, 1.8, "before_first_rep"),
        motion=WholeBodyMotion(*(np.zeros(N) for _ in range(3))),
    )
    return replace(posture, **changes)


def carried(posture: Posture, visible: BackAngles, yaw: float = 0.0) -> tuple[Posture, FloatArray]:
    made, second_estimate = fuse_stickers(
        posture, visible, zero_of(visible, STANDING), yaw, Settings()
    )
    assert second_estimate.name == "network"
    np.testing.assert_array_equal(second_estimate.lumbar_flexion_deg, posture.lumbar_flexion_deg)
    return made, second_estimate.compared


def test_seen_stickers_replace_the_networks_angles() -> None:
    made, compared = carried(network(), angles())
    assert compared.all()
    np.testing.assert_allclose(made.lumbar_flexion_deg, 18 * DEPTH, atol=0.15)
    np.testing.assert_allclose(made.pelvic_tilt_deg, 32 * DEPTH, atol=0.2)
    np.testing.assert_allclose(made.trunk_lean_deg, 50 * DEPTH, atol=0.3)
    np.testing.assert_allclose(made.hip_flexion_deg, 122 * DEPTH, atol=0.7)
    identity = made.trunk_lean_deg - made.lumbar_flexion_deg - made.pelvic_tilt_deg
    np.testing.assert_allclose(identity, 0, atol=1e-9)
    assert made.lumbar_flexion_sd_deg[0] == pytest.approx(0.99, abs=0.01)
    assert 1.5 < made.lumbar_flexion_sd_deg.max() < 3.0


def test_where_they_are_not_seen_the_network_stands_in_without_a_step() -> None:
    hidden = slice(90, 120)
    trunk = angles().trunk_deg.copy()
    trunk[hidden] = np.nan
    made, compared = carried(network(bias=4.0), angles(trunk_deg=trunk))
    assert not compared[hidden].any()
    assert compared.mean() > 0.8
    assert np.abs(np.diff(made.lumbar_flexion_deg)).max() < 1.2
    assert np.abs(made.lumbar_flexion_deg - 18 * DEPTH)[hidden].max() < 2.0
    assert made.lumbar_flexion_sd_deg[105] == 4.0


def test_a_back_that_a_plate_hides_is_measured_by_its_stickers() -> None:
    hidden = slice(90, 120)
    reason = np.full(N, "", "<U16")
    reason[hidden] = "back_hidden"
    posture = network(reason=reason, measurable=reason == "")
    made, _ = carried(posture, angles())
    assert made.measurable.all()
    assert (made.reason == "").all()


@pytest.mark.parametrize("code", ["not_side_on", "no_standing"])
def test_what_no_sticker_can_mend_stays_refused(code: str) -> None:
    posture = network(reason=np.full(N, code, "<U16"), measurable=np.zeros(N, bool))
    made, compared = carried(posture, angles())
    assert not made.measurable.any()
    assert not compared.any()
    assert (made.reason == code).all()


def test_an_oblique_camera_widens_the_uncertainty_of_a_bend_only() -> None:
    straight, _ = carried(network(), angles())
    oblique, _ = carried(network(), angles(), yaw=25.0)
    assert oblique.lumbar_flexion_sd_deg[0] == pytest.approx(straight.lumbar_flexion_sd_deg[0])
    at = int(np.argmax(DEPTH))
    assert oblique.lumbar_flexion_sd_deg[at] > straight.lumbar_flexion_sd_deg[at] + 0.3


def test_stickers_that_standing_does_not_show_have_no_zero() -> None:
    trunk = angles().trunk_deg.copy()
    trunk[:50] = np.nan
    assert not zero_of(angles(trunk_deg=trunk), STANDING).known
    assert zero_of(angles(), STANDING) == StickerZero(
        *(pytest.approx(v, abs=1e-6) for v in (7, -80, 12, 3))
    )


def test_without_a_sticker_on_the_thigh_the_hip_moves_with_the_pelvis() -> None:
    made, _ = carried(network(bias=4.0), angles(thigh_deg=np.full(N, np.nan)))
    np.testing.assert_allclose(made.hip_flexion_deg, 122 * DEPTH, atol=0.3)


@pytest.mark.parametrize(("middle", "loose"), [(41.0, False), (50.0, False), (90.0, True)])
def test_a_sticker_that_came_loose_is_noticed(middle: float, loose: bool) -> None:
    visible = angles(middle_deg=3 + middle * DEPTH)
    assert come_loose(visible, zero_of(visible, STANDING)) is loose


def test_without_the_middle_one_nothing_is_said_of_looseness() -> None:
    visible = angles(middle_deg=np.full(N, np.nan))
    assert not come_loose(visible, zero_of(visible, STANDING))
