"""Say plainly what this machine lacks before anything is installed.

Needs nothing but an old Python 3, because telling that the Python is too old is its first task.
Used by the Makefile:  python3 tools/preflight.py
"""

import ctypes
import sys

OLDEST = (3, 11)
TOO_NEW = (3, 13)
# What the wheels of opencv and VTK load from the system on Linux.
LIBRARIES = (
    ("libGL.so.1", "libgl1"),
    ("libglib-2.0.so.0", "libglib2.0-0"),
)
DEBIAN_INSTALL = "apt-get install -y"


def python_lack(version):
    """Return a sentence where the version (major, minor) is not one that fits, else None."""
    if OLDEST <= tuple(version) < TOO_NEW:
        return None
    return (
        "This is Python {}.{}, but Backline needs 3.11 or 3.12 (MediaPipe has no newer wheel): "
        "install one of them and run  make PYTHON=python3.12 ...".format(*version)
    )


def venv_lack(import_module=__import__):
    """Return a sentence where environments cannot be made, else None."""
    try:
        import_module("venv")
        import_module("ensurepip")
    except ImportError:
        return (
            "This Python cannot make environments (venv is missing): "
            f"run  {DEBIAN_INSTALL} python3-venv  and try again."
        )
    return None


def library_lack(load=ctypes.CDLL, platform=sys.platform):
    """Return a sentence where a system library is missing on Linux, else None."""
    if not platform.startswith("linux"):
        return None
    missing = []
    for name, package in LIBRARIES:
        try:
            load(name)
        except OSError:
            missing.append((name, package))
    if not missing:
        return None
    return "The system lacks {}: run  {} {}  and try again.".format(
        " and ".join(name for name, _ in missing),
        DEBIAN_INSTALL,
        " ".join(package for _, package in missing),
    )


def main():
    """Print what is missing to standard error; return 1 where something is, else 0."""
    found = (python_lack(sys.version_info[:2]), venv_lack(), library_lack())
    lacks = [lack for lack in found if lack]
    for lack in lacks:
        sys.stderr.write("backline: " + lack + "\n")
    return 1 if lacks else 0


if __name__ == "__main__":
    sys.exit(main())
