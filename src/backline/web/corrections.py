"""What a person corrects after a look: which findings are none."""

from __future__ import annotations

from backline.errors import UsageError
from backline.findings.finding import Finding


def key_of(finding: Finding) -> str:
    """Return the name by which a finding is known again after a re-run."""
    return f"{finding.kind}:{finding.where}:{finding.rep}"


def parts_of(key: str) -> tuple[str, str, int]:
    """Return kind, place and rep of a finding's name.

    Raises
    ------
    UsageError
        If it is no such name.
    """
    parts = key.split(":")
    if len(parts) != 3 or not parts[2].isdigit():
        raise UsageError("There is no such finding: reload the page.")
    return parts[0], parts[1], int(parts[2])
