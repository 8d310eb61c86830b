"""What is taken in, and what is not: by size, by first bytes, by what was said of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from backline.web.lift_store import LiftStore
from backline.web.upload import Refused, read_fields, receive_clip
from tests.deadlines import PATIENCE_S

FILM = b"\x00\x00\x00\x20ftypisom" + bytes(100)


async def parts(body: bytes, size: int = 7) -> AsyncIterator[bytes]:
    for at in range(0, len(body), size):
        yield body[at : at + size]


def ran(work: Coroutine[Any, Any, str]) -> str:
    """Run to the end in a thread of its own: a browser's tests leave a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result(PATIENCE_S)


def send(
    lift_store: LiftStore, body: bytes, largest: int = 1000, announced: int | None = None
) -> str:
    told: dict[str, Any] = {"lifter": None}
    work = receive_clip(
        lift_store, "a.mp4", told, parts(body), largest=largest, announced=announced
    )
    return ran(work)


def folders(lift_store: LiftStore) -> list[Path]:
    return list((lift_store.folder / "lifts").iterdir())


def test_a_film_arrives_byte_for_byte_and_waits(lift_store: LiftStore) -> None:
    lift_id = send(lift_store, FILM)
    assert lift_store.clip(lift_id).read_bytes() == FILM
    assert lift_store.get(lift_id).state == "waiting"
    assert lift_store.get(lift_id).size_bytes == len(FILM)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"PK\x03\x04" + bytes(300), 415, "not a video"),  # a zip named mp4
        (b"#!/bin/sh\nrm -rf /\n" * 9, 415, "not a video"),
        (b"<html><script>alert(1)</script>" * 9, 415, "not a video"),
        (b"short", 415, "not a video"),
        (b"", 415, "empty"),
        (FILM + bytes(2000), 413, "larger than"),
    ],
)
def test_what_is_no_film_or_too_large_is_refused_and_leaves_nothing(
    lift_store: LiftStore, body: bytes, status: int, words: str
) -> None:
    with pytest.raises(Refused, match=words) as refused:
        send(lift_store, body)
    assert refused.value.status == status
    assert folders(lift_store) == []
    assert lift_store.entries() == []


def test_a_length_of_ten_gigabytes_is_refused_before_a_byte_is_read(lift_store: LiftStore) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    work = receive_clip(lift_store, "a.mp4", {}, never(), largest=10**9, announced=10**10)
    with pytest.raises(Refused) as refused:
        ran(work)
    assert refused.value.status == 413


def test_a_broken_connection_leaves_nothing(lift_store: LiftStore) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield FILM
        raise ConnectionError

    with pytest.raises(ConnectionError):
        ran(receive_clip(lift_store, "a.mp4", {}, broken(), largest=1000, announced=None))
    assert folders(lift_store) == []


def test_what_was_told_is_read() -> None:
    told = read_fields(
        {"lifter": "  Ada  L ", "load_kg": "102,5", "lift": "squat", "felt": "neutral"}
    )
    assert told["lifter"] == "Ada L"
    assert told["load_kg"] == 102.5
    assert (told["lift"], told["felt"], told["height_cm"]) == ("squat", "neutral", None)


@pytest.mark.parametrize(
    "fields",
    [
        {"load_kg": "heavy"},
        {"load_kg": "-1"},
        {"load_kg": "nan"},
        {"height_cm": "1.78"},
        {"body_mass_kg": "1e9"},
        {"lift": "../squat"},
        {"felt": "great"},
        {"lifter": "x" * 81},
        {"lifter": "Ada\x07"},
        {"cue": "x" * 201},
    ],
)
def test_what_cannot_be_is_refused_in_plain_words(fields: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        read_fields(fields)
    assert refused.value.status == 422
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("load_kg", "20kg", 20.0),
        ("load_kg", "225 lb", 102.1),
        ("load_kg", "102,5", 102.5),
        ("height_cm", "1.78 m", 178.0),
        ("height_cm", "70 in", 177.8),
    ],
)
def test_a_number_may_carry_its_unit(field: str, text: str, value: float) -> None:
    assert read_fields({field: text})[field] == pytest.approx(value)


@pytest.mark.parametrize("text", ["much", "20 stone", "1.78 m", "20kg 30kg", "-5", "1e3"])
def test_what_is_no_mass_is_refused_with_the_name_of_its_field(text: str) -> None:
    with pytest.raises(Refused, match="must be a number") as refused:
        read_fields({"load_kg": text})
    assert refused.value.field == "load_kg"
