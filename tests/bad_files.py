"""A few hundred damaged files of every format, made from good ones; the same in every run.

``python -m tests.bad_files FOLDER PART PARTS`` makes them, gives each to its reader, and prints
one line of JSON for each; the last line holds the largest memory that was used.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from backline.errors import BacklineError
from backline.formats.c3d import write_c3d
from backline.formats.opensim import Markers, Motion, write_mot, write_trc
from backline.sources.keypoints.layouts import SYNTHPOSE
from backline.sources.registry import open_source
from tests.sources.imu import (
    sensors,
    test_apdm,
    test_phone,
    test_segments,
    test_sensors,
    test_strip,
)
from tests.sources.keypoints import files, kinovea_files
from tests.sources.keypoints.pictured import RATE, picture
from tests.sources.mocap.marker_body import Plan, body
from tests.sources.mocap.table_writers import anipose, motive, qualisys, visual3d

NAMES = ("l_ASIS", "r_ASIS", "l_PSIS", "r_PSIS", "C7", "right_hip", "right_knee", "right_ankle",
         "right_shoulder", "right_wrist")  # fmt: skip
OPENPOSE_FRAME = 30
"""Frame of OpenPose's folder that is damaged, of those that are kept."""
EVERY = 6
"""Every so many frames of the good lift are kept, so that the files are small."""


def markers() -> Markers:
    whole = body(Plan(stand_s=1.5)).markers()
    return Markers(whole.time_s[::EVERY], whole.names, whole.positions[::EVERY], "mm")


def rows() -> np.ndarray:
    return picture().rows(NAMES)[::EVERY]


def angles() -> Motion:
    made = body()
    columns = {
        "pelvis_tilt": -40 * made.depth, "lumbar_extension": -18 * made.depth,
        "hip_flexion_r": 110 * made.depth, "knee_angle_r": 100 * made.depth,
        "pelvis_ty": 0.9 - 0.3 * made.depth,
    }  # fmt: skip
    table = np.stack(list(columns.values()), axis=1)
    return Motion(made.time_s[::EVERY], tuple(columns), table[::EVERY])


def c3d(path: Path) -> None:
    from backline.formats.c3d import C3d

    write_c3d(path, C3d(markers()))


def pixels(path: Path) -> None:
    at = rows()
    write_trc(path, Markers(np.arange(len(at)) * EVERY / RATE, NAMES, 0 * at + at, "px"))


def worn() -> sensors.Lift:
    return sensors.lift(rate=20.0)


def dot(path: Path) -> None:
    sensors.write_dot(path, worn().time_s, worn().trunk, sensors.T12)


def mt(path: Path) -> None:
    made = worn()
    sensors.write_mt(path, made.time_s, made.trunk, sensors.T12, clock=True, kind="quat")


def phone(path: Path) -> None:
    time_s, down, gyro, acc = test_phone.parts(worn().trunk, sensors.T12, worn().time_s)
    names = ["time", *(f"{what}{axis}" for what in ("gravity", "gyroscope", "acceleration")
                       for axis in "xyz")]  # fmt: skip
    test_phone.table(path, names, [time_s, *down.T, *gyro.T, *acc.T])


def listed(path: Path) -> None:
    path.write_text(
        "[sensors]\nsacrum = 'one.csv'\nt12 = 'two.csv'\n[columns]\ntime = 'ms'\n"
        "time_unit = 'ms'\nquaternion = ['a', 'b', 'c', 'd']\n"
    )


def strip(path: Path) -> None:
    test_strip.strip(path.parent)


def openpose_frame(path: Path) -> None:
    row = picture().rows(SYNTHPOSE)[::EVERY][OPENPOSE_FRAME]
    people = [{"pose_keypoints_2d": row.ravel().tolist()}]
    path.write_text(json.dumps({"version": 1.3, "people": people}, indent=0))


def deeplabcut_3d(path: Path) -> None:
    at, names = markers().positions, markers().names
    lines = [
        ",".join(["scorer", *["DLC_3D"] * 3 * len(names)]),
        ",".join(["bodyparts", *(name for name in names for _ in "xyz")]),
        ",".join(["coords", *"xyz" * len(names)]),
        *(",".join([str(i), *map(repr, row.ravel().tolist())]) for i, row in enumerate(at)),
    ]
    path.write_text("\n".join(lines))


