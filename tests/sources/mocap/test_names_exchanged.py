"""Names of two markers exchanged for the whole recording are told, not measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from backline.errors import NotMeasurableError
from backline.formats.opensim import write_trc
from backline.sources.registry import open_source
from tests.sources.mocap.marker_body import UPRIGHT, body


def exchanged(folder: Path, one: str, other: str) -> Path:
    markers = body().moved(UPRIGHT["+y"]).markers()
    names = [{one: other, other: one}.get(name, name) for name in markers.names]
    write_trc(folder / "lift.trc", replace(markers, names=tuple(names)))
    return folder / "lift.trc"


@pytest.mark.parametrize("side", "LR")
def test_asis_and_psis_of_one_side(tmp_path: Path, side: str) -> None:
    with pytest.raises(NotMeasurableError, match="ASIS and PSIS of one side have changed places"):
        open_source(exchanged(tmp_path, f"{side}ASI", f"{side}PSI"))


@pytest.mark.parametrize("shoulder", ["LSHO", "RSHO"])
def test_c7_and_a_shoulder(tmp_path: Path, shoulder: str) -> None:
    with pytest.raises(NotMeasurableError, match=r"C7 lies 0\.19 m to the side"):
        open_source(exchanged(tmp_path, "C7", shoulder))
