"""The verb ``validate``: options in, tables out. Rendering is not done here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backline.cli import app as cli
from backline.errors import MissingExtraError
from backline.sources.video.lumbar import network
from backline.validate import run, speed
from backline.validate.cases import case_list
from tests.validate.synthetic import evaluated


class Network:
    sha256 = "f" * 64


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Any, ...]]:
    calls: list[tuple[Any, ...]] = []

    def run_cases(cases: list[Any], cache: Path, **options: Any) -> list[Any]:
        calls.append((cases, cache, options))
        return [evaluated(case) for case in cases]

    monkeypatch.setattr(run, "run_cases", run_cases)
    monkeypatch.setattr(speed, "network_frames_per_s", lambda: 321.0)
    monkeypatch.setattr(network, "LumbarNetwork", Network)
    monkeypatch.chdir(tmp_path)
    return calls


def test_options_reach_the_run_and_the_table_is_shown(
    asked: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = "validate --clips 20 --seed 3 --minutes 5 --workers 1 --out mine"
    assert cli.run(arguments.split()) == 0
    cases, cache, options = asked[0]
    assert cases == case_list(20, 3)
    assert cache == Path("mine/clips")
    assert (options["workers"], options["minutes"]) == (1, 5.0)
    shown = capsys.readouterr().out
    assert "| network on two cores | 150 frames/s | 400 frames/s | 321 frames/s |" in shown
    assert "20 clips of seed 3" in shown
    assert Path("mine/figures.csv").exists()
    assert Path("mine/agreement.png").exists()


def test_quiet_prints_nothing_and_a_cache_can_be_named(
    asked: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["validate", "--clips", "20", "--cache", "kept", "--quiet"]) == 0
    assert asked[0][1] == Path("kept")
    assert capsys.readouterr().out == ""
    assert Path("backline_validation/summary.md").exists()


@pytest.mark.parametrize("wrong", [["--clips", "0"], ["--seed", "-1"], ["--workers", "0"]])
def test_impossible_numbers_are_wrong_usage(
    asked: list[tuple[Any, ...]], wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["validate", *wrong]) == 2
    assert not asked
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_missing_extra_is_one_plain_sentence(
    asked: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def absent(*_: Any, **__: Any) -> None:
        raise MissingExtraError("Validation on rendered lifters", "phantom")

    monkeypatch.setattr(run, "run_cases", absent)
    assert cli.run(["validate"]) == 1
    assert "[phantom]" in capsys.readouterr().err


def test_the_networks_rate_is_positive_and_finite() -> None:
    rate = speed.network_frames_per_s(threads=1)
    assert 0 < rate < 1e6
