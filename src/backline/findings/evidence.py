"""The evidence on rounding and load, with sources: both sides, each entry graded."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal, cast

from backline.texts import say

Side = Literal["top", "bottom", "both"]
Grade = Literal["measured here", "published", "argued", "unknown"]


@dataclass(frozen=True)
class EvidenceEntry:
    """One statement of the debate.

    Parameters
    ----------
    key : str
        Stable name.
    side : {"top", "bottom", "both"}
        Where it says that rounding may be the worse, or both.
    grade : {"measured here", "published", "argued", "unknown"}
        How well founded it is.
    text, source : str
        The statement, and where it is from.
    """

    key: str
    side: Side
    grade: Grade
    text: str
    source: str


def evidence() -> tuple[EvidenceEntry, ...]:
    """Return all entries of ``evidence.toml``, in its order, in the language that is spoken."""
    return tuple(
        EvidenceEntry(
            key, cast(Side, item["side"]), cast(Grade, item["grade"]),
            say(f"evidence.{key}"), say(f"evidence_source.{key}"),
        )
        for key, item in _table().items()
    )  # fmt: skip


@cache
def _table() -> dict[str, Any]:
    text = resources.files("backline.findings").joinpath("evidence.toml").read_text("utf-8")
    return tomllib.loads(text)
