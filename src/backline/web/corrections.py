"""Corrections by a person: findings, back lines, notes, and whom to measure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from backline.errors import UsageError
from backline.findings.finding import Finding
from backline.web.texts import say

if TYPE_CHECKING:
    from backline.sources.video.by_hand import HandLine

MOST_LINES = 40
"""Frames of one clip that may be drawn by hand."""
HANDLES = 9
"""Points that a drawn line has: as many as `backline.sources.video.by_hand.HANDLES`."""
SAME_FRAME_S = 0.02
"""Two lines no further apart are of one frame, seconds (frames at 30 a second: 0.033)."""
MOST_NOTES, LONGEST_NOTE = 60, 300
"""Notes on one clip, and characters of one."""
CORNERS = 3
"""Points of an angle that is drawn beside a note; the second is its corner."""
TAGS = ("belt", "barefoot", "heels")
"""Tags that a lift can have."""


def key_of(finding: Finding) -> str:
    """Return a key that identifies a finding after a re-run too."""
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
        raise UsageError(say("request.no_finding"))
    return parts[0], parts[1], int(parts[2])


def hand_lines(changes: dict[str, Any]) -> list[HandLine]:
    """Return the back lines among a lift's corrections."""
    from backline.sources.video.by_hand import HandLine

    return [
        HandLine(
            one["time_s"],
            tuple((x, y) for x, y in one["handles"]) if one["handles"] else None,
            (one["hip"][0], one["hip"][1]) if one["hip"] else None,
        )
        for one in changes.get("by_hand") or ()
    ]


def checked_lines(sent: Any) -> list[dict[str, Any]]:
    """Return drawn lines in their stored form; of two in one frame the later counts.

    Raises
    ------
    UsageError
        If they are none, or too many.
    """
    too_many = say("request.most_lines", most=MOST_LINES)
    kept: list[dict[str, Any]] = []
    for one in _entries(sent, MOST_LINES, too_many):
        time_s = _number(one.get("time_s"), 1e6)
        handles, hip = one.get("handles"), one.get("hip")
        if handles is not None and not (isinstance(handles, list) and len(handles) == HANDLES):
            raise UsageError(say("request.line", count=HANDLES))
        line = {
            "time_s": time_s,
            "handles": [_place(at) for at in handles] if handles else None,
            "hip": _place(hip) if hip else None,
        }
        kept = [k for k in kept if abs(k["time_s"] - time_s) > SAME_FRAME_S] + [line]
    return kept


def checked_person(sent: Any) -> list[float] | None:
    """Return whom to measure: time, seconds, and place in shares of the picture; None for nobody.

    Raises
    ------
    UsageError
        If it is no such place.
    """
    if sent is None:
        return None
    if not (isinstance(sent, list) and len(sent) == 3):
        raise UsageError(say("request.person"))
    return [_number(sent[0], 1e6), *_place(sent[1:])]


def checked_notes(sent: Any) -> list[dict[str, Any]]:
    """Return notes on moments in their stored form, in the order of time.

    A note has a text, an angle drawn in its frame (three places), or both.

    Raises
    ------
    UsageError
        If they are none, or too many.
    """
    kept = []
    for one in _entries(sent, MOST_NOTES, say("request.most_notes", most=MOST_NOTES)):
        text = " ".join(str(one.get("text") or "").split())
        angle = _checked_angle(one.get("angle"))
        if not (text or angle) or len(text) > LONGEST_NOTE or not text.isprintable():
            raise UsageError(say("request.note", most=LONGEST_NOTE))
        drawn = {"angle": angle} if angle else {}
        kept.append({"time_s": _number(one.get("time_s"), 1e6), "text": text, **drawn})
    return sorted(kept, key=lambda one: float(one["time_s"]))


def _checked_angle(sent: Any) -> list[list[float]] | None:
    if sent is None:
        return None
    places = [_place(one) for one in sent] if isinstance(sent, list) else []
    if len(places) != CORNERS or places[1] in (places[0], places[2]):
        raise UsageError(say("request.angle"))
    return places


def checked_tags(sent: Any) -> list[str]:
    """Return a lift's tags, in the order of `TAGS`.

    Raises
    ------
    UsageError
        If one is not known.
    """
    if not isinstance(sent, list) or any(one not in TAGS for one in sent):
        raise UsageError(say("request.tags", known=", ".join(TAGS)))
    return [one for one in TAGS if one in sent]


def _entries(sent: Any, most: int, too_many: str) -> list[dict[str, Any]]:
    if not isinstance(sent, list) or len(sent) > most:
        raise UsageError(too_many)
    if not all(isinstance(one, dict) for one in sent):
        raise UsageError(say("live.not_understood"))
    return sent


def _place(sent: Any) -> list[float]:
    if not (isinstance(sent, list) and len(sent) == 2):
        raise UsageError(say("request.place"))
    return [_number(one, 1.0) for one in sent]


def _number(sent: Any, most: float) -> float:
    """Return an untrusted value as a number from 0 to ``most``."""
    if isinstance(sent, bool) or not isinstance(sent, (int, float)) or not math.isfinite(sent):
        raise UsageError(say("request.number"))
    if not 0 <= sent <= most:
        raise UsageError(say("request.outside"))
    return float(sent)
