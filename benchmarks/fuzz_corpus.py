"""Small whole files of every kind that is read, to be mutated, and what reads each of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from backline.errors import BacklineError
from backline.sources.keypoints.layouts import SYNTHPOSE
from benchmarks.fault_jobs import squat
from tests.bad_files import GOOD
from tests.sources.imu import sensors
from tests.sources.keypoints import files as keypoint_files
from tests.sources.keypoints.kinovea_files import kva
from tests.sources.keypoints.pictured import picture
from tests.sources.mocap.marker_body import body

WIDTH, HEIGHT, FRAMES = 64, 48, 20
VIDEOS = {
    "video.mp4": ("libx264", "yuv420p"),
    "video.mov": ("mjpeg", "yuvj420p"),
    "video.mkv": ("libx265", "yuv420p"),
    "video.webm": ("libvpx", "yuv420p"),
    "video.avi": ("mpeg4", "yuv420p"),
    "video.gif": ("gif", "rgb8"),
    "video.ts": ("mpeg2video", "yuv420p"),
}
PICTURES = ("picture.png", "picture.jpg", "picture.bmp", "picture.tif")
WITHOUT_TIMES = (
    "coco.json", "mmpose.json", "deeplabcut.csv", "deeplabcut.h5", "sleap.csv", "sleap.h5",
    "fixed.h5", "project.slp", "visual3d.txt", "anipose.csv",
)  # fmt: skip
"""Keypoints without times of their own: they are read as FILE@RATE."""
ROOM = "0123456789abcdef" * 2


def corpus(folder: Path) -> dict[str, Path]:
    """Write one whole file of each kind; the name says the kind."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {name: _film(folder / name, *how) for name, how in VIDEOS.items()}
    made |= {name: _picture(folder / name) for name in PICTURES}
    made |= _tables(folder)
    made |= _own_files(folder)
    return made


def reader_of(kind: str) -> Callable[[Path], Any]:
    """Return what reads a file of a kind, to its end."""
    if kind.startswith("video."):
        return _read_film
    if kind.startswith("picture."):
        return _read_picture
    own = {
        "record.zip": _read_backup, "measured.zip": _read_measured, "result.zip": _read_result,
        "live.json": _read_log, "message.bin": _read_message, "wishes.json": _read_wishes,
        "mapping.toml": _read_mapping, "sensor.csv": _read_sensors,
    }  # fmt: skip
    if kind in own:
        return own[kind]
    return _read_source_at_a_rate if kind in WITHOUT_TIMES else _read_source


def _film(path: Path, codec: str, pixels: str) -> Path:
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=30)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixels
        if codec == "libx265":
            stream.codec_context.options = {"x265-params": "log-level=none"}
        for number in range(FRAMES):
            picture = np.full((HEIGHT, WIDTH, 3), 10 * number, np.uint8)
            picture[10:30, number : number + 20] = (200, 80, 40)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pixels)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _picture(path: Path) -> Path:
    from PIL import Image

    levels = np.arange(HEIGHT * WIDTH * 3, dtype=np.uint32).reshape(HEIGHT, WIDTH, 3) % 251
    Image.fromarray(levels.astype(np.uint8)).save(path)
    return path


def _tables(folder: Path) -> dict[str, Path]:
    """Markers, angles, keypoints and sensors, each as other programs write them."""
    from backline.formats.c3d import write_c3d
    from backline.formats.opensim import write_trc

    made, seen = body(), picture()
    rows = seen.rows(SYNTHPOSE)[::4]
    names = ("C7", "T11", "hip", "left_hip", "right_hip", "left_knee", "left_ankle")
    few = seen.rows(names)[::4]
    lift = sensors.lift(20.0)
    write_c3d(folder / "markers.c3d", made.c3d())
    write_trc(folder / "markers.trc", made.markers())
    squat(folder / "angles.mot")
    (folder / "angles.sto").write_bytes((folder / "angles.mot").read_bytes())
    keypoint_files.coco(folder / "coco.json", rows)
    keypoint_files.mmpose(folder / "mmpose.json", rows, SYNTHPOSE)
    keypoint_files.deeplabcut(folder / "deeplabcut.csv", few, names)
    kva(folder / "kinovea.kva")
    keypoint_files.sleap_csv(folder / "sleap.csv", few, names)
    keypoint_files.sleap_h5(folder / "sleap.h5", few, names)
    keypoint_files.deeplabcut_h5(folder / "deeplabcut.h5", few, names)
    sensors.write_dot(folder / "sensor.csv", lift.time_s, lift.trunk, sensors.T12)
    names_of = (
        "markers.c3d", "markers.trc", "angles.mot", "angles.sto", "coco.json", "mmpose.json",
        "deeplabcut.csv", "sleap.csv", "sleap.h5", "deeplabcut.h5", "sensor.csv", "kinovea.kva",
    )  # fmt: skip
    more = ("fixed.h5", "project.slp", "movement.nc", "take.csv", "lift.tsv", "visual3d.txt",
            "anipose.csv")  # fmt: skip
    for name in more:
        GOOD[name](folder / name)
    return {name: folder / name for name in (*names_of, *more)}


