"""What the make targets say about a machine that lacks something."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def preflight(repo_root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("preflight", repo_root / "tools/preflight.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("version", [(3, 11), (3, 12)])
def test_these_pythons_fit(preflight: ModuleType, version: tuple[int, int]) -> None:
    assert preflight.python_lack(version) is None


@pytest.mark.parametrize("version", [(2, 7), (3, 10), (3, 13), (3, 14), (4, 0)])
def test_other_pythons_are_named_with_what_to_do(
    preflight: ModuleType, version: tuple[int, int]
) -> None:
    text = preflight.python_lack(version)
    assert f"Python {version[0]}.{version[1]}" in text
    assert "make PYTHON=python3.12" in text


def test_the_versions_agree_with_the_package(preflight: ModuleType, repo_root: Path) -> None:
    import tomllib

    project = tomllib.loads((repo_root / "pyproject.toml").read_text())["project"]
    oldest = ".".join(map(str, preflight.OLDEST))
    too_new = ".".join(map(str, preflight.TOO_NEW))
    assert project["requires-python"] == f">={oldest},<{too_new}"


def test_a_missing_library_is_named_with_its_package(preflight: ModuleType) -> None:
    def load(name: str) -> None:
        if name == "libGL.so.1":
            raise OSError("cannot open shared object file")

    text = preflight.library_lack(load, "linux")
    assert "libGL.so.1" in text
    assert "apt-get install -y libgl1 " in text
    assert "libglib" not in text


def test_two_missing_libraries_are_one_command(preflight: ModuleType) -> None:
    def load(name: str) -> None:
        raise OSError

    assert "apt-get install -y libgl1 libglib2.0-0" in preflight.library_lack(load, "linux")


def test_a_complete_machine_has_nothing_to_be_told(preflight: ModuleType) -> None:
    assert preflight.library_lack(lambda name: None, "linux") is None


def test_other_systems_are_not_asked_for_linux_libraries(preflight: ModuleType) -> None:
    def load(name: str) -> None:
        raise OSError

    assert preflight.library_lack(load, "darwin") is None


def test_a_python_without_venv_is_told_what_to_install(preflight: ModuleType) -> None:
    def no_ensurepip(name: str) -> None:
        if name == "ensurepip":
            raise ImportError(name)

    assert "apt-get install -y python3-venv" in preflight.venv_lack(no_ensurepip)
    assert preflight.venv_lack(lambda name: None) is None


def test_this_machine_which_runs_the_tests_is_complete(
    preflight: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert preflight.main() == 0
    assert capsys.readouterr().err == ""


def test_each_lack_is_one_line(
    preflight: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(preflight, "python_lack", lambda version: "Too old.")
    monkeypatch.setattr(preflight, "library_lack", lambda: "No library.")
    assert preflight.main() == 1
    assert capsys.readouterr().err == "backline: Too old.\nbackline: No library.\n"
