"""Keypoints in JSON: OpenPose (a folder, one file a frame), COCO and Halpe, MMPose."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from backline.errors import SourceError
from backline.formats.isolated_reader import ProcessLimits, read_isolated
from backline.formats.text_table import decoded
from backline.model.posture import FloatArray
from backline.sources.keypoints.layouts import LAYOUTS, layout_of
from backline.sources.keypoints.people import PersonPoints, frame_numbers, without_unseen

LARGEST_BYTES = 128 * 1024**2
"""Larger files are refused, bytes (ten minutes of 52 points at 60 frames a second): JSON takes ten
times its size in memory, and its empty lists twenty times."""


def read_openpose(folder: Path) -> PersonPoints:
    """Read a folder of OpenPose's files, one a frame, in a separate process.

    The number in a file's name is its frame: a missing file is a frame without anybody.

    Raises
    ------
    SourceError
        If there are none, one cannot be read, or they hold an unknown number of points.
    """
    return _isolated(f"{__name__}:read_openpose_here", folder)


def read_openpose_here(folder: Path) -> PersonPoints:
    """Read a folder of OpenPose's files in this process (see `read_openpose`)."""
    place = frame_numbers(folder, {file: file.name for file in folder.glob("*.json")})
    if not place:
        raise SourceError(f"'{folder}' holds no .json: give the folder of OpenPose's files.")
    frames: list[list[FloatArray]] = [[] for _ in range(max(place.values()) + 1)]
    for file, frame in place.items():
        content = _content(file)
        people = content.get("people") if isinstance(content, dict) else None
        if not isinstance(people, list):
            raise SourceError(
                f"'{file}' has no list 'people', as each file of OpenPose has: leave only the "
                "files of one clip in the folder."
            )
        with _well_formed(file, "OpenPose"):
            frames[frame] = [_triples(file, person["pose_keypoints_2d"]) for person in people]
    return _points(folder, frames, None)


def read_json(path: Path) -> PersonPoints:
    """Read a file of COCO's or Halpe's annotations or results, or of MMPose, in a separate process.

    Raises
    ------
    SourceError
        If it is none of these, or damaged.
    """
    return _isolated(f"{__name__}:read_json_here", path)


def read_json_here(path: Path) -> PersonPoints:
    """Read a file of COCO's, Halpe's or MMPose's points in this process (see `read_json`)."""
    content = _content(path)
    if isinstance(content, dict) and isinstance(content.get("instance_info"), list):
        with _well_formed(path, "MMPose"):
            return _mmpose(path, content)
    if isinstance(content, dict) and isinstance(content.get("people"), list):
        raise SourceError(
            f"'{path}' is one frame of OpenPose, and a lift has many: give the folder of all of "
            "them, with the frames a second, such as FOLDER@30."
        )
    rows = content.get("annotations") if isinstance(content, dict) else content
    if not isinstance(rows, list) or not rows or not all(_is_person(row) for row in rows):
        raise SourceError(
            f"'{path}' is JSON, but holds neither 'annotations' nor a list of people with "
            "'image_id' and 'keypoints' (COCO, Halpe), nor 'instance_info' (MMPose): export it as "
            "one of these."
        )
    with _well_formed(path, "COCO"):
        return _coco(path, content, rows)


def _isolated(target: str, path: Path) -> PersonPoints:
    limits = replace(ProcessLimits.of_settings(), memory_for_each_byte=0.0)
    points: PersonPoints = read_isolated(target, path, limits=limits)
    return points


@contextmanager
def _well_formed(path: Path, kind: str) -> Iterator[None]:
    """Turn what a file in another form than its kind's leads to into one sentence."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise SourceError(
            f"'{path}' begins like a file of {kind} and is built in another way "
            f"({type(error).__name__}): export it again."
        ) from error


def _coco(path: Path, content: Any, rows: list[dict[str, Any]]) -> PersonPoints:
    images = content.get("images", []) if isinstance(content, dict) else []
    file_names = {image.get("id"): str(image.get("file_name", "")) for image in images}
    keys = {row["image_id"]: file_names.get(row["image_id"]) or row["image_id"] for row in rows}
    keys |= {identity: name or identity for identity, name in file_names.items()}
    place = frame_numbers(path, keys)
    frames: list[list[FloatArray]] = [[] for _ in range(max(place.values()) + 1)]
    for row in rows:
        frames[place[row["image_id"]]].append(_triples(path, row["keypoints"]))
    categories = content.get("categories", []) if isinstance(content, dict) else []
    named = next((c["keypoints"] for c in categories if c.get("keypoints")), None)
    return _points(path, frames, None if named is None else tuple(str(name) for name in named))


def _mmpose(path: Path, content: dict[str, Any]) -> PersonPoints:
    place = frame_numbers(
        path, {i: row.get("frame_id", i) for i, row in enumerate(content["instance_info"])}
    )
    frames: list[list[FloatArray]] = [[] for _ in range(max(place.values(), default=-1) + 1)]
    for i, row in enumerate(content["instance_info"]):
        for person in row.get("instances", []):
            at = np.asarray(person["keypoints"], dtype=np.float64)
            trust = np.asarray(person.get("keypoint_scores", np.ones(len(at))), dtype=np.float64)
            frames[place[i]].append(without_unseen(np.column_stack([at[:, :2], trust])))
    words = content.get("meta_info", {}).get("keypoint_id2name", {})
    named = tuple(str(words[key]) for key in sorted(words, key=int)) if words else None
    return _points(path, frames, named)


def _points(
    path: Path, frames: list[list[FloatArray]], named: tuple[str, ...] | None
) -> PersonPoints:
    counts = sorted({len(person) for people in frames for person in people if len(person)})
    if len(counts) != 1:
        found = "nobody in any frame" if not counts else f"people of {counts} points"
        raise SourceError(
            f"'{path}' shows {found}, and one person with one layout of points was expected: "
            "check that the engine found the lifter, and export again."
        )
    frames = [[person for person in people if len(person)] for people in frames]
    if named is not None and len(named) == counts[0]:
        layout = next((n for n, k in LAYOUTS.items() if len(k) == counts[0]), "named points")
        return PersonPoints(layout, named, frames)
    return PersonPoints(*layout_of(counts[0], path), frames)


def _is_person(row: Any) -> bool:
    return isinstance(row, dict) and "image_id" in row and isinstance(row.get("keypoints"), list)


def _triples(path: Path, flat: Any) -> FloatArray:
    """Return (k, 3) from x, y, confidence in a row."""
    try:
        values = np.asarray(flat, dtype=np.float64).reshape(-1, 3)
    except (TypeError, ValueError) as error:
        raise SourceError(
            f"'{path}' holds a person whose keypoints are not numbers in threes (x, y, "
            "confidence): export it again."
        ) from error
    return without_unseen(values)


def _content(path: Path) -> Any:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise SourceError(
                f"'{path}' has over {LARGEST_BYTES / 1024**2:.0f} MiB, which is more than a lift "
                "needs: export the lift alone."
            )
        return json.loads(decoded(path.read_bytes()))
    except OSError as error:
        raise SourceError(
            f"'{path}' cannot be read ({error.strerror}): check its name and your rights to it."
        ) from error
    except (ValueError, RecursionError) as error:  # no JSON, numbers of 4300 digits
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "its text"
        raise SourceError(
            f"'{path}' is no whole JSON file ({where} cannot be read): export it again."
        ) from error
