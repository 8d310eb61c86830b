"""Values that were held, joints that were locked, clocks that are none: never measured unsaid."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backline.errors import NotMeasurableError, SourceError
from backline.formats.opensim import Markers, Motion, write_mot, write_trc
from backline.model.measurement import Measured
from backline.model.posture import FloatArray
from backline.sources.plausibility import MARKER, held
from backline.sources.registry import SourceOptions, open_source
from tests.sources.imu import sensors
from tests.sources.keypoints import files
from tests.sources.keypoints.pictured import RATE, picture
from tests.sources.mocap.marker_body import body

LUMBAR = 18.0
"""Planted at the bottom, degrees."""
PELVIS = ("LASI", "RASI", "LPSI", "RPSI")


def trc(folder: Path, markers: Markers, name: str = "lift.trc") -> Path:
    write_trc(folder / name, markers)
    return folder / name


def mot(folder: Path, lumbar: FloatArray, time_s: FloatArray | None = None) -> Path:
    depth = body().depth
    columns = {
        "pelvis_tilt": -40 * depth, "lumbar_extension": lumbar, "hip_flexion_r": 110 * depth,
        "knee_angle_r": 100 * depth,
    }  # fmt: skip
    table = np.stack(list(columns.values()), axis=1)
    times = body().time_s if time_s is None else time_s
    write_mot(folder / "ik.mot", Motion(times, tuple(columns), table))
    return folder / "ik.mot"


def check(measured: Measured, planted: FloatArray, lost: slice) -> None:
    """Check that all is right but what was held, and that this is said and not measured."""
    posture = measured.posture
    assert not posture.measurable[lost].any()
    others = np.ones(len(posture), dtype=bool)
    others[lost] = False
    assert posture.measurable[others].all()
    np.testing.assert_allclose(posture.lumbar_flexion_deg[others], planted[others], atol=0.1)
    assert "implausible" in [reason.code for reason in measured.quality.reasons]


@pytest.mark.parametrize("names", [("C7",), PELVIS, None])
@pytest.mark.parametrize("frames", [15, 40, 100])
def test_markers_held_at_their_last_place_are_not_measured(
    tmp_path: Path, names: tuple[str, ...] | None, frames: int
) -> None:
    markers = body().markers()
    at = markers.positions.copy()
    stop = 120 + frames
    for k in (markers.names.index(name) for name in names or markers.names):
        at[120:stop, k] = at[120, k]
    measured = open_source(trc(tmp_path, replace(markers, positions=at)))
    check(measured, LUMBAR * body().depth, slice(121, stop))


def test_one_held_pelvis_marker_is_put_back_from_the_other_three(tmp_path: Path) -> None:
    markers = body().markers()
    at = markers.positions.copy()
    at[110:210, markers.names.index("RPSI")] = at[110, markers.names.index("RPSI")]
    measured = open_source(trc(tmp_path, replace(markers, positions=at)))
    found = measured.posture.lumbar_flexion_deg
    np.testing.assert_allclose(found, LUMBAR * body().depth, atol=0.1)
    assert "pelvis_filled" in [reason.code for reason in measured.quality.reasons]


def test_a_held_angle_is_not_measured(tmp_path: Path) -> None:
    lumbar = -LUMBAR * body().depth
    lumbar[120:170] = lumbar[120]
    check(open_source(mot(tmp_path, lumbar)), LUMBAR * body().depth, slice(121, 170))


def test_a_held_point_of_a_picture_is_not_measured(tmp_path: Path) -> None:
    names = ("C7", "r_ASIS", "r_PSIS", "right_hip", "right_knee", "right_ankle")
    rows = picture().rows(names)
    rows[120:160, 0, :2] = rows[120, 0, :2]
    measured = open_source(f"{files.deeplabcut(tmp_path / 'points.csv', rows, names)}@{RATE}")
    assert not measured.posture.measurable[121:160].any()
    found = measured.posture.lumbar_flexion_deg
    assert np.nanmax(np.abs(found - LUMBAR * picture().depth)) < 0.5


@pytest.mark.parametrize("kind", ["quat", "raw"])
def test_a_sensor_that_repeats_its_last_packet_is_not_measured(tmp_path: Path, kind: str) -> None:
    made = sensors.lift()
    first = int(np.argmax(made.time_s > 3.8))
    # until it is back where it was, over the bottom: there is no jump at the end
    last = first + 5 + int(np.argmax(made.trunk[first + 5 :] < made.trunk[first]))
    sensors.write_dot(tmp_path / "sacrum.csv", made.time_s, made.pelvis, sensors.SACRUM, kind)
    path = tmp_path / "t12.csv"
    sensors.write_dot(path, made.time_s, made.trunk, sensors.T12, kind)
    lines = path.read_text().splitlines()
    head = len(lines) - len(made.time_s)
    said = lines[head + first].split(",")[2:]
    for k in range(head + first, head + last):
        lines[k] = ",".join([*lines[k].split(",")[:2], *said])
    path.write_text("\n".join(lines))
    measured = open_source(tmp_path)
    assert not measured.posture.measurable[first + 1 : last - 1].any()
    found = measured.posture.lumbar_flexion_deg
    # what is fused has lost its bearings in the gap, as after lost packets
    assert np.nanmax(np.abs(found - made.lumbar)) < (0.5 if kind == "quat" else 4.0)
    assert measured.quality.verdict == "limited"


def test_standing_still_and_rounding_are_no_holding() -> None:
    time_s = np.arange(400) / 100
    slow = np.round(0.02 * np.sin(time_s)[:, None], 3)  # a file in whole millimetres
    assert not held(time_s, slow, MARKER).any()
    start = np.concatenate([np.zeros(200), (1 - np.cos(np.pi * time_s[:200] / 2)) / 4])[:, None]
    assert not held(time_s, start, MARKER).any()


@pytest.mark.parametrize("extension", [0.0, -12.5])
def test_a_locked_lumbar_joint_is_no_still_back(tmp_path: Path, extension: float) -> None:
    measured = open_source(mot(tmp_path, np.full(len(body().time_s), extension)))
    assert measured.quality.verdict == "refused"
    assert "lumbar_extension never changes" in measured.quality.reasons[0].text
    assert np.isnan(measured.posture.lumbar_flexion_deg).all()
    assert np.nanmax(measured.posture.pelvic_tilt_deg) == pytest.approx(40.0, abs=0.1)


def test_a_back_that_hardly_moves_is_measured(tmp_path: Path) -> None:
    measured = open_source(mot(tmp_path, -0.5 * body().depth))
    assert measured.quality.verdict == "ok"
    assert np.nanmax(measured.posture.lumbar_flexion_deg) == pytest.approx(0.5, abs=0.05)


def test_milliseconds_are_no_seconds(tmp_path: Path) -> None:
    time_s = 1000 * body().time_s
    for path in (trc(tmp_path, replace(body().markers(), time_s=time_s)),
                 mot(tmp_path, -LUMBAR * body().depth, time_s)):  # fmt: skip
        with pytest.raises(SourceError, match="rise by 20 from frame to frame"):
            open_source(path)


def test_another_persons_standing_is_told(tmp_path: Path) -> None:
    lift, other = body().markers(), body().markers()
    other = replace(other, time_s=other.time_s[:60], positions=0.85 * other.positions[:60])
    paths = trc(tmp_path, lift), trc(tmp_path, other, "still.trc")
    with pytest.raises(NotMeasurableError, match="somebody else"):
        open_source(paths[0], SourceOptions(standing=paths[1]))
