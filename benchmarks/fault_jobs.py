"""The jobs that `benchmarks.faults` disturbs: each knows how a whole result looks."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sqlite3
from pathlib import Path

import numpy as np

from backline.formats.opensim import Motion, write_mot
from backline.storage.temporary_files import LOCK

SECRET = b"person"


class Job:
    """One kind of work on a folder.

    Parameters
    ----------
    home : Path
        Empty, and the job's own.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.serial = 0

    def prepare(self) -> None:
        """Do it once undisturbed, so that all is imported before the first fork."""
        self.reset()
        status = self.run(0)
        if status != 0:
            raise RuntimeError(f"the undisturbed job ended with {status}")

    def reset(self) -> None:
        """Put things as they were before the job."""

    def run(self, number: int) -> int:
        """Do the job in a child; return its exit status."""
        raise NotImplementedError

    def check(self, kind: str, statuses: list[int]) -> list[str]:
        """Return what is wrong after a fault; of kind "after", after one more undisturbed run."""
        raise NotImplementedError


def _quiet(*arguments: str) -> int:
    from backline.cli.app import run

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return run(list(arguments))


class Analyze(Job):
    """``backline analyze`` of a table of angles, over an older result of another load."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.source, self.out = home / "lift.mot", home / "out"
        self.whole: dict[int, dict[str, bytes]] = {}

    def prepare(self) -> None:
        squat(self.source)
        super().prepare()

    def reset(self) -> None:
        if not (self.out / "lift" / "analysis.json").is_file():
            shutil.rmtree(self.out, ignore_errors=True)
            (self.out / "lift").mkdir(parents=True)
            (self.out / "lift" / "notes.txt").write_bytes(SECRET)

    def run(self, number: int) -> int:
        return _quiet(
            "analyze", str(self.source), "--out", str(self.out), "--quiet",
            "--cue", f"cue {number}",
        )  # fmt: skip

    def check(self, kind: str, statuses: list[int]) -> list[str]:
        result, wrong = self.out / "lift", []
        there = {entry.name for entry in result.iterdir()} if result.is_dir() else set()
        if "notes.txt" not in there:
            wrong.append("a file of somebody else is gone")
        names = {"analysis.json", "report.html", "series.csv", "series.parquet", "kinematics.mot"}
        if not names <= there:
            return [*wrong, f"the older result has lost {sorted(names - there)}"]
        told = json.loads((result / "analysis.json").read_text())
        cue = str(told["summary"]["cue"])
        if cue not in (result / "report.html").read_text():
            wrong.append(f"document of '{cue}' beside a page of another run")
        # An empty lock may stay, where its own removal was the change that failed.
        names = [one.name for one in self.out.iterdir() if one.name.startswith(".")]
        hidden = [name for name in names if not name.endswith(f".{LOCK}")]
        if kind in (*ERRORS_OF, "after") and hidden:
            wrong.append(f"left behind: {hidden}")
        if kind == "two" and (0 not in statuses or not set(statuses) <= {0, 2}):
            wrong.append(f"two writers ended with {statuses}")
        return wrong


ERRORS_OF = ("full", "broken")


class Save(Job):
    """Keeping sets in a lifter's record on SQLite."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.record = home / "record"
        self.told = 0

    def run(self, number: int) -> int:
        from backline.errors import BacklineError
        from backline.library import Store
        from tests.library.saver import analysis_of

        try:
            with Store(folder=self.record) as store:
                store.save(analysis_of(number), "Ada")
        except BacklineError:
            return 1
        return 0

    def check(self, kind: str, statuses: list[int]) -> list[str]:
        self.told += statuses.count(0)
        wrong, sets = _record_faults(self.record)
        if sets < self.told:
            wrong.append(f"{self.told} sets were told to be kept, {sets} are there")
        if kind == "two" and statuses != [0, 0]:
            wrong.append(f"two writers ended with {statuses}")
        return wrong


class Restore(Job):
    """Filling an empty record from a backup of five sets."""

    SETS = 5

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.file, self.record = home / "record.zip", home / "record"

    def prepare(self) -> None:
        from backline.library import Store, backup
        from tests.library.saver import analysis_of

        with Store(folder=self.home / "first") as store:
            for number in range(self.SETS):
                store.save(analysis_of(number), "Ada")
            backup(store, self.file)
        super().prepare()

    def reset(self) -> None:
        shutil.rmtree(self.record, ignore_errors=True)

    def run(self, number: int) -> int:
        from backline.errors import BacklineError
        from backline.library import Store, restore

        try:
            with Store(folder=self.record) as store:
                restore(store, self.file)
        except BacklineError as error:
            return error.exit_code
        return 0

    def check(self, kind: str, statuses: list[int]) -> list[str]:
        if kind == "after" and set(statuses) - {0, 2}:  # 2: it was whole already
            return [f"a second try ended with {statuses}"]
        wrong, sets = _record_faults(self.record)
        wanted = {self.SETS} if 0 in statuses or kind == "after" else {0, self.SETS}
        if sets not in wanted:
            wrong.append(f"{sets} sets of {self.SETS}")
        return wrong


