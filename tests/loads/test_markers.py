"""The marker variant: a body made of markers, and a real stoop lift."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backline.errors import SourceError, UsageError
from backline.loads.body import GRAVITY, Body
from backline.loads.markers import NEEDED, marker_moment, taken_up

MAN = Body(81.0, 1.78, "male")


def standing_markers(frames: int = 60) -> dict[str, np.ndarray]:
    """A man standing still, facing +x, his markers where a tape measure would find them."""
    spots = {
        "LASI": (0.06, 0.12, 1.01), "RASI": (0.06, -0.12, 1.01),
        "LPSI": (-0.09, 0.05, 1.04), "RPSI": (-0.09, -0.05, 1.04),
        "C7": (-0.04, 0.0, 1.50), "CLAV": (0.07, 0.0, 1.43),
    }  # fmt: skip
    return {name: np.tile(np.array(at), (frames, 1)) for name, at in spots.items()}


def turned(markers: dict[str, np.ndarray], angle_deg: float) -> dict[str, np.ndarray]:
    """Turn a body about the vertical."""
    a = np.radians(angle_deg)
    spin = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    return {name: track @ spin.T for name, track in markers.items()}


TIME = np.arange(60) / 50


def test_standing_still_needs_little_moment() -> None:
    moment = marker_moment(standing_markers(), TIME, MAN)
    assert np.all(np.abs(moment) < 25)


def test_which_way_the_lifter_faces_does_not_matter() -> None:
    markers = standing_markers()
    expected = marker_moment(markers, TIME, MAN)
    for angle in (37.0, 90.0, 180.0):
        np.testing.assert_allclose(
            marker_moment(turned(markers, angle), TIME, MAN), expected, atol=0.05
        )


def test_a_load_at_a_known_lever_adds_its_weight_times_that_lever() -> None:
    markers = standing_markers()
    hands = {"LFIN": (0.40, 0.2, 0.8), "RFIN": (0.40, -0.2, 0.8)}
    markers |= {name: np.tile(np.array(at), (60, 1)) for name, at in hands.items()}
    with_load = marker_moment(markers, TIME, MAN, load_kg=10)
    without = marker_moment(markers, TIME, MAN)
    # The ASIS are 24 cm apart; on a line that falls 0.03 m over 0.15 m, L5/S1 lies 26.4 % of that
    # behind them and 12.6 % along its normal.
    fall = np.arctan2(0.03, 0.15)
    l5s1_x = 0.06 - 0.24 * 0.264 * np.cos(fall) + 0.24 * 0.126 * np.sin(fall)
    np.testing.assert_allclose(with_load - without, 10 * GRAVITY * (0.40 - l5s1_x), rtol=0.01)


def test_a_load_on_the_ground_adds_nothing_and_half_of_it_half() -> None:
    markers = standing_markers()
    none = marker_moment(markers, TIME, MAN)
    full = marker_moment(markers, TIME, MAN, load_kg=20)
    halved = marker_moment(markers, TIME, MAN, load_kg=20, held=np.full(60, 0.5))
    unheld = marker_moment(markers, TIME, MAN, load_kg=20, held=np.zeros(60))
    np.testing.assert_allclose(unheld, none)
    np.testing.assert_allclose(halved, (none + full) / 2)


def test_dumas_places_l5s1_further_back_than_reed_and_so_finds_more_moment() -> None:
    markers = standing_markers()
    reed = marker_moment(markers, TIME, MAN)
    dumas = marker_moment(markers, TIME, MAN, regression="dumas")
    assert np.all(dumas > reed)


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_marker_is_named(name: str) -> None:
    markers = standing_markers()
    del markers[name]
    with pytest.raises(SourceError, match=f"{name} .*missing"):
        marker_moment(markers, TIME, MAN)


def test_an_impossible_load_is_refused() -> None:
    with pytest.raises(UsageError, match="2000 kg"):
        marker_moment(standing_markers(), TIME, MAN, load_kg=2000)


def test_frames_without_a_needed_marker_are_unknown() -> None:
    markers = standing_markers(120)
    markers["C7"] = markers["C7"].copy()
    markers["C7"][:50] = np.nan
    moment = marker_moment(markers, np.arange(120) / 50, MAN)
    assert np.isnan(moment[:45]).all()
    assert np.isfinite(moment[60:]).all()


def test_what_the_plate_loses_is_in_the_hands() -> None:
    weight = 15 * GRAVITY
    force = np.array([0.0, 0.0, -weight / 2, -weight, -weight - 10])
    np.testing.assert_allclose(taken_up(np.arange(5.0), force, 15.0), [0, 0, 0.5, 1, 1])


def lift(shared_file: Callable[[str], Path]) -> dict[str, np.ndarray]:
    ezc3d = pytest.importorskip("ezc3d", reason="reading C3D needs ezc3d")
    points = ezc3d.c3d(str(shared_file("mocap/stoop1_t169_f620f800.c3d")))
    names = points["parameters"]["POINT"]["LABELS"]["value"]
    tracks = points["data"]["points"][:3] / 1000
    return {name: tracks[:, k].T for k, name in enumerate(names)}


@pytest.mark.parametrize("table", ["de_leva", "winter", "dumas"])
@pytest.mark.parametrize("pick_up", ["plate", "at 2.1 s"])
def test_the_stoop_lift_agrees_with_the_published_bottom_up_moment(
    shared_file: Callable[[str], Path], table: str, pick_up: str
) -> None:
    published = np.loadtxt(shared_file("mocap/stoop1_l5s1Bu.csv"), delimiter=",")
    plates = np.loadtxt(shared_file("mocap/stoop1_F1Cop1F2Cop2_2D.csv"), delimiter=",")
    time_s, reference = published[:, 0] - published[0, 0], published[:, 2]
    held = taken_up(time_s, plates[:, 3], 15.0) if pick_up == "plate" else (time_s > 2.1) * 1.0
    body = Body(81.0, 1.78, "male", table)  # type: ignore[arg-type]
    found = marker_moment(lift(shared_file), time_s, body, load_kg=15.0, held=held)
    assert np.max(found) == pytest.approx(np.max(reference), rel=0.10)
    assert np.sqrt(np.mean((found - reference) ** 2)) < 10
    assert abs(np.mean(found[:10]) - np.mean(reference[:10])) < 5
    assert abs(np.mean(found[-20:]) - np.mean(reference[-20:])) < 5


def test_empty_hands_at_the_bottom_agree_too(shared_file: Callable[[str], Path]) -> None:
    published = np.loadtxt(shared_file("mocap/stoop1_l5s1Bu.csv"), delimiter=",")
    time_s = published[:, 0] - published[0, 0]
    found = marker_moment(lift(shared_file), time_s, MAN)
    bottom = (time_s > 1.2) & (time_s < 1.7)
    assert np.mean(found[bottom]) == pytest.approx(np.mean(published[bottom, 2]), rel=0.10)
