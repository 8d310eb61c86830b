"""Thresholds: each says its unit and source, and the environment can change each."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from backline.cli.checks import read_settings
from backline.errors import UsageError
from backline.settings import Gating, Settings
from backline.sources.video.quality.gating import back_hidden, doubtful
from tests.sources.video.sights import estimate_of

FIELDS = {**Settings.model_fields, **Gating.model_fields}


@pytest.mark.parametrize("name", FIELDS)
def test_every_threshold_says_what_it_is(name: str) -> None:
    description = FIELDS[name].description
    assert description is not None
    assert len(description) > 20


def test_the_environment_changes_a_limit_of_what_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    estimate = estimate_of(1, oddness=3.0)
    assert not dict(doubtful(estimate))["unlike_training"].any()
    monkeypatch.setenv("BACKLINE_GATING__ODD_LIMIT", "2.5")
    assert dict(doubtful(estimate, Settings().gating))["unlike_training"].all()


def test_a_limit_that_is_no_number_is_named_as_it_was_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BACKLINE_GATING__ODD_LIMIT", "far")
    with pytest.raises(UsageError, match="BACKLINE_GATING__ODD_LIMIT is 'far'"):
        read_settings()


def test_an_unknown_limit_is_an_error() -> None:
    with pytest.raises(ValidationError, match="hidden_limits"):
        Gating(hidden_limits=0.4)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("low_back_seen", "hidden", "expected"),
    [
        (1.0, 0.05, False),
        (1.0, 0.6, True),  # the network is sure
        (0.4, 0.2, False),
        (0.3, 0.05, True),  # most of the low back is covered, whatever the network estimates
        (0.02, 0.05, True),
        (np.nan, 0.2, False),  # without an outline the network decides
        (np.nan, np.nan, False),
        (0.3, np.nan, True),
    ],
)
def test_a_back_is_hidden_by_the_word_of_network_and_outline(
    low_back_seen: float, hidden: float, expected: bool
) -> None:
    assert back_hidden(np.array([low_back_seen]), np.array([hidden])).tolist() == [expected]
