"""The real stoop lift of the folder ``shared``, to be rewritten as other programs write files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from backline.formats.c3d import read_c3d
from backline.formats.opensim import Markers, write_trc
from backline.model.measurement import Measured
from backline.pipeline import analyze
from backline.sources.registry import SourceOptions, open_source

LIFT, QUIET = "mocap/stoop1_t169_f620f800.c3d", "mocap/neu_t169_f250f350.c3d"
TILT_DEG = (60.2, 61.3)
"""Largest pelvic tilt, change from standing (shared/README.md: 69.6 to 70.0 less 9.0)."""
LUMBAR_DEG = (25.5, 28.5)
"""Largest lumbar flexion at the bottom."""
END_DEG = (-6.5, -2.5)
"""Lumbar flexion at the end."""


@dataclass(frozen=True)
class Stoop:
    """Its markers, lift and quiet standing, in millimetres."""

    lift: Markers
    quiet: Markers

    def at(self, name: str) -> np.ndarray:
        """Return one marker of the lift, shape (n, 3); a view, to be written to."""
        return self.lift.positions[:, self.lift.names.index(name)]

    def copy(self) -> Stoop:
        return Stoop(*(replace(m, positions=m.positions.copy()) for m in (self.lift, self.quiet)))


def load(find: Callable[[str], Path]) -> Stoop:
    return Stoop(read_c3d(find(LIFT)).markers, read_c3d(find(QUIET)).markers)


def as_trc(folder: Path, stoop: Stoop, edit: Callable[[str], str] = str) -> tuple[Path, Path]:
    """Write lift and standing as TRC, their text changed by a function."""
    paths = folder / "lift.trc", folder / "quiet.trc"
    for path, markers in zip(paths, (stoop.lift, stoop.quiet), strict=True):
        write_trc(path, markers)
        path.write_text(edit(path.read_text()))
    return paths


def measure(lift: Path, quiet: Path) -> Measured:
    return open_source(lift, SourceOptions(standing=quiet))


def check(measured: Measured, withheld: slice = slice(0, 0)) -> None:
    """Check the known answer in every frame but those that are to be withheld."""
    posture = measured.posture
    lumbar, tilt = posture.lumbar_flexion_deg.copy(), posture.pelvic_tilt_deg
    assert not posture.measurable[withheld].any()
    assert np.isnan(lumbar[withheld]).all()
    others = np.ones(len(posture), dtype=bool)
    others[withheld] = False
    assert posture.measurable[others].all()
    assert TILT_DEG[0] < np.nanmax(tilt) < TILT_DEG[1]
    assert LUMBAR_DEG[0] < np.nanmax(lumbar[posture.time_s > 1.5]) < LUMBAR_DEG[1]
    end = lumbar[posture.time_s > 3.25]
    assert (end > END_DEG[0]).all()
    assert (end < END_DEG[1]).all()


def check_reps(lift: Path, quiet: Path) -> None:
    """Check that the whole analysis finds one lift that rounds below by what is known."""
    result = analyze(lift, standing=quiet)
    assert len(result.reps) == 1
    found = [f for f in result.findings if f.kind == "rounding"]
    assert [f.where for f in found] == ["bottom"]
    assert found[0].size_deg == pytest.approx(26, abs=2)
