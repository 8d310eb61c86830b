"""What a person corrects about lifter and bar reaches the loads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backline.model.measurement import Measured
from backline.pipeline import Analysis
from backline.web.lift_store import LiftStore
from backline.web.worker import Work


@pytest.fixture
def measured(make_analysis: Callable[..., Analysis]) -> Measured:
    lift = make_analysis()
    return Measured(lift.posture, lift.source, lift.view, lift.quality, lift.engine)


@pytest.mark.parametrize(
    ("changes", "settings"),
    [
        ({}, {"sex": None, "bar_place_asked": "auto"}),
        (
            {"sex": "female", "bar_place": "low_bar"},
            {"sex": "female", "bar_place_asked": "low_bar"},
        ),
        ({"sex": "", "bar_place": "auto"}, {"sex": None, "bar_place_asked": "auto"}),
    ],
)
def test_sex_and_bar_place_reach_the_analysis(
    tmp_path: Path, measured: Measured, changes: dict[str, Any], settings: dict[str, Any]
) -> None:
    store = LiftStore(tmp_path)
    told = {"load_kg": 80.0, "body_mass_kg": 60.0, "height_cm": 168.0, "lift": "squat"}
    store.add("0123456789abcdef", "squat.mp4", 1, {**told, "changes": changes})
    work = Work(store, store.get("0123456789abcdef"))
    analysis = work._conclude(measured)
    assert {name: analysis.settings[name] for name in settings} == settings
    assert analysis.settings["load_kg"] == 80.0
