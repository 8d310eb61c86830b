"""Mutated files through every reader, under limits: what crashes, hangs or eats memory.

python -m benchmarks.fuzz                          # 200 files
python -m benchmarks.fuzz --minutes 60             # as many as an hour takes
python -m benchmarks.fuzz --count 10000 --kind video.mp4 --kind video.mov
python -m benchmarks.fuzz --one video.mp4 1234     # one case again, its traceback shown

A case is a kind and a number: the number alone decides the mutation, so that a case can be made
again anywhere. Each file is read in a process of its own kind of life: it is ended after
`LONGEST_S`, and may hold `MOST_BYTES`. A plain refusal is what is wanted; any other error counts
as a crash.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import selectors
import struct
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LONGEST_S = 60.0
MOST_BYTES = 1_500_000_000
"""Resident memory of a reader (the figure to keep)."""
MOST_ADDRESS = 8 << 30
"""Address space of a reader: far above it, so that it is the resident memory that is measured."""
EXTREMES = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
KEPT_APART = ("makes the program that reads it crash", "was not read within", "asks for more than")
"""What `backline.formats.isolated_reader` says of what happened in its process."""
WORDS = (b"NaN", b"-1", b"1e308", b"0", b'"', b",", b"\n", b"\x00", b"[" * 200, b"9" * 40)


def mutated(content: bytes, number: int) -> bytes:
    """Return content with one to eight changes; the number decides which."""
    chance = random.Random(number)
    made = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        if not made:
            return bytes(made)
        # Headers decide most: half of the changes fall on the first and last four thousand bytes.
        near = chance.random() < 0.5
        place = min(
            int(chance.random() * min(len(made), 4000 if near else len(made))), len(made) - 1
        )
        if near and chance.random() < 0.4:
            place = len(made) - 1 - place
        _change(made, place, chance)
    return bytes(made)


def _change(made: bytearray, place: int, chance: random.Random) -> None:
    how = chance.randrange(8)
    length = 1 + int(len(made) ** chance.random())
    if how == 0:
        made[place] ^= 1 << chance.randrange(8)
    elif how == 1:
        made[place] = chance.randrange(256)
    elif how == 2:
        size = chance.choice((1, 2, 4, 8))
        order = chance.choice(("<", ">"))
        value = chance.choice(EXTREMES) & (256**size - 1)
        made[place : place + size] = struct.pack(f"{order}{'_BH_I___Q'[size]}", value)
    elif how == 3:
        del made[place : place + length]
    elif how == 4:
        made[place:place] = made[place : place + length]
    elif how == 5:
        del made[place:]
    elif how == 6:
        made[place:place] = chance.choice(WORDS)
    else:
        other = chance.randrange(len(made))
        made[place : place + length] = made[other : other + length]


@dataclass
class Found:
    """What became of the cases."""

    cases: int = 0
    became: Counter[str] = field(default_factory=Counter)
    bad: list[dict[str, Any]] = field(default_factory=list)
    peak_mib: float = 0.0
    longest_s: float = 0.0
    kept_apart: list[str] = field(default_factory=list)
    """Cases that crashed or exhausted the library in its own process, which was told plainly."""

    def told(self) -> dict[str, Any]:
        return {
            "cases": self.cases, "became": dict(self.became), "peak_mib": round(self.peak_mib),
            "longest_s": round(self.longest_s, 1), "bad": self.bad, "kept_apart": self.kept_apart,
        }  # fmt: skip


class Reader:
    """One process that reads file after file; begun again after it was lost."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def read(self, kind: str, path: Path) -> dict[str, Any]:
        """Return what became of a file: ``became``, ``why``, ``seconds``, ``peak_mib``."""
        process = self._process or self._begin()
        assert process.stdin is not None
        assert process.stdout is not None
        began = time.monotonic()
        process.stdin.write(json.dumps([kind, str(path)]) + "\n")
        process.stdin.flush()
        with selectors.DefaultSelector() as ready:
            ready.register(process.stdout, selectors.EVENT_READ)
            line = process.stdout.readline() if ready.select(LONGEST_S) else None
        seconds = time.monotonic() - began
        if line:
            return {**json.loads(line), "seconds": seconds}
        process.kill()
        status = process.wait()  # killed: it cannot take long
        self.close()
        became = "hung" if line is None else "crashed"
        return {"became": became, "why": f"status {status}", "seconds": seconds, "peak_mib": 0}

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    stream.close()
        self._process = None

    def _begin(self) -> subprocess.Popen[str]:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __spec__.name if __spec__ else "benchmarks.fuzz", "--reader"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        self._process.stdout.readline()  # it is ready: importing does not count
        return self._process