class Migrate(Job):
    """Opening a record of the first schema, which brings it to today's."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.old, self.record = home / "old", home / "record"

    def prepare(self) -> None:
        from sqlalchemy import text

        from backline.library import Store
        from backline.library.database import writing
        from tests.library.saver import analysis_of

        with Store(folder=self.old) as store:
            for number in range(3):
                store.save(analysis_of(number), "Ada")
            with writing(store.engine) as connection:
                for line in (
                    "DROP TABLE set_place", "DROP TABLE drill",
                    "UPDATE alembic_version SET version_num = '0001'",
                ):  # fmt: skip
                    connection.execute(text(line))
        super().prepare()

    def reset(self) -> None:
        shutil.rmtree(self.record, ignore_errors=True)
        shutil.copytree(self.old, self.record)

    def run(self, number: int) -> int:
        from backline.errors import BacklineError
        from backline.library import Store

        try:
            Store(folder=self.record).close()
        except BacklineError:
            return 1
        return 0

    def check(self, kind: str, statuses: list[int]) -> list[str]:
        wrong, sets = _record_faults(self.record)
        if sets != 3:
            wrong.append(f"{sets} sets of 3")
        with contextlib.closing(sqlite3.connect(self.record / "backline.sqlite")) as database:
            schema = database.execute("SELECT version_num FROM alembic_version").fetchone()[0]
            tables = database.execute("SELECT name FROM sqlite_master").fetchall()
        if ((schema != "0001") != (("set_place",) in tables)) or schema == "0002":
            wrong.append(f"half of a schema: {schema}")
        if (kind == "after" or 0 in statuses) and schema == "0001":
            wrong.append("opened, and still of the first schema")
        return wrong


class Export(Job):
    """``backline export`` of a result as C3D, CSV and STO, over older files."""

    NAMES = ("lift.c3d", "lift.csv", "lift.sto")

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.out = home / "exported"
        self.whole: dict[str, bytes] = {}

    def prepare(self) -> None:
        squat(self.home / "lift.mot")
        _quiet("analyze", str(self.home / "lift.mot"), "--out", str(self.home / "out"), "--quiet")
        self.out.mkdir()
        super().prepare()
        self.whole = {name: (self.out / name).read_bytes() for name in self.NAMES}

    def run(self, number: int) -> int:
        files = [str(self.out / name) for name in self.NAMES]
        return _quiet("export", str(self.home / "out" / "lift"), *files, "--quiet")

    def check(self, kind: str, statuses: list[int]) -> list[str]:
        there = {f.name: f.read_bytes() for f in self.out.iterdir() if not f.name.startswith(".")}
        wrong = [] if there == self.whole else ["an exported file is not whole"]
        hidden = [f.name for f in self.out.iterdir() if f.name.startswith(".")]
        if kind in (*ERRORS_OF, "after") and hidden:
            wrong.append(f"left behind: {hidden}")
        return wrong


def _record_faults(record: Path) -> tuple[list[str], int]:
    """Return what is wrong with a record on SQLite, and its number of sets."""
    file = record / "backline.sqlite"
    if not file.exists() or file.stat().st_size == 0:
        return [], 0
    with contextlib.closing(sqlite3.connect(file, timeout=30)) as database:
        wrong = [str(r[0]) for r in database.execute("PRAGMA integrity_check") if r[0] != "ok"]
        tables = {str(row[0]) for row in database.execute("SELECT name FROM sqlite_master")}
        if "lift_set" not in tables:
            return wrong, 0
        named = [str(row[0]) for row in database.execute("SELECT series_file FROM measurement")]
        sets = int(database.execute("SELECT count(*) FROM lift_set").fetchone()[0])
    for name in named:
        content = (record / name).read_bytes() if (record / name).is_file() else b""
        if not (content.startswith(b"PAR1") and content.endswith(b"PAR1")):
            wrong.append(f"{name} is missing or cut off")
    if len(named) != sets:
        wrong.append(f"{sets} sets, {len(named)} measurements")
    return wrong, sets


def squat(path: Path) -> None:
    """Write one squat as OpenSim's table of angles, rounded by 15 degrees at the bottom."""
    time_s = np.arange(0, 4, 1 / 50)
    depth = np.clip(np.sin((time_s - 1) * np.pi / 2), 0, 1) * ((time_s > 1) & (time_s < 3))
    columns = {
        "pelvis_tilt": -2 - 35 * depth,
        "lumbar_extension": -5 - 15 * depth,
        **{f"hip_flexion_{s}": 110 * depth for s in "rl"},
        **{f"knee_angle_{s}": 100 * depth for s in "rl"},
        **{f"ankle_angle_{s}": 30 * depth for s in "rl"},
    }
    write_mot(path, Motion(time_s, tuple(columns), np.stack(list(columns.values()), axis=1)))


JOBS: dict[str, type[Job]] = {
    "analyze": Analyze, "export": Export, "migrate": Migrate, "restore": Restore, "save": Save
}  # fmt: skip
