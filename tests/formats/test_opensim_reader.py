"""OpenSim's own reader takes what is written, to the last digit (where an OpenSim is named).

The ``opensim`` package wants another numpy than this project, so it is run by a Python of its own:
BACKLINE_OPENSIM_PYTHON=/path/to/its/python.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from backline.formats.opensim import Markers, Motion, write_mot, write_trc
from tests.deadlines import PATIENCE_S

READER = """
import json, sys
import opensim
from tests.deadlines import PATIENCE_S
motion = opensim.TimeSeriesTable(sys.argv[1])
columns = {name: motion.getDependentColumn(name).to_numpy().tolist()
           for name in motion.getColumnLabels()}
markers = opensim.TimeSeriesTableVec3(sys.argv[2])
rows = [[[markers.getRowAtIndex(i)[k][j] for j in range(3)] for k in range(2)]
        for i in range(markers.getNumRows())]
old = opensim.Storage(sys.argv[1])
print("READ" + json.dumps({
    "columns": columns, "degrees": motion.getTableMetaDataString("inDegrees"),
    "time": list(motion.getIndependentColumn()), "rows": rows,
    "units": markers.getTableMetaDataString("Units"), "names": list(markers.getColumnLabels()),
    "storage": old.getSize(), "storage_degrees": old.isInDegrees(),
}))
"""


def test_opensim_reads_motion_and_markers_to_the_last_digit(tmp_path: Path) -> None:
    python = os.environ.get("BACKLINE_OPENSIM_PYTHON")
    if not python:
        pytest.skip("needs BACKLINE_OPENSIM_PYTHON, a Python with the package opensim")
    rng = np.random.default_rng(5)
    time_s = np.arange(12) / 30
    angles = rng.normal(0, 40, (12, 2))
    places = rng.normal(0, 900, (12, 2, 3))
    write_mot(tmp_path / "a.mot", Motion(time_s, ("pelvis_tilt", "lumbar_extension"), angles))
    write_trc(tmp_path / "a.trc", Markers(time_s, ("C7", "S1"), places, "mm"))
    done = subprocess.run(
        [python, "-c", READER, "a.mot", "a.trc"],
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=PATIENCE_S,
    )  # fmt: skip
    read = json.loads(done.stdout.partition("READ")[2])
    assert list(read["columns"]) == ["pelvis_tilt", "lumbar_extension"]
    np.testing.assert_array_equal(np.array(list(read["columns"].values())).T, angles)
    np.testing.assert_array_equal(read["time"], time_s)
    np.testing.assert_array_equal(read["rows"], places)
    assert (read["degrees"], read["units"], read["names"]) == ("yes", "mm", ["C7", "S1"])
    assert (read["storage"], read["storage_degrees"]) == (12, True)