def fuzz(
    kinds: list[str], cases: int, seconds: float, first: int, folder: Path, shown: bool = False
) -> Found:
    """Read mutated files, the kinds in turn, until there were so many or the time is over."""
    from benchmarks.fuzz_corpus import corpus

    whole = corpus(folder / "corpus")
    found, reader = Found(), Reader()
    until = time.monotonic() + seconds
    try:
        for number in range(first, first + cases):
            if time.monotonic() > until:
                break
            kind = kinds[number % len(kinds)] if kinds else sorted(whole)[number % len(whole)]
            place = folder / f"case{Path(kind).suffix}"
            place.write_bytes(mutated(whole[kind].read_bytes(), number))
            one = reader.read(kind, place)
            place.unlink(missing_ok=True)
            _note(found, one, kind, number)
            if shown and one["became"] not in ("read", "refused"):
                sys.stderr.write(f"{kind} {number}: {one}\n")
    finally:
        reader.close()
    return found


def _note(found: Found, one: dict[str, Any], kind: str, number: int) -> None:
    if one["peak_mib"] * (1 << 20) > MOST_BYTES:
        one["became"] = "too much memory"
    found.cases += 1
    found.became[one["became"]] += 1
    found.peak_mib = max(found.peak_mib, one["peak_mib"])
    found.longest_s = max(found.longest_s, one["seconds"])
    if any(words in one.get("why", "") for words in KEPT_APART):
        found.kept_apart.append(f"{kind} {number}")
    if one["became"] not in ("read", "refused"):
        found.bad.append({"kind": kind, "number": number, **one})


def read_on() -> None:
    """Read the files that standard input names; tell what became of each, until it ends."""
    import resource

    from backline.errors import BacklineError
    from benchmarks.fuzz_corpus import reader_of

    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESS, MOST_ADDRESS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    told = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    told.write("ready\n")
    told.flush()
    for line in sys.stdin:
        kind, path = json.loads(line)
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        try:
            reader_of(kind)(Path(path))
            became, why = "read", ""
        except BacklineError as error:
            became, why = "refused", str(error)[:200]
        except Exception as error:  # noqa: BLE001 - this is what is looked for
            became, why = "unexpected", "".join(traceback.format_exception(error))[-1500:]
        told.write(json.dumps({"became": became, "why": why, "peak_mib": _peak_mib()}) + "\n")
        told.flush()


def _peak_mib() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--minutes", type=float, help="as many as this takes, instead of a count")
    parser.add_argument("--kind", action="append", default=[])
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--one", nargs=2, metavar=("KIND", "NUMBER"))
    parser.add_argument("--reader", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.reader:
        read_on()
        return 0
    count = chosen.count if chosen.minutes is None else 10**9
    seconds = float("inf") if chosen.minutes is None else 60 * chosen.minutes
    with tempfile.TemporaryDirectory(prefix="backline-fuzz-") as folder:
        if chosen.one:
            from benchmarks.fuzz_corpus import corpus, reader_of

            kind, number = chosen.one[0], int(chosen.one[1])
            place = Path(folder) / f"case{Path(kind).suffix}"
            whole = corpus(Path(folder) / "corpus")[kind].read_bytes()
            place.write_bytes(mutated(whole, number))
            reader_of(kind)(place)
            return 0
        found = fuzz(chosen.kind, count, seconds, chosen.first, Path(folder), shown=True)
    sys.stdout.write(json.dumps(found.told(), indent=1) + "\n")
    return int(bool(found.bad))


if __name__ == "__main__":
    sys.exit(main())
