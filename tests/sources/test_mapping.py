"""A mapping file says what it lacks, names or points to, in one sentence with its own name."""

from __future__ import annotations

from pathlib import Path

import pytest

from backline.errors import UsageError
from backline.sources.mapping import check_held, check_roles, mapping_table, optional_table


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "map.toml"
    path.write_text('[markers]\nC7 = "neck"\n[columns]\ntime = "t"\n', encoding="utf-8")
    return path


def test_a_table_is_read_by_its_name(file: Path) -> None:
    assert mapping_table(file, "markers", "") == {"C7": "neck"}
    assert optional_table(file, "columns", "") == {"time": "t"}
    assert optional_table(file, "rows", "") == {}


def test_a_missing_table_is_named_with_an_example(file: Path) -> None:
    with pytest.raises(UsageError, match=r"no table \[sensors\] with lines such as sacrum = 1"):
        mapping_table(file, "sensors", "sacrum = 1")


def test_a_table_that_is_a_single_value_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text("columns = 3\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"no table \[columns\]"):
        optional_table(path, "columns", "time")


@pytest.mark.parametrize("content", [b"[markers\n", b"\xff\xfe\x00", b"C7 = neck\n"])
def test_what_is_no_toml_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "map.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"map\.toml' cannot be read \(.*\): lines such as.*\.$"):
        mapping_table(path, "markers", "")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_file_of_windows_editor_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "map.toml"
    path.write_bytes('[markers]\nC7 = "Rücken"\n'.encode(encoding))
    assert mapping_table(path, "markers", "") == {"C7": "Rücken"}


def test_a_file_too_large_for_a_list_of_names_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_bytes(b"# " + bytes(1 << 20))
    with pytest.raises(UsageError, match=r"map\.toml' has over 1 MiB"):
        mapping_table(path, "markers", "")


def test_unknown_roles_and_names_are_told_with_what_there_is(file: Path) -> None:
    table = mapping_table(file, "markers", "")
    check_roles(file, table, "landmark", ("C7", "T10"))
    check_held(file, table, "marker", ("neck", "toe"))
    with pytest.raises(UsageError, match="landmark 'C7', which is not known: use one of T10, T12"):
        check_roles(file, table, "landmark", ("T10", "T12"))
    with pytest.raises(UsageError, match="C7 is the marker 'neck'.*it holds toe, heel"):
        check_held(file, table, "marker", ("toe", "heel"))
