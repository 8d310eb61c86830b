"""Versions and models that ``backline info`` prints for a bug report."""

from __future__ import annotations

import hashlib
import platform
from importlib import metadata, resources
from pathlib import Path

import backline

# Packages that can change a number, a file or a page.
_PACKAGES = (
    "mediapipe",
    "ai-edge-litert",
    "onnxruntime",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "av",
    "opencv-contrib-python",
    "ezc3d",
    "vqf",
    "h5py",
    "h5netcdf",
    "xarray",
    "protobuf",
    "torch",
    "anny",
    "pyvista",
    "rtmlib",
    "ray",
)
_ENGINE_PACKAGES = {"blazepose": "ai-edge-litert", "mediapipe": "mediapipe", "rtmlib": "rtmlib"}


def collect() -> dict[str, str]:
    """Gather the facts, in the order in which to print them.

    Returns
    -------
    dict of str to str
        Names and values; no path, no host name, nothing about the user.
    """
    facts = {
        "backline": backline.__version__,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": f"{platform.system()} {platform.release()} {platform.machine()}",
    }
    facts.update({f"package {name}": version_of(name) for name in _PACKAGES})
    facts["engines"] = ", ".join(_engines())
    facts.update(_formats())
    facts.update(_networks())
    return facts


def version_of(package: str) -> str:
    """Return the installed version of a package, or ``"not installed"``."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _engines() -> list[str]:
    from backline.sources.video.pose.engine_factory import ENGINES

    return [f"{name} {version_of(_ENGINE_PACKAGES.get(name, name))}" for name in sorted(ENGINES)]


def _formats() -> dict[str, str]:
    """Name and usual endings of every kind of source that can be read."""
    from backline.sources.registry import supported

    return {f"reads {name}": " ".join(endings) for name, endings, _ in supported()}


def _networks() -> dict[str, str]:
    """Name and hash of every network that ships with the package."""
    folder = Path(str(resources.files("backline.sources.video")))
    found = {
        f"network {entry.name}": f"sha256 {hashlib.sha256(entry.read_bytes()).hexdigest()}"
        for entry in sorted(folder.rglob("*.onnx"), key=lambda entry: entry.name)
    }
    return found or {"network": "none installed"}
