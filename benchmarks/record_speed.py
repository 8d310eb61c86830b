"""How long the coach's view and one lifter's history take on a full gym.

python -m benchmarks.record_speed --lifters 2000 --reps 100000
"""

from __future__ import annotations

import argparse
import datetime
import tempfile
import time
from pathlib import Path

import numpy as np
from sqlalchemy import insert

from backline.library import Store, coach_view, history
from backline.library.database import writing
from backline.library.schema import TABLES

REPS_A_SET, SETS_A_SESSION = 5, 2
PLACES = ("descent", "bottom", "ascent", "lockout")


def rows_of(lifters: int, reps: int) -> dict[str, list[dict[str, object]]]:
    """Return every table's rows: sets of five reps, two sets a session."""
    rng = np.random.default_rng(0)
    now = datetime.datetime(2026, 1, 1)
    rows: dict[str, list[dict[str, object]]] = {table.name: [] for table in TABLES}
    for owner in range(1, lifters + 1):
        name = f"Lifter {owner}"
        row = {"id": owner, "name": name, "name_key": name.casefold(), "created_at": now}
        rows["lifter"].append(row)
    for number in range(1, reps // REPS_A_SET + 1):
        owner = (number - 1) // SETS_A_SESSION % lifters + 1
        visit = (number - 1) // SETS_A_SESSION + 1
        if (number - 1) % SETS_A_SESSION == 0:
            day = now.date() + datetime.timedelta(days=7 * ((visit - 1) // lifters))
            rows["session"].append({"id": visit, "lifter_id": owner, "day": day})
        rows["lift_set"].append(
            {"id": number, "lifter_id": owner, "session_id": visit, "content": f"{number:064d}",
             "source_path": "lift.mp4", "lift": "squat", "load_kg": 100.0, "tags": [],
             "created_at": now}
        )  # fmt: skip
        rows["measurement"].append(
            {"id": number, "lift_set_id": number, "number": 1, "latest": True, "created_at": now,
             "backline_version": "0", "engine": "e", "verdict": "ok",
             "fingerprint": f"{number:064d}", "series_file": "", "document": {}}
        )  # fmt: skip
        sizes = rng.normal(3, 3, (REPS_A_SET, len(PLACES)))
        for rep in range(REPS_A_SET):
            key = len(rows["rep"]) + 1
            rows["rep"].append(
                {"id": key, "measurement_id": number, "number": rep + 1, "start_s": 0.0,
                 "end_s": 1.0, "complete": True, "metrics": {}}
            )  # fmt: skip
            rows["rep_place"] += [
                {"rep_id": key, "place": place, "size_deg": float(size), "rounded": bool(size > 5)}
                for place, size in zip(PLACES, sizes[rep], strict=True)
            ]
        rows["set_place"] += [
            {"lift_set_id": number, "lifter_id": owner, "session_id": visit, "place": place,
             "reps": REPS_A_SET, "rounded": int((column > 5).sum()), "sum_deg": float(column.sum()),
             "max_deg": float(column.max())}
            for place, column in zip(PLACES, sizes.T, strict=True)
        ]  # fmt: skip
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lifters", type=int, default=2000)
    parser.add_argument("--reps", type=int, default=100_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Store(folder=Path(folder)) as store:
        rows = rows_of(asked.lifters, asked.reps)
        with writing(store.engine) as connection:
            for table in TABLES:
                if rows[table.name]:
                    connection.execute(insert(table), rows[table.name])
        coach_view(store)  # imports and the disk's cache are not what is measured
        history(store, "Lifter 7")
        for name, call in (
            ("coach's view", lambda: coach_view(store)),
            ("one lifter's history", lambda: history(store, "Lifter 7")),
        ):
            wall, work = [], []
            for _ in range(5):
                began, cpu = time.perf_counter(), time.process_time()
                call()
                wall.append(time.perf_counter() - began)
                work.append(time.process_time() - cpu)
            print(f"{name}: {min(wall):.3f} s (CPU {min(work):.3f} s), best of five")


if __name__ == "__main__":
    main()
