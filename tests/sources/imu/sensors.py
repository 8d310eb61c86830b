"""Sensors whose segments turn as planted: a body that stands, bends and stands, three times."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from backline.model.posture import FloatArray

RATE = 60.0
REPS = 3


@dataclass(frozen=True)
class Lift:
    """Planted change of each segment from standing, degrees, + forward."""

    time_s: FloatArray
    pelvis: FloatArray
    trunk: FloatArray
    thigh: FloatArray

    @property
    def lumbar(self) -> FloatArray:
        return self.trunk - self.pelvis


def lift(rate: float = RATE, start_s: float = 0.0) -> Lift:
    """3 s of standing, then reps of 4 s with a pause of 1.5 s; the low back rounds by 20 below."""
    time_s = np.arange(0.0, 3.0 + REPS * 5.5 + 1.0, 1 / rate)
    depth = np.zeros(len(time_s))
    for k in range(REPS):
        part = np.clip((time_s - 3.0 - 5.5 * k) / 4.0, 0, 1)
        depth += np.sin(np.pi * part) ** 2
    pelvis = 45.0 * depth
    return Lift(time_s + start_s, pelvis, pelvis + 20.0 * depth**2, 70.0 * depth)


@dataclass(frozen=True)
class Mount:
    """How a sensor is stuck on, and what is wrong with it."""

    stuck_on: tuple[float, float, float] = (20.0, -65.0, 130.0)
    heading_deg: float = 35.0
    drift_deg_s: float = 1.5
    bias_rad_s: tuple[float, float, float] = (0.01, -0.008, 0.012)
    noise: bool = True
    lost: tuple[int, ...] = ()
    extra: dict[str, float] = field(default_factory=dict)


SACRUM, T12 = Mount(), Mount(stuck_on=(-170.0, 10.0, 75.0), heading_deg=-110.0, drift_deg_s=-0.8)
THIGH = Mount(stuck_on=(90.0, 0.0, 20.0))


def orientation(time_s: FloatArray, turn_deg: FloatArray, mount: Mount) -> Rotation:
    """Sensor to world, z up: the segment's turn about the left, heading that drifts, the mount."""
    heading = mount.heading_deg + mount.drift_deg_s * (time_s - time_s[0])
    both = np.stack([heading, 5.0 + turn_deg], axis=1)
    fixed = Rotation.from_euler("xyz", mount.stuck_on, degrees=True)
    return Rotation.from_euler("ZY", both, degrees=True) * fixed


def readings(
    time_s: FloatArray, turn_deg: FloatArray, mount: Mount
) -> tuple[FloatArray, FloatArray]:
    """Gyroscope (rad/s) and accelerometer (m/s2), with bias and noise."""
    calm = Mount(mount.stuck_on, mount.heading_deg, 0.0)
    turned = orientation(time_s, turn_deg, calm)
    step = float(np.median(np.diff(time_s)))
    spin = (turned[:-1].inv() * turned[1:]).as_rotvec() / step
    gyro = np.concatenate([spin[:1], spin]) + np.array(mount.bias_rad_s)
    acc = turned.inv().apply([0.0, 0.0, 9.81])
    if mount.noise:
        rng = np.random.default_rng(7)
        gyro += 0.003 * rng.standard_normal(gyro.shape)
        acc += 0.05 * rng.standard_normal(acc.shape)
    return gyro, acc


def wxyz(turned: Rotation) -> FloatArray:
    return np.asarray(turned.as_quat()[:, [3, 0, 1, 2]])


def kept(n: int, mount: Mount) -> FloatArray:
    return np.setdiff1d(np.arange(n), mount.lost)


def write_dot(
    path: Path, time_s: FloatArray, turn: FloatArray, mount: Mount, kind: str = "quat",
    first_tick: int = 2**32 - 4_000_000,
) -> Path:  # fmt: skip
    """Xsens DOT's CSV; its clock, in microseconds, wraps four seconds after the start."""
    ticks = (first_tick + np.round(1e6 * time_s).astype(np.int64)) % 2**32
    turned = orientation(time_s, turn, mount)
    gyro, acc = readings(time_s, turn, mount)
    names, values = {
        "quat": ("Quat_W,Quat_X,Quat_Y,Quat_Z", wxyz(turned)),
        "euler": ("Euler_X,Euler_Y,Euler_Z", turned.as_euler("xyz", degrees=True)),
        "raw": (
            "Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z",
            np.concatenate([acc, np.degrees(gyro)], axis=1),
        ),
    }[kind]
    lines = ["sep=,", "DeviceTag:,DOT", "FirmwareVersion:,2.4.0", "",
             f"PacketCounter,SampleTimeFine,{names}"]  # fmt: skip
    for i in kept(len(time_s), mount):
        lines.append(",".join([str(i), str(ticks[i]), *(f"{v:.7f}" for v in values[i])]))
    path.write_text("\n".join(lines) + "\n")
    return path


def write_mt(
    path: Path, time_s: FloatArray, turn: FloatArray, mount: Mount, *, clock: bool, kind: str
) -> Path:
    """Xsens MT's text; its counter of 16 bits wraps after 100 packets."""
    turned = orientation(time_s, turn, mount)
    gyro, acc = readings(time_s, turn, mount)
    columns = {
        "mat": ([f"Mat[{r}][{c}]" for c in (1, 2, 3) for r in (1, 2, 3)],
                turned.as_matrix().transpose(0, 2, 1).reshape(len(time_s), 9)),
        "quat": ([f"Quat_q{i}" for i in range(4)], wxyz(turned)),
        "raw": (["Acc_X", "Acc_Y", "Acc_Z", "Gyr_X", "Gyr_Y", "Gyr_Z"],
                np.concatenate([acc, gyro], axis=1)),
    }[kind]  # fmt: skip
    rate = 1.0 / float(np.median(np.diff(time_s)))
    lines = ["// Start Time: Unknown", f"// Update Rate: {rate:.1f}Hz", "// Firmware: 4.6.0",
             "\t".join(["PacketCounter", "SampleTimeFine", *columns[0]])]  # fmt: skip
    for i in kept(len(time_s), mount):
        tick = str(round(1e4 * time_s[i])) if clock else ""
        counter = f"{(65436 + i) % 65536:05d}"
        lines.append("\t".join([counter, tick, *(f"{v:.6f}" for v in columns[1][i])]))
    path.write_text("\n".join(lines) + "\n")
    return path


Y_UP = Rotation.from_euler("x", -90, degrees=True)
"""Takes the sensors' world, z up, to OpenSim's, y up."""


def write_opensense(
    path: Path, made: Lift, world: Rotation | None = None, order: tuple[int, ...] = (0, 1, 2, 3)
) -> Path:
    """OpenSense's STO; in another world, and with the four numbers in another order."""
    world = world or Rotation.identity()
    lines = ["DataRate=60.000000", "DataType=Quaternion", "version=3", "OpenSimVersion=4.5",
             "endheader", "time\tpelvis_imu\ttorso_imu\tfemur_r_imu"]  # fmt: skip
    tables = [wxyz(world * orientation(made.time_s, turn, mount))[:, order] for turn, mount in (
        (made.pelvis, SACRUM), (made.trunk, T12), (made.thigh, THIGH))]  # fmt: skip
    for i, t in enumerate(made.time_s):
        cells = [",".join(f"{v:.8f}" for v in table[i]) for table in tables]
        lines.append("\t".join([f"{t:.5f}", *cells]))
    path.write_text("\n".join(lines) + "\n")
    return path
