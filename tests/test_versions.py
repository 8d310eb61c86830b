"""``backline info``: enough for a bug report, and nothing about the user."""

from __future__ import annotations

import getpass
import hashlib
import platform
from importlib import metadata, resources
from pathlib import Path

import pytest

import backline
from backline.cli import app as cli
from backline.sources.registry import supported
from backline.versions import collect, version_of


def test_it_names_the_versions_that_can_change_a_number() -> None:
    facts = collect()
    assert facts["backline"] == backline.__version__
    assert platform.python_version() in facts["python"]
    assert facts["package mediapipe"] == "0.10.21"
    assert facts["package numpy"].startswith("1.")


def test_it_names_the_engines() -> None:
    engines = collect()["engines"]
    assert "mediapipe 0.10.21" in engines
    assert f"blazepose {metadata.version('ai-edge-litert')}" in engines


def test_it_names_what_can_be_read_and_the_reader_of_c3d() -> None:
    facts = collect()
    for name, endings, _ in supported():
        assert facts[f"reads {name}"].split() == list(endings)
    assert ".c3d" in facts["reads motion capture, C3D"]
    assert facts["package ezc3d"] == metadata.version("ezc3d")


def test_a_package_that_is_not_there_is_said_to_be_absent() -> None:
    assert version_of("no-such-package-of-backline") == "not installed"


def test_each_network_that_ships_is_pinned_by_its_hash() -> None:
    package = Path(str(resources.files("backline.sources.video")))
    networks = list(package.rglob("*.onnx"))
    facts = collect()
    for entry in networks:
        digest = hashlib.sha256(entry.read_bytes()).hexdigest()
        assert facts[f"network {entry.name}"] == f"sha256 {digest}"
    assert ("network" in facts) == (not networks)


def test_networks_are_found_and_hashed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "b.onnx").write_bytes(b"abc")
    (tmp_path / "a.txt").write_bytes(b"no network")
    monkeypatch.setattr("backline.versions.resources.files", lambda package: tmp_path)
    facts = collect()
    # SHA-256 of "abc", from FIPS 180-2, appendix B.1.
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert facts["network b.onnx"] == f"sha256 {expected}"
    assert not any("a.txt" in name for name in facts)


def test_it_tells_nothing_about_the_user_or_the_machine_name() -> None:
    text = " ".join(collect().values())
    assert platform.node() not in text or not platform.node()
    assert str(Path.home()) not in text
    assert getpass.getuser() not in text.split()


def test_the_verb_prints_one_fact_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["info"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(collect())
    assert lines[0].split() == ["backline", backline.__version__]