def movement_3d(path: Path) -> None:
    at, names = markers().positions, markers().names
    flat = np.concatenate([at[..., :2], np.ones((*at.shape[:2], 1))], axis=-1)
    files.movement(path, flat, names, RATE / EVERY, depth=at[..., 2])


GOOD: dict[str, Callable[[Path], object]] = {
    "lift.c3d": c3d,
    "lift.trc": lambda p: write_trc(p, markers()),
    "take.csv": lambda p: motive(p, markers()),
    "lift.tsv": lambda p: qualisys(p, markers()),
    "visual3d.txt": lambda p: visual3d(p, markers()),
    "anipose.csv": lambda p: anipose(p, markers()),
    "ik.mot": lambda p: write_mot(p, angles()),
    "coco.json": lambda p: files.coco(p, rows(), NAMES),
    "mmpose.json": lambda p: files.mmpose(p, rows(), NAMES),
    "dlc.csv": lambda p: files.deeplabcut(p, rows(), NAMES),
    "dlc.h5": lambda p: files.deeplabcut_h5(p, rows(), NAMES),
    "fixed.h5": lambda p: files.deeplabcut_h5(p, rows(), NAMES, "fixed"),
    "sleap.csv": lambda p: files.sleap_csv(p, rows(), NAMES),
    "sleap.h5": lambda p: files.sleap_h5(p, rows(), NAMES),
    "project.slp": lambda p: files.sleap_project(p, rows(), NAMES, (3, 4)),
    "movement.nc": lambda p: files.movement(p, rows(), NAMES, RATE / EVERY),
    "kinovea.kva": kinovea_files.kva,
    "kinovea.txt": kinovea_files.text,
    "kinovea.csv": kinovea_files.table,
    "pixels_px.trc": pixels,
    "opensense.sto": lambda p: sensors.write_opensense(p, sensors.lift(rate=20.0)),
    "t12.csv": dot,
    "t12.txt": mt,
    "phone_t12.csv": phone,
    "list.toml": listed,
    "flextail.csv": strip,
    "lift_0030_keypoints.json": openpose_frame,
    "dlc_3d.csv": deeplabcut_3d,
    "movement_3d.nc": movement_3d,
    "apdm.h5": lambda p: test_apdm.apdm(p, worn(), oriented=True),
    "theia.c3d": lambda p: test_segments.theia(p, worn(), sensors.Y_UP),
}
"""Name to what writes a good file of that name."""


def mutations(content: bytes, rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    """Yield what may happen to a file, with a word for it."""
    n = len(content)
    for share in (0.02, 0.3, 0.6, 0.95):
        yield f"cut at {share:.0%}", content[: int(share * n)]
    for k in range(6):
        at, bit = int(rng.integers(0, min(n, 3000))), 1 << int(rng.integers(0, 8))
        yield f"bit {k}", content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :]
    for value in (0x00, 0xFF, 0x20):
        at = int(rng.integers(0, n - 40))
        yield f"block of {value:02x}", content[:at] + bytes([value]) * 32 + content[at + 32 :]
    yield "nothing", b""
    yield "twice", content + content
    yield "head alone", content[:512]
    lines = content.split(b"\n")
    if b"\0" not in content and len(lines) > 3:
        yield from _text_mutations(lines, rng)


