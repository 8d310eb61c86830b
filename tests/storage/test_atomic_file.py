"""A file is whole or not there."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path

import pytest

from backline.errors import BacklineError, SourceError
from backline.storage.atomic_file import atomic_file, file_sha256


def spoil(path: Path, error: BaseException) -> None:
    with atomic_file(path) as part:
        part.write_text("half")
        raise error


def test_the_file_appears_at_the_end_under_its_name(tmp_path: Path) -> None:
    with atomic_file(tmp_path / "a.json") as part:
        part.write_text("all")
        assert part.suffix == ".json"
        assert part.parent == tmp_path
        assert not (tmp_path / "a.json").exists()
    assert (tmp_path / "a.json").read_text() == "all"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt()])
def test_an_error_leaves_the_older_file_and_no_other(tmp_path: Path, error: BaseException) -> None:
    (tmp_path / "a.json").write_text("old")
    with pytest.raises(type(error)):
        spoil(tmp_path / "a.json", error)
    assert (tmp_path / "a.json").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_full_disk_is_one_plain_sentence(tmp_path: Path) -> None:
    with pytest.raises(BacklineError, match=r"a\.json' cannot be written \(No space left"):
        spoil(tmp_path / "a.json", OSError(28, "No space left on device"))
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_disk_is_one_plain_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, **options: bool) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(Path, "unlink", refuse)  # even what is not there cannot be removed there
    with (
        pytest.raises(BacklineError, match="cannot be written"),
        atomic_file(tmp_path / "a") as part,
    ):
        raise OSError(errno.EROFS, "Read-only file system", str(part))


def test_an_error_about_another_file_keeps_its_own_words(tmp_path: Path) -> None:
    other = FileNotFoundError(2, "No such file or directory", "other.mp4")
    with pytest.raises(FileNotFoundError, match=r"other\.mp4"):
        spoil(tmp_path / "a.json", other)


def test_missing_folders_are_made(tmp_path: Path) -> None:
    with atomic_file(tmp_path / "a" / "b" / "c.txt") as part:
        part.write_text("x")
    assert (tmp_path / "a" / "b" / "c.txt").read_text() == "x"


def test_sha256_is_that_of_the_content(tmp_path: Path) -> None:
    content = bytes(range(256)) * 5000  # more than one chunk
    (tmp_path / "a").write_bytes(content)
    assert file_sha256(tmp_path / "a") == hashlib.sha256(content).hexdigest()


def test_sha256_of_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        file_sha256(tmp_path / "gone")
