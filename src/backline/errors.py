"""Exceptions, and the exit code that each gives on the command line.

Every message is one plain sentence: what was found, what was expected, what to do next.
"""

from __future__ import annotations


class BacklineError(Exception):
    """Base of all errors that Backline raises on purpose.

    Attributes
    ----------
    exit_code : int
        Exit status of the command line when this error ends the run.
    """

    exit_code: int = 1


class UsageError(BacklineError):
    """An option or argument is wrong or impossible (exit code 2)."""

    exit_code = 2


class SourceError(BacklineError):
    """The source cannot be read: missing, empty, truncated, not a video (exit code 3)."""

    exit_code = 3


class NotMeasurableError(BacklineError):
    """The source was read, but nothing in it can be measured (exit code 4)."""

    exit_code = 4


class MissingExtraError(BacklineError):
    """A part of Backline that is installed separately is needed and absent."""

    def __init__(self, purpose: str, extra: str) -> None:
        super().__init__(
            f"{purpose} needs the extra '{extra}', which is not installed: "
            f"run  {install_command(extra)}  and try again."
        )


def install_command(extra: str) -> str:
    """Return the command that adds an extra to this copy of Backline, the way it was installed.

    Parameters
    ----------
    extra : str
        Name of the extra, such as ``"web"``.

    Returns
    -------
    str
        From the record that pip keeps of a direct address (PEP 610); without one, the command of
        a copy that came from a package index.
    """
    import json
    from importlib import metadata
    from urllib.parse import unquote, urlparse

    try:
        record = metadata.distribution("backline").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        record = None
    known = json.loads(record) if record else {}
    address = str(known.get("url", ""))
    python = "python -m pip install"
    if address.startswith("file:"):
        place = unquote(urlparse(address).path)
        editable = "-e " if known.get("dir_info", {}).get("editable") else ""
        return f"{python} {editable}'{place}[{extra}]'"
    if address:
        return f"{python} 'backline[{extra}] @ {address}'"
    return f"{python} 'backline[{extra}]'"