def _own_files(folder: Path) -> dict[str, Path]:
    """Files of Backline's own that come back from a disk, a phone or the network."""
    from backline.batch.result_archive import pack
    from backline.library import Store, backup
    from backline.live.log import LiveLog
    from backline.model.measurement_file import save_measured
    from backline.sources.registry import open_source
    from tests.library.saver import analysis_of

    with Store(folder=folder / "record") as store:
        for number in range(2):
            store.save(analysis_of(number), "Ada")
        backup(store, folder / "record.zip")
    save_measured(open_source(folder / "angles.mot"), folder / "measured.zip")
    (folder / "result.zip").write_bytes(pack({"code": "", "status": "done"}, "squat", {}))
    LiveLog().save(folder / "live.json")
    (folder / "message.bin").write_bytes(
        np.float64(1.5).tobytes() + (folder / "picture.jpg").read_bytes()
    )
    wishes = {"room": ROOM, "train": "top", "delay_s": 2.5, "keep": True, "lifter": "Ada"}
    (folder / "wishes.json").write_text(json.dumps(wishes))
    (folder / "mapping.toml").write_text('[markers]\nC7 = "NECK"\nT10 = "BACK"\n')
    names = (
        "record.zip", "measured.zip", "result.zip", "live.json", "message.bin", "wishes.json",
        "mapping.toml",
    )  # fmt: skip
    return {name: folder / name for name in names}


def _read_film(path: Path) -> None:
    from backline.formats.video import open_clip

    with open_clip(path) as clip:
        times = [frame.time_s for frame in clip.frames(max_side_px=160)]
        for _ in clip.sample([times[0], times[-1], times[-1] / 2] if times else [], 160):
            pass


def _read_picture(path: Path) -> None:
    from backline.formats.images import ImageClip

    folder = path.with_suffix(".frames")
    folder.mkdir(exist_ok=True)
    try:
        path.replace(folder / f"1{path.suffix}")
        for _ in ImageClip(folder, 30.0).frames(max_side_px=160):
            pass
    finally:
        for one in folder.iterdir():
            one.unlink()
        folder.rmdir()


def _read_source(path: Path) -> None:
    from backline.sources.registry import open_source

    open_source(path)


def _read_source_at_a_rate(path: Path) -> None:
    from backline.sources.registry import open_source

    open_source(f"{path}@30")


def _read_sensors(path: Path) -> None:
    """Read a folder of two sensors, of which one is the file and the other is whole."""
    from backline.sources.registry import open_source

    folder = path.with_suffix(".sensors")
    folder.mkdir(exist_ok=True)
    try:
        (folder / "T12.csv").write_bytes(path.read_bytes())
        lift = sensors.lift(20.0)
        sensors.write_dot(folder / "sacrum.csv", lift.time_s, lift.pelvis, sensors.SACRUM)
        open_source(folder)
    finally:
        for one in folder.iterdir():
            one.unlink()
        folder.rmdir()


def _read_backup(path: Path) -> None:
    import tempfile

    from backline.library import Store, restore

    with tempfile.TemporaryDirectory() as home, Store(folder=Path(home)) as store:
        restore(store, path)


def _read_measured(path: Path) -> None:
    from backline.model.measurement_file import load_measured

    load_measured(path)


def _read_result(path: Path) -> None:
    from backline.batch.result_archive import unpack

    if unpack(path.read_bytes()) is None:
        raise BacklineError("the result archive is damaged.")


def _read_log(path: Path) -> None:
    from backline.live.log import load_log

    load_log(path)


def _read_message(path: Path) -> None:
    from backline.web.browser_session import BrowserSession, LiveOptions

    session = BrowserSession(LiveOptions(ROOM), path, lambda **_: None)  # type: ignore[arg-type, return-value]
    try:
        session._frame(path.read_bytes())
    finally:
        session.thread.shutdown()


def _read_wishes(path: Path) -> None:
    from backline.web.browser_session import read_live_options
    from backline.web.upload import Refused

    try:
        wishes = json.loads(path.read_bytes())
    except ValueError:
        raise Refused(422, "not understood") from None
    read_live_options(wishes)


def _read_mapping(path: Path) -> None:
    from backline.sources.mapping import optional_table

    optional_table(path, "markers", 'C7 = "NECK"')
