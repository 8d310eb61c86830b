"""Mutated files of every kind are read or refused: no crash, no hang, no flood of memory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from benchmarks.fuzz import LONGEST_S, MOST_BYTES, Found, Reader, _note, fuzz, mutated
from benchmarks.fuzz_corpus import corpus, reader_of

from backline.errors import BacklineError
from backline.formats import video_probe
from backline.formats.isolated_reader import ProcessLimits

CASES = int(os.environ.get("BACKLINE_FUZZ", "200"))
ONCE_WRONG = (
    ("measured.zip", 9),  # damage within a member: zlib's own error came through
)
"""Cases that have crashed a reader, by kind and number."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return corpus(tmp_path_factory.mktemp("corpus"))


def test_a_number_always_makes_the_same_change_and_another_one_another() -> None:
    content = bytes(range(256)) * 20
    made = {mutated(content, number) for number in range(50)}
    assert len(made) > 45
    assert content not in made
    assert mutated(content, 7) == mutated(content, 7)
    assert mutated(b"", 3) == b""


def test_every_kind_is_read_as_long_as_it_is_whole(whole: dict[str, Path], tmp_path: Path) -> None:
    for kind, path in whole.items():
        place = tmp_path / f"case{path.suffix}"
        place.write_bytes(path.read_bytes())
        reader_of(kind)(place)


def test_mutated_files_are_read_or_refused_within_limits(tmp_path: Path) -> None:
    found = fuzz([], CASES, 800.0, 0, tmp_path)
    assert found.bad == []
    assert found.cases == CASES
    assert set(found.became) == {"read", "refused"}
    assert found.peak_mib * (1 << 20) < MOST_BYTES


@pytest.mark.parametrize(("kind", "number"), ONCE_WRONG)
def test_what_once_crashed_a_reader_is_refused(
    whole: dict[str, Path], tmp_path: Path, kind: str, number: int
) -> None:
    place = tmp_path / f"case{Path(kind).suffix}"
    place.write_bytes(mutated(whole[kind].read_bytes(), number))
    with pytest.raises(BacklineError):
        reader_of(kind)(place)


def test_what_keeps_a_library_busy_is_ended_before_it_counts_as_hung() -> None:
    # markers.c3d 26 does so for ever; it is not read here, since that takes as long
    assert max(ProcessLimits().time_s, video_probe.LIMITS.time_s) <= LONGEST_S - 10


def test_a_reader_that_is_lost_counts_and_the_next_file_is_read(
    whole: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    reader, found = Reader(), Found()
    place = tmp_path / "case.toml"
    try:
        place.write_bytes(whole["mapping.toml"].read_bytes())
        assert reader.read("mapping.toml", place)["became"] == "read"
        with monkeypatch.context() as impatient:
            impatient.setattr("benchmarks.fuzz.LONGEST_S", 0.0)
            _note(found, reader.read("mapping.toml", place), "mapping.toml", 1)
        assert reader.read("mapping.toml", place)["became"] == "read"
    finally:
        reader.close()
    assert found.became == {"hung": 1}
    assert found.bad[0]["number"] == 1


def test_too_much_memory_is_found(tmp_path: Path) -> None:
    found = Found()
    one = {"became": "read", "why": "", "seconds": 1.0, "peak_mib": MOST_BYTES / (1 << 20) + 1}
    _note(found, one, "video.mp4", 3)
    assert found.became == {"too much memory": 1}
    assert len(found.bad) == 1
