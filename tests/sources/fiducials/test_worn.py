"""A rendered lifter who wears stickers is measured by them: the way through, and the numbers."""

from __future__ import annotations

import numpy as np
import pytest

from backline.report.document import series
from backline.report.page import page
from tests import rendered


def test_lumbar_flexion_of_a_rendered_lifter_is_within_a_degree_and_a_half() -> None:
    analysis, truth = rendered.worn_analysis(), rendered.worn().truth
    assert analysis.second_estimate is not None
    still = truth["phase"] == "standing"
    for name in ("lumbar_flexion_deg", "pelvic_tilt_deg", "trunk_lean_deg"):
        planted = (truth[name] - truth.loc[still, name].mean()).to_numpy()
        error = getattr(analysis.posture, name) - planted
        assert np.isfinite(error).all()
        assert np.sqrt(np.mean(error**2)) < 1.5, name


def test_they_find_what_was_planted_and_the_network_is_shown_beside_them() -> None:
    analysis = rendered.worn_analysis()
    assert analysis.quality.verdict == "ok"
    rounding = [f for f in analysis.findings if f.kind == "rounding"]
    assert [(f.rep, f.where) for f in rounding] == [(1, "bottom")]
    # The filters lower the peak by about 2 degrees; how the film is coded moves it by 0.2.
    assert rounding[0].size_deg == pytest.approx(rendered.WORN.reps[0].bottom_deg, abs=2.5)
    assert "stickers, seen in" in str(analysis.settings["low_back_from"])
    assert "RMSE" in str(analysis.settings["network_less_this_deg"])
    assert any("Stickers carry" in note for note in analysis.posture.notes)
    table = series(analysis)
    assert analysis.second_estimate is not None
    assert table.columns[-1] == "network_lumbar_flexion_deg"
    np.testing.assert_array_equal(table.iloc[:, -1], analysis.second_estimate.lumbar_flexion_deg)
    assert not np.allclose(table.iloc[:, -1], table["lumbar_flexion_deg"], atol=0.3)
    assert "network alone" in page(analysis)
