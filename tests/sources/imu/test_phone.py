"""Logs of phones worn on sacrum and T12, as common apps write them, come back within a degree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backline.errors import NotMeasurableError, SourceError
from backline.sources.imu.phone import is_phone_table, read_phone
from backline.sources.registry import open_source, reader_of
from tests.sources.imu.sensors import SACRUM, T12, Mount, lift, orientation, readings
from tests.sources.imu.test_sensors import worst

G = 9.80665


def parts(
    turn: np.ndarray, mount: Mount, time_s: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Times, gravity as iOS has it (down, in g), gyroscope (rad/s) and acceleration (m/s2)."""
    time_s = lift().time_s if time_s is None else time_s
    up = orientation(time_s, turn, mount).inv().apply([0.0, 0.0, 1.0])
    gyro, acc = readings(time_s, turn, mount)
    return time_s, -up, gyro, acc


def table(path: Path, names: list[str], columns: list[np.ndarray], mark: str = ",") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = np.column_stack(columns).tolist()
    lines = [mark.join(names), *(mark.join(map(repr, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")


def sensor_logger(folder: Path, name: str, turn: np.ndarray, mount: Mount) -> None:
    t, down, gyro, acc = parts(turn, mount)
    head = ["time", "seconds_elapsed", "z", "y", "x"]
    for file, values in (("Gravity", -G * down), ("Gyroscope", gyro), ("TotalAcceleration", acc)):
        columns = [1.7e18 + 1e9 * t, t, *values[:, ::-1].T]
        table(folder / name / f"{file}.csv", head, columns)


def sensor_logger_without_gravity(folder: Path, name: str, turn: np.ndarray, mount: Mount) -> None:
    sensor_logger(folder, name, turn, mount)
    (folder / name / "Gravity.csv").unlink()


def sensor_log(folder: Path, name: str, turn: np.ndarray, mount: Mount) -> None:
    t, down, gyro, acc = parts(turn, mount)
    names = [
        "loggingSample(N)", "motionTimestamp_sinceReboot(s)",
        *(f"accelerometerAcceleration{axis}(G)" for axis in "XYZ"),
        *(f"motionRotationRate{axis}(rad/s)" for axis in "XYZ"),
        *(f"motionGravity{axis}(G)" for axis in "XYZ"),
    ]  # fmt: skip
    columns = [np.arange(len(t)), 5000 + t, *(acc / G).T, *gyro.T, *down.T]
    table(folder / f"{name}.csv", names, columns)


def physics_toolbox(folder: Path, name: str, turn: np.ndarray, mount: Mount) -> None:
    t, _, gyro, acc = parts(turn, mount)
    names = ["time", "gFx", "gFy", "gFz", "wx", "wy", "wz"]
    table(folder / f"{name}.csv", names, [t, *(acc / G).T, *gyro.T], ";")


def phyphox(folder: Path, name: str, turn: np.ndarray, mount: Mount) -> None:
    t, _, gyro, acc = parts(turn, mount)
    for file, values, unit in (("Gyroscope", gyro, "rad/s"), ("Accelerometer", acc, "m/s^2")):
        names = [
            "Time (s)",
            *(f"{file.replace('ometer', 'ation')} {axis} ({unit})" for axis in "xyz"),
        ]
        table(folder / name / f"{file}.csv", names, [t, *values.T])


APPS: dict[str, Callable[[Path, str, np.ndarray, Mount], None]] = {
    "Sensor Logger": sensor_logger,
    "Sensor Logger without gravity": sensor_logger_without_gravity,
    "SensorLog": sensor_log,
    "Physics Toolbox": physics_toolbox,
    "phyphox": phyphox,
}


@pytest.mark.parametrize("app", APPS)
def test_two_phones_come_back_within_a_degree(tmp_path: Path, app: str) -> None:
    made = lift()
    for name, turn, mount in (("sacrum", made.pelvis, SACRUM), ("T12", made.trunk, T12)):
        APPS[app](tmp_path, name, turn, mount)
    assert reader_of(tmp_path).target.endswith(":read_sensors")
    measured = open_source(tmp_path)
    assert max(worst(measured, made).values()) < 1.0
    fused = "fusion" in measured.settings
    assert fused == (app not in ("Sensor Logger", "SensorLog"))


def test_a_list_may_name_phones(tmp_path: Path) -> None:
    made = lift()
    sensor_logger(tmp_path, "one", made.pelvis, SACRUM)
    sensor_log(tmp_path, "two", made.trunk, T12)
    toml = tmp_path / "lift.toml"
    toml.write_text("[sensors]\nsacrum = 'one'\nt12 = 'two.csv'\nalign = true\n")
    assert worst(open_source(toml), made)["lumbar"] < 1.5


def test_an_xsens_file_is_no_phone() -> None:
    assert not is_phone_table("PacketCounter,SampleTimeFine,Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z")
    assert is_phone_table("time,gFx,gFy,gFz,wx,wy,wz")
    assert not is_phone_table("time,gFx,gFy,gFz")


def test_a_phone_that_logged_no_turning_is_told(tmp_path: Path) -> None:
    table(tmp_path / "a.csv", ["time", "ax", "ay", "az"], [np.arange(20) / 50, *np.ones((3, 20))])
    with pytest.raises(SourceError, match="neither gravity, nor gyroscope"):
        read_phone(tmp_path / "a.csv")
    table(
        tmp_path / "p" / "Accelerometer.csv",
        ["seconds_elapsed", "x", "y", "z"],
        [*np.ones((4, 20))],
    )
    with pytest.raises(SourceError, match=r"neither Gravity\.csv"):
        read_phone(tmp_path / "p")


@pytest.mark.parametrize("cell", ["0", "9999999", "NaN", ""])
@pytest.mark.parametrize("app", APPS)
def test_readings_that_mark_nothing_are_a_gap(tmp_path: Path, app: str, cell: str) -> None:
    made = lift()
    for name, turn, mount in (("sacrum", made.pelvis, SACRUM), ("T12", made.trunk, T12)):
        APPS[app](tmp_path, name, turn, mount)
    for path in tmp_path.rglob("*.csv"):
        if "T12" not in str(path):
            continue
        lines = path.read_text().splitlines()
        mark = ";" if ";" in lines[0] else ","
        clocks = 2 if app.startswith("Sensor") else 1
        for row in range(401, 431):
            cells = lines[row].split(mark)
            lines[row] = mark.join([*cells[:clocks], *[cell] * (len(cells) - clocks)])
        path.write_text("\n".join(lines) + "\n")
    measured = open_source(tmp_path)
    assert set(measured.posture.reason[402:428]) == {"sensor_gap"}
    assert measured.posture.measurable.sum() >= len(made.time_s) - 35
    assert worst(measured, made)["lumbar"] < 1.0


@pytest.mark.parametrize("app", APPS)
def test_the_log_of_one_phone_given_twice_is_no_pair(tmp_path: Path, app: str) -> None:
    for name in ("sacrum", "T12"):
        APPS[app](tmp_path, name, lift().pelvis, SACRUM)
    with pytest.raises(NotMeasurableError, match="hold the same recording"):
        open_source(tmp_path)
