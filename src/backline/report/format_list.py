"""The list of formats, made from the registry of readers and the table of writers."""

from __future__ import annotations

from dataclasses import dataclass

from backline.report.export import ENDINGS, FOLDERS
from backline.sources.readers import READERS

_MOST_ENDINGS = 4  # file endings named in one line of the list


@dataclass(frozen=True)
class Format:
    """One line of the list.

    Parameters
    ----------
    id, name : str
        Short name; what people call it.
    reads, writes : bool
        Which of the two.
    endings : str
        Usual endings.
    sample : str
        What stands on the command line.
    gives : str
        What is measured from it, or written into it.
    limits : str
        What to know beside that, and what must be installed.
    known_by : str
        What a file of this kind holds; "" for what is written.
    """

    id: str
    name: str
    reads: bool
    writes: bool
    endings: str
    sample: str
    gives: str
    limits: str
    known_by: str = ""


def every_format() -> list[Format]:
    """Return every format that is read, and those that are written."""
    listed = []
    for reader in READERS:
        endings = " ".join(reader.extensions[:_MOST_ENDINGS])
        if len(reader.extensions) > _MOST_ENDINGS:
            endings += " ..."
        needs = f"extra '{reader.extra}'" if reader.extra else ""
        limits = "; ".join(part for part in (reader.limits, needs) if part)
        sample = f"backline analyze {reader.sample}"
        listed.append(
            Format(
                reader.id,
                reader.name,
                True,
                False,
                endings,
                sample,
                reader.gives,
                limits,
                reader.wanted,
            )
        )
    for name, writer in (ENDINGS | FOLDERS).items():
        file = f"lift{name}" if name in ENDINGS else f"PROJECT/{name}"
        sample = f"backline export RESULT {file}"
        listed.append(
            Format(f"out{name}", f"result, {name}", False, True, name, sample, writer.gives,
                   writer.needs)
        )  # fmt: skip
    return listed


def as_text() -> str:
    """Return the list for a terminal."""
    lines = []
    for one in every_format():
        lines += [
            f"{one.id}  ({'read' if one.reads else 'written'}: {one.endings})",
            f"    {one.name}: {one.gives}.",
            *([f"    Known by: {one.known_by}."] if one.known_by else []),
            *([f"    Needs: {one.limits}."] if one.limits else []),
            f"    {one.sample}",
        ]
    return "\n".join(lines)


def as_markdown() -> str:
    """Return the list as the two tables of the documentation."""
    every = every_format()
    read, written = [f for f in every if f.reads], [f for f in every if f.writes]
    lines = [
        f"{len(read)} kinds of file can be read:",
        "",
        "| id | what | endings | gives | needs | sample |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| `{f.id}` | {f.name} | {f.endings} | {f.gives} | {f.limits} | `{f.sample}` |"
        for f in read
    ]
    lines += [
        "",
        f"{len(written)} can be written:",
        "",
        "| ending or folder | what | needs | sample |",
        "| --- | --- | --- | --- |",
    ]
    lines += [f"| {f.endings} | {f.gives} | {f.limits} | `{f.sample}` |" for f in written]
    return "\n".join(lines) + "\n"
