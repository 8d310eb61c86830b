"""Receives an upload: streamed to disk, checked by its first bytes, never trusted."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

from backline.errors import BacklineError, SourceError, UsageError
from backline.library.saving import Felt
from backline.model.trial import RANGES
from backline.sources.registry import HEAD_BYTES, READERS
from backline.web.corrections import TAGS, checked_tags
from backline.web.lift_store import LiftStore, shown_name
from backline.web.options import MEBIBYTE
from backline.web.texts import say

SPARE = 512 * MEBIBYTE
"""Space that must stay free on the disk, bytes."""
CHECK_EVERY = 4 * MEBIBYTE
"""The free space is checked again after this many bytes of an upload."""
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
LIFTS = ("auto", "squat", "deadlift")
LONGEST = {"lifter": 80, "cue": 200}
"""Characters of what a person may enter."""


_QUANTITY = re.compile(r"(?P<number>\d*[.,]?\d+|\d+[.,]?)\s*(?P<unit>kg|lbs?|cm|m|in)?")
"""A number, with its unit where one was written: 20, 20kg, 44 lb, 1.78 m."""
_IN_UNIT = {
    "kg": {"kg": 1.0, "lb": 0.45359237, "lbs": 0.45359237},
    "cm": {"cm": 1.0, "m": 100.0, "in": 2.54},
}
"""Factors from written units to the field's own (international pound and inch)."""


class Refused(UsageError):
    """A refused request.

    Parameters
    ----------
    status : int
        HTTP status.
    text : str
        One plain sentence.
    field : str
        The field of the form that is meant, "" for none.
    """

    def __init__(self, status: int, text: str, field: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.field = field


async def receive_clip(
    lift_store: LiftStore,
    name: str,
    fields: dict[str, Any],
    body: AsyncIterator[bytes],
    *,
    largest: int,
    announced: int | None,
) -> str:
    """Write an upload to disk and add its lift; return the lift's id.

    Parameters
    ----------
    lift_store : LiftStore
        The app's lifts.
    name : str
        The file's name as the browser has it; only used for display.
    fields : dict
        From `read_fields`.
    body : async iterator of bytes
        The file.
    largest : int
        Most bytes.
    announced : int or None
        Its length as announced by the browser.

    Raises
    ------
    Refused
        If it is too large, of a wrong kind, or empty; nothing stays on disk.
    """
    if announced is not None and announced > largest:
        raise Refused(413, say("upload.large", limit=largest // MEBIBYTE))
    _check_disk_space(lift_store, announced or 0)
    lift_id = lift_store.new_id()
    clip = lift_store.clip(lift_id)
    clip.parent.mkdir(parents=True)
    try:
        with _under_way(announced or 0):
            size = await _write(lift_store, clip, body, largest)
        lift_store.add(lift_id, shown_name(name), size, fields)
    except BaseException as error:
        shutil.rmtree(lift_store.home(lift_id), ignore_errors=True)
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise Refused(507, say("upload.disk")) from None
        raise
    return lift_id


_announced: list[int] = []
"""Bytes of each upload that is under way, as announced."""


@contextmanager
def _under_way(announced: int) -> Iterator[None]:
    _announced.append(announced)
    try:
        yield
    finally:
        _announced.remove(announced)


def _check_disk_space(lift_store: LiftStore, more: int = 0) -> None:
    """Refuse an upload that would use the reserved space; announced uploads count as used.

    What they have written already counts twice then, which errs on the safe side.
    """
    if shutil.disk_usage(lift_store.folder).free < SPARE + more + (sum(_announced) if more else 0):
        raise Refused(507, say("upload.disk"))


async def _write(
    lift_store: LiftStore, clip: Path, body: AsyncIterator[bytes], largest: int
) -> int:
    size, looked, head = 0, 0, b""
    with clip.open("xb") as stream:
        async for chunk in body:
            if len(head) < HEAD_BYTES:
                head += chunk[: HEAD_BYTES - len(head)]
                if len(head) >= 16:
                    _check_head(head)
            size += len(chunk)
            if size > largest:
                raise Refused(413, say("upload.large", limit=largest // MEBIBYTE))
            if size - looked > CHECK_EVERY:
                looked = size
                _check_disk_space(lift_store)
            stream.write(chunk)
    _check_head(head)
    return size


def _check_head(head: bytes) -> None:
    """Check by its first bytes whether it can be a video; it is decoded elsewhere."""
    if not head:
        raise Refused(415, say("upload.empty"))
    film = next(reader for reader in READERS if reader.name == "video of a lift")
    if not film.begins(head):
        raise Refused(415, say("upload.kind"))


def read_fields(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return a form's fields, checked.

    Raises
    ------
    Refused
        If a value is impossible.
    """
    checked: dict[str, Any] = {"lift": fields.get("lift") or "auto"}
    if checked["lift"] not in LIFTS:
        raise Refused(422, say("upload.lift"))
    for key, most in LONGEST.items():
        text = " ".join(fields.get(key, "").split())
        if len(text) > most or not text.isprintable():
            raise Refused(422, say("upload.words", field=say(f"add.{key}"), most=most), key)
        checked[key] = text or None
    for key, possible in RANGES.items():
        checked[key] = _number(key, fields.get(key, ""), possible.low, possible.high)
    checked["felt"] = fields.get("felt") or None
    if checked["felt"] not in (None, *get_args(Felt)):
        raise Refused(422, say("upload.felt"))
    tags = checked_tags([one for one in TAGS if fields.get(f"tag-{one}")])
    if tags:
        checked["changes"] = {"tags": tags}
    return checked


def _number(key: str, text: str, low: float, high: float) -> float | None:
    if not text.strip():
        return None
    found = _QUANTITY.fullmatch(text.strip().lower())
    value = float("nan")
    unit = (found["unit"] if found else None) or key[-2:]
    if found and unit in _IN_UNIT[key[-2:]]:
        value = float(found["number"].replace(",", ".")) * _IN_UNIT[key[-2:]][unit]
        value = value if unit == key[-2:] else round(value, 1)
    if not low <= value <= high:
        words = say("upload.number", field=say(f"add.{key}"), low=f"{low:g}", high=f"{high:g}")
        raise Refused(422, words, key)
    return value


def status_of(error: BacklineError) -> int:
    """Return the HTTP status of an error: a wrong request, or a failure of the server."""
    if isinstance(error, Refused):
        return error.status
    if isinstance(error, UsageError | SourceError):
        return 404
    return 507 if getattr(error.__cause__, "errno", None) in NO_ROOM else 500
