"""APDM's HDF5 comes back within a degree, with and without worked-out orientations."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from backline.errors import NotMeasurableError
from backline.sources.registry import SourceOptions, open_source
from tests.sources.imu.sensors import SACRUM, T12, Lift, lift, orientation, readings, wxyz
from tests.sources.imu.test_sensors import worst


def apdm(path: Path, made: Lift, *, oriented: bool, label: str = "Sternum") -> Path:
    with h5py.File(path, "w") as file:
        for number, name, turn, mount in (
            ("1201", "Lumbar", made.pelvis, SACRUM),
            ("1202", label, made.trunk, T12),
            ("1203", "Right Wrist", made.thigh, T12),
        ):
            sensor = file.create_group(f"Sensors/{number}")
            gyro, acc = readings(made.time_s, turn, mount)
            sensor["Accelerometer"], sensor["Gyroscope"] = acc, gyro
            sensor["Time"] = (1.7e15 + 1e6 * made.time_s).astype(np.uint64)
            sensor.create_group("Configuration").attrs["Label 0"] = np.bytes_(name)
            if oriented:
                turned = wxyz(orientation(made.time_s, turn, mount))
                file[f"Processed/{number}/Orientation"] = turned
    return path


@pytest.mark.parametrize("oriented", [True, False])
def test_opals_come_back_within_a_degree(tmp_path: Path, oriented: bool) -> None:
    made = lift()
    measured = open_source(apdm(tmp_path / "a.h5", made, oriented=oriented))
    assert measured.source.kind == "imu"
    assert max(worst(measured, made).values()) < 1.0
    assert ("fusion" in measured.settings) is not oriented


def test_seconds_are_own_standing(tmp_path: Path) -> None:
    path = apdm(tmp_path / "a.h5", lift(), oriented=True)
    measured = open_source(path, SourceOptions(standing=(0.5, 2.5)))
    assert measured.posture.standing.method == "given"


def test_labels_that_are_not_the_backs_are_told(tmp_path: Path) -> None:
    path = apdm(tmp_path / "a.h5", lift(), oriented=True, label="Left Foot")
    with pytest.raises(NotMeasurableError, match="labelled Lumbar, Left Foot, Right Wrist"):
        open_source(path)


def test_two_sensors_of_one_label_are_asked_about(tmp_path: Path) -> None:
    path = apdm(tmp_path / "a.h5", lift(), oriented=True)
    with h5py.File(path, "r+") as file:
        file["Sensors/1203/Configuration"].attrs["Label 0"] = np.bytes_("Sternum")
    with pytest.raises(NotMeasurableError, match="two sensors labelled Sternum"):
        open_source(path)


@pytest.mark.parametrize("oriented", [True, False])
@pytest.mark.parametrize("value", [0.0, np.nan, 1e8])
def test_readings_that_mark_nothing_are_a_gap(tmp_path: Path, oriented: bool, value: float) -> None:
    made = lift()
    path = apdm(tmp_path / "a.h5", made, oriented=oriented)
    with h5py.File(path, "r+") as file:
        for name in ("Processed/1202/Orientation",) if oriented else (
            "Sensors/1202/Accelerometer", "Sensors/1202/Gyroscope"):  # fmt: skip
            held = file[name][:]
            held[400:430] = value
            file[name][...] = held
    measured = open_source(path)
    assert set(measured.posture.reason[402:428]) == {"sensor_gap"}
    assert measured.posture.measurable.sum() >= len(made.time_s) - 33
    assert worst(measured, made)["lumbar"] < 1.0


def test_one_recording_under_two_labels_is_no_pair_of_sensors(tmp_path: Path) -> None:
    path = apdm(tmp_path / "a.h5", lift(), oriented=True)
    with h5py.File(path, "r+") as file:
        file["Processed/1202/Orientation"][...] = file["Processed/1201/Orientation"][:]
    with pytest.raises(NotMeasurableError, match="hold the same recording"):
        open_source(path)
