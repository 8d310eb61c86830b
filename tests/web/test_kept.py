"""A measurement that is kept comes back as it was."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backline.errors import SourceError, UsageError
from backline.model.measurement import Evidence, Measured, Quality, Reason, SecondEstimate
from backline.model.measurement_file import load_measured, save_measured
from backline.model.posture import Reference
from backline.pipeline import Analysis
from backline.web.corrections import key_of, parts_of


@pytest.fixture
def measured(make_analysis: Callable[..., Analysis]) -> Measured:
    """60 frames in 2 s: 4 degrees of flexion in the first second, 10 in the second."""
    one = make_analysis()
    n = len(one.posture)
    rng = np.random.default_rng(1)
    flexion = np.where(np.arange(n) < 30, 4.0, 10.0)
    lean = np.where(np.arange(n) < 30, 2.0, 7.0)
    hidden = np.arange(n) >= 55
    posture = replace(
        one.posture,
        lumbar_flexion_deg=np.where(hidden, np.nan, flexion),
        trunk_lean_deg=lean,
        pelvic_tilt_deg=lean - flexion,
        measurable=~hidden,
        reason=np.where(hidden, "back_hidden", ""),
        notes=("a note",),
    )
    seen = Evidence(
        rng.random((n, 6, 2), dtype=np.float32), rng.random((n, 6)) > 0.5,
        rng.random((n, 33, 3), dtype=np.float32), 2, 4,
    )  # fmt: skip
    quality = Quality("limited", (Reason("standing_second_best", "Second best."),), 0.9)
    beside = SecondEstimate("network", flexion + 1, np.ones(n, dtype=bool))
    return Measured(
        posture, one.source, one.view, quality, one.engine, seen, {"filter": "x"}, beside
    )


def same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))
    if hasattr(a, "__dataclass_fields__"):
        return type(a) is type(b) and all(same(v, getattr(b, k)) for k, v in vars(a).items())
    return bool(a == b) or (isinstance(a, float) and math.isnan(a) and math.isnan(b))


def test_a_measurement_comes_back_to_the_last_bit(measured: Measured, tmp_path: Path) -> None:
    save_measured(measured, tmp_path / "kept.zip")
    assert same(load_measured(tmp_path / "kept.zip"), measured)


def test_one_without_picture_comes_back_too(measured: Measured, tmp_path: Path) -> None:
    bare = replace(measured, evidence=None, second_estimate=None)
    save_measured(bare, tmp_path / "kept.zip")
    assert same(load_measured(tmp_path / "kept.zip"), bare)


def test_the_reference_is_kept(measured: Measured, tmp_path: Path) -> None:
    reference = Reference("lockouts", ((0.1, 0.5), (1.0, 1.4)), 4.2, 1.1, "From the lockouts.")
    posture = replace(measured.posture, reference=reference)
    save_measured(replace(measured, posture=posture), tmp_path / "kept.zip")
    assert load_measured(tmp_path / "kept.zip").posture.reference == reference


def test_a_file_from_before_there_was_a_reference_has_its_standing_as_one(
    measured: Measured, tmp_path: Path
) -> None:
    save_measured(measured, tmp_path / "kept.zip")
    with zipfile.ZipFile(tmp_path / "kept.zip") as archive:
        names = set(archive.namelist()) - {"posture.back_bulge.npy"}
        parts = {name: archive.read(name) for name in names}
    [head] = [name for name in parts if name.endswith(".json")]
    told = json.loads(parts[head])
    del told["reference"]
    parts[head] = json.dumps(told).encode()
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    posture = load_measured(tmp_path / "old.zip").posture
    assert (posture.reference.kind, posture.reference.spans) == ("quiet_standing", ((0.0, 1.0),))
    assert np.isnan(posture.back_bulge).all()


@pytest.mark.parametrize("content", [None, b"", b"no zip", b"PK\x05\x06" + bytes(18)])
def test_a_damaged_file_is_said_plainly(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "kept.zip").write_bytes(content)
    with pytest.raises(SourceError, match="analyse the clip again"):
        load_measured(tmp_path / "kept.zip")


def test_a_finding_is_known_by_kind_place_and_rep(make_analysis: Callable[..., Analysis]) -> None:
    finding = make_analysis().findings[0]
    assert parts_of(key_of(finding)) == (finding.kind, finding.where, finding.rep)


@pytest.mark.parametrize("key", ["", "a:b", "a:b:c", "a:b:1:2", "rounding:bottom:-1"])
def test_a_name_of_no_finding_is_refused(key: str) -> None:
    with pytest.raises(UsageError, match="no such finding"):
        parts_of(key)
