"""How long `backline cohort` takes on a dataset with a million findings.

python -m benchmarks.cohort_speed --findings 1000000
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from backline.batch.store import ResultStore
from backline.batch.tables import CURVE_POINTS, SCHEMA, schema
from backline.reps import REP_PHASES

REPS_A_SET, SETS_A_LIFTER = 5, 20
WORDS = {
    "kind": "rounding", "name": "butt wink", "curve": "flattened", "mechanism": "end_of_range",
    "verdict": "ok", "engine": "mediapipe", "sex": "female", "experience": "3 years",
}  # fmt: skip


def table(name: str, rows: int, rng: np.random.Generator, known: dict[str, pa.Array]) -> pa.Table:
    """Return a table of a dataset's own columns, drawn at random where they are not given."""
    arrays = []
    for field in schema(name):
        if field.name in known:
            arrays.append(known[field.name].cast(field.type))
        elif pa.types.is_list(field.type):
            values = pa.array(rng.normal(0, 5, rows * CURVE_POINTS))
            offsets = pa.array(np.arange(0, rows * CURVE_POINTS + 1, CURVE_POINTS), pa.int32())
            arrays.append(pa.ListArray.from_arrays(offsets, values))
        elif pa.types.is_boolean(field.type):
            arrays.append(pa.array(np.ones(rows, dtype=bool)))
        elif pa.types.is_string(field.type):
            arrays.append(
                pa.array([WORDS.get(field.name, "x")]).take(pa.array(np.zeros(rows, int)))
            )
        else:
            arrays.append(pa.array(rng.uniform(40, 120, rows)).cast(field.type, safe=False))
    return pa.Table.from_arrays(arrays, schema=schema(name))


def fill(store: ResultStore, findings: int) -> None:
    """Write a finished dataset with one finding in every rep."""
    rng = np.random.default_rng(0)
    sets = max(1, findings // REPS_A_SET)
    ids = pa.array([f"{number:032x}" for number in range(sets)])
    of_set = pa.array(np.repeat(np.arange(sets), REPS_A_SET))
    rep = {"set_id": ids.take(of_set), "rep": pa.array(np.tile(np.arange(1, 6), sets))}
    where = pa.array(REP_PHASES).take(pa.array(rng.integers(0, len(REP_PHASES), len(of_set))))
    lifters = pa.array([f"Lifter {number // SETS_A_LIFTER}" for number in range(sets)])
    tables = {
        "sets": table("sets", sets, rng, {"set_id": ids, "lifter": lifters}),
        "reps": table("reps", len(of_set), rng, rep),
        "findings": table("findings", len(of_set), rng, {**rep, "where": where}),
        "ledger": pa.table({"status": pa.array(["done"]).take(pa.array(np.zeros(sets, int)))}),
    }
    for name, one in tables.items():
        out = io.BytesIO()
        pq.write_table(one, out, compression="zstd")
        file = "ledger.parquet" if name == "ledger" else f"{name}/lift=squat/part-00000.parquet"
        store.put(file, out.getvalue())
    store.put("dataset.json", json.dumps({"schema": SCHEMA, "complete": True}).encode())


def processor_s() -> float:
    """Return the processor time of all commands so far, seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Print the wall time and processor time of the command, its start included."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--findings", type=int, default=1_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fill(ResultStore(f"{folder}/data"), asked.findings)
        command = [sys.executable, "-m", "backline", "cohort", f"{folder}/data"]
        for _ in range(2):
            began, worked = time.perf_counter(), processor_s()
            page = str(Path(folder, "cohort.html"))
            subprocess.run([*command, "--out", page, "--quiet"], check=True)
            took, work = time.perf_counter() - began, processor_s() - worked
            print(f"{asked.findings} findings: {took:.2f} s (CPU {work:.2f} s)", flush=True)


if __name__ == "__main__":
    main()