def _text_mutations(lines: list[bytes], rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    def changed(at: int, line: bytes) -> bytes:
        return b"\n".join([*lines[:at], line, *lines[at + 1 :]])

    middle = len(lines) // 2
    for k in range(min(5, len(lines))):
        yield f"without line {k}", b"\n".join([*lines[:k], *lines[k + 1 :]])
        yield f"line {k} twice", b"\n".join([*lines[: k + 1], *lines[k:]])
    for word in (b"nan", b"-1.#IND", b"1e999", b"9999999", b"-5", b"x", b"\xe9", b"1,5", b"\t"):
        cells = lines[middle].replace(b"\t", b",").split(b",")
        cell = cells[len(cells) // 2]
        yield f"cell {word!r}", changed(middle, lines[middle].replace(cell, word, 1) if cell
                                        else word + lines[middle])  # fmt: skip
    yield (
        "a line of 100 kB",
        changed(middle, lines[middle] * max(1, 100_000 // max(len(lines[middle]), 1))),
    )
    yield (
        "lines in disorder",
        b"\n".join([*lines[:8], *rng.permutation(np.array(lines[8:], object))]),
    )
    yield "Windows' ends", b"\r\n".join(lines)
    yield (
        "rows of zeros",
        b"\n".join(
            [*lines[:8], *(bytes(48 if 49 <= c <= 57 else c for c in line) for line in lines[8:])]
        ),
    )
    yield "UTF-16", b"\n".join(lines).decode("latin-1").encode("utf-16")


def make(folder: Path, part: int, parts: int) -> list[tuple[str, Path]]:
    """Write good and damaged files, each in a folder of its own; return what each is.

    Of the formats every ``parts``-th is made, from ``part`` on.
    """
    made = []
    for number, (name, write) in list(enumerate(GOOD.items()))[part::parts]:
        good = folder / f"{number:02d}_good" / name
        good.parent.mkdir(parents=True)
        write(good)
        made.append((f"{name}, good", good))
        rng = np.random.default_rng(number)
        for k, (what, content) in enumerate(mutations(good.read_bytes(), rng)):
            bad = folder / f"{number:02d}_{k:02d}" / name
            bad.parent.mkdir()
            bad.write_bytes(content)
            made.append((f"{name}, {what}", bad))
    return made


def source_of(path: Path) -> str:
    """Return what is given on the command line for a file; write what belongs beside it."""
    made, folder = worn(), path.parent
    match path.name:
        case "t12.csv" | "phone_t12.csv":  # one sensor of a pair, of another kind than the other
            sensors.write_dot(folder / "sacrum.csv", made.time_s, made.pelvis, sensors.SACRUM)
            return str(folder)
        case "t12.txt":
            place = folder / "sacrum.txt"
            sensors.write_mt(
                place, made.time_s, made.pelvis, sensors.SACRUM, clock=True, kind="quat"
            )
            return str(folder)
        case "list.toml":
            for name, turn, mount in (("one", made.pelvis, sensors.SACRUM),
                                      ("two", made.trunk, sensors.T12)):  # fmt: skip
                test_sensors.generic(folder / f"{name}.csv", made, turn, mount, 20.0)
            return str(path)
        case "flextail.csv":
            content = path.read_bytes()
            toml = test_strip.strip(folder)
            path.write_bytes(content)
            return str(toml)
        case "lift_0030_keypoints.json":
            for i, row in enumerate(picture().rows(SYNTHPOSE)[::EVERY]):
                if i != OPENPOSE_FRAME:
                    people = [{"pose_keypoints_2d": row.ravel().tolist()}]
                    name = f"lift_{i:04d}_keypoints.json"
                    (folder / name).write_text(json.dumps({"people": people}))
            return f"{folder}@8"
    timed = path.suffix in (".c3d", ".trc", ".mot", ".sto", ".tsv") or path.name in (
        "take.csv", "movement.nc", "movement_3d.nc", "apdm.h5",
    )  # fmt: skip
    return str(path) if timed else f"{path}@8"


def judge(source: str) -> dict[str, object]:
    """Read and measure a file; return status, sentence, largest rounding, warnings and seconds."""
    began, largest = time.monotonic(), None
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            measured = open_source(source)
            status, text = 0, measured.quality.verdict
            known = measured.posture.lumbar_flexion_deg
            known = known[np.isfinite(known)]
            largest = float(known.max()) if len(known) else None
        except BacklineError as error:
            status, text = error.exit_code, str(error)
    said = [str(one.message) for one in heard]
    took = time.monotonic() - began
    return {"status": status, "text": text, "largest": largest, "warnings": said, "s": took}


def main(folder: Path, part: int, parts: int) -> None:
    for what, path in make(folder, part, parts):
        try:
            found = judge(source_of(path))
        except Exception as error:  # noqa: BLE001 - told, so that the next files are judged too
            found = {
                "status": 1,
                "text": f"{type(error).__name__}: {error}",
                "warnings": [],
                "s": 0,
            }
        sys.stdout.write(json.dumps({"what": what, "path": str(path), **found}) + "\n")
    usage = [peak_kib(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]
    sys.stdout.write(json.dumps({"peak_kib": max(usage)}) + "\n")


def peak_kib() -> int:
    """Return this program's own peak of memory, KiB; `getrusage` counts its parent's before it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    [line] = [one for one in lines if one.startswith("VmHWM")]
    return int(line.split()[1])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
