"""The list of formats, made from the registry of readers and the table of writers."""

from __future__ import annotations

from dataclasses import dataclass

from backline.report.export import ENDINGS, FOLDERS
from backline.sources.readers import READERS

WRITTEN: dict[str, str] = {
    ".csv": "the series",
    ".parquet": "the series",
    ".nc": "movement's netCDF: landmarks in space or points of the picture, angles beside them",
    ".mot": "OpenSim's coordinates, with its signs",
    ".sto": "OpenSim's coordinates, with its signs",
    ".trc": "landmarks of motion capture in metres, y up; or points of the picture in pixels",
    ".c3d": "landmarks in mm or points of the picture, angles as angle points, reps as events",
    "pose-3d": "a TRC of landmarks under OpenCap's names, as Pose2Sim's OpenSim step takes it",
    "kinematics": "OpenSim's coordinates under Pose2Sim's name",
}
"""What `backline export` writes, by ending or name of a Pose2Sim project's folder."""
_NEEDS = {".nc": "extra 'files'", "pose-3d": "motion capture"}
_MOST_ENDINGS = 4


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
    """

    id: str
    name: str
    reads: bool
    writes: bool
    endings: str
    sample: str
    gives: str
    limits: str


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
            Format(reader.id, reader.name, True, False, endings, sample, reader.gives, limits)
        )
    for ending in (*ENDINGS, *FOLDERS):
        file = f"lift{ending}" if ending in ENDINGS else f"PROJECT/{ending}"
        listed.append(
            Format(f"out{ending}", f"result, {ending}", False, True, ending,
                   f"backline export RESULT {file}", WRITTEN[ending], _NEEDS.get(ending, ""))
        )  # fmt: skip
    return listed


def as_text() -> str:
    """Return the list for a terminal."""
    lines = []
    for one in every_format():
        lines += [
            f"{one.id}  ({'read' if one.reads else 'written'}: {one.endings})",
            f"    {one.name}: {one.gives}.",
            *([f"    Needs: {one.limits}."] if one.limits else []),
            f"    {one.sample}",
        ]
    return "\n".join(lines)


def as_markdown() -> str:
    """Return the list as the two tables of the documentation."""
    every = every_format()
    read, written = [f for f in every if f.reads], [f for f in every if f.writes]
    lines = [
        f"Read are {len(read)} kinds of file:",
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
        f"Written are {len(written)}:",
        "",
        "| ending or folder | what | needs | sample |",
        "| --- | --- | --- | --- |",
    ]
    lines += [f"| {f.endings} | {f.gives} | {f.limits} | `{f.sample}` |" for f in written]
    return "\n".join(lines) + "\n"
