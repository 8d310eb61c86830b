"""What all tests of batches share: patience with a Ray that starts on a busy machine."""

from __future__ import annotations

import pytest

PATIENCE = {"RAY_agent_register_timeout_ms": "300000"}
"""A node gives itself up when its own helpers need longer to start."""


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever Ray starts here, or is started from here, takes its time."""
    for name, value in PATIENCE.items():
        monkeypatch.setenv(name, value)
