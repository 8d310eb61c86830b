"""A measurement comes back as it was, and counts from another standing as it should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backline.analysis import Analysis
from backline.errors import SourceError, UsageError
from backline.sources.measured import Beside, Evidence, Measured, Quality, Reason
from backline.web.corrections import key_of, parts_of, with_standing
from backline.web.kept import load_measured, save_measured


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
    beside = Beside("network", flexion + 1, np.ones(n, dtype=bool))
    return Measured(
        posture, one.source, one.view, quality, one.engine, seen, {"filter": "x"}, None, beside
    )


def same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))
    if hasattr(a, "__dataclass_fields__"):
        return type(a) is type(b) and all(same(v, getattr(b, k)) for k, v in vars(a).items())
    return bool(a == b)


def test_a_measurement_comes_back_to_the_last_bit(measured: Measured, tmp_path: Path) -> None:
    save_measured(measured, tmp_path / "kept.zip")
    assert same(load_measured(tmp_path / "kept.zip"), measured)


def test_one_without_picture_comes_back_too(measured: Measured, tmp_path: Path) -> None:
    bare = replace(measured, evidence=None, beside=None)
    save_measured(bare, tmp_path / "kept.zip")
    assert same(load_measured(tmp_path / "kept.zip"), bare)


@pytest.mark.parametrize("content", [None, b"", b"no zip", b"PK\x05\x06" + bytes(18)])
def test_a_damaged_file_is_said_plainly(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "kept.zip").write_bytes(content)
    with pytest.raises(SourceError, match="analyse the clip again"):
        load_measured(tmp_path / "kept.zip")


def test_from_another_standing_all_changes_shift_by_its_mean(measured: Measured) -> None:
    moved = with_standing(measured, (1.0, 1.8)).posture
    assert moved.lumbar_flexion_deg[0] == pytest.approx(4.0 - 10.0)
    assert moved.lumbar_flexion_deg[40] == pytest.approx(0.0)
    assert moved.trunk_lean_deg[0] == pytest.approx(2.0 - 7.0)
    seen = moved.measurable
    assert moved.pelvic_tilt_deg[seen] == pytest.approx(
        (moved.trunk_lean_deg - moved.lumbar_flexion_deg)[seen]
    )
    assert (moved.standing.start_s, moved.standing.method) == (1.0, "given")


def test_angles_with_a_zero_of_their_own_stay(measured: Measured) -> None:
    moved = with_standing(measured, (1.0, 1.8)).posture
    for name in ("knee_flexion_deg", "hip_flexion_deg", "lumbar_curve_deg"):
        assert same(getattr(moved, name), getattr(measured.posture, name))


def test_the_caution_about_a_second_best_standing_goes_and_it_is_recorded(
    measured: Measured,
) -> None:
    moved = with_standing(measured, (1.0, 1.8))
    assert moved.quality.reasons == ()
    assert moved.settings["standing_corrected"] == "1 to 1.8 s"
    assert moved.beside is not None
    assert moved.beside.lumbar_flexion_deg[40] == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("span", "words"),
    [((1.0, 1.2), "too short"), ((1.0, 0.0), "too short"), ((1.84, 2.9), "hardly measured"),
     ((50.0, 60.0), "hardly measured"), ((float("nan"), 1.0), "too short")],
)  # fmt: skip
def test_a_standing_that_cannot_be_one_is_refused(
    measured: Measured, span: tuple[float, float], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        with_standing(measured, span)


def test_a_finding_is_known_by_kind_place_and_rep(make_analysis: Callable[..., Analysis]) -> None:
    finding = make_analysis().findings[0]
    assert parts_of(key_of(finding)) == (finding.kind, finding.where, finding.rep)


@pytest.mark.parametrize("key", ["", "a:b", "a:b:c", "a:b:1:2", "rounding:bottom:-1"])
def test_a_name_of_no_finding_is_refused(key: str) -> None:
    with pytest.raises(UsageError, match="no such finding"):
        parts_of(key)
