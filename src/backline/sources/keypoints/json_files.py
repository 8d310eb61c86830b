"""Keypoints in JSON: OpenPose (a folder, one file a frame), COCO and Halpe, MMPose."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from backline.errors import SourceError
from backline.posture import FloatArray
from backline.sources.keypoints.layouts import LAYOUTS, layout_of
from backline.sources.keypoints.people import Points

LARGEST_BYTES = 1 << 30
"""Larger files are refused, bytes: JSON takes ten times its size in memory."""
MOST_FRAMES = 1_000_000
"""Frame numbers beyond this are no frame numbers (nine hours at 30 frames a second)."""


def read_openpose(folder: Path) -> Points:
    """Read a folder of OpenPose's files, one a frame, in the order of the numbers in their names.

    Raises
    ------
    SourceError
        If there are none, one cannot be read, or they hold an unknown number of points.
    """
    files = sorted(folder.glob("*.json"), key=lambda path: (_last_number(path.stem), path.name))
    frames: list[list[FloatArray]] = []
    for file in files:
        content = _content(file)
        people = content.get("people") if isinstance(content, dict) else None
        if not isinstance(people, list):
            raise SourceError(
                f"'{file}' has no list 'people', as each file of OpenPose has: leave only the "
                "files of one clip in the folder."
            )
        frames.append([_triples(file, person.get("pose_keypoints_2d", [])) for person in people])
    return _points(folder, frames, None)


def read_json(path: Path) -> Points:
    """Read a file of COCO's or Halpe's annotations or results, of MMPose, or of OpenPose.

    Raises
    ------
    SourceError
        If it is none of these, or damaged.
    """
    content = _content(path)
    if isinstance(content, dict) and isinstance(content.get("instance_info"), list):
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
    return _coco(path, content, rows)


def _coco(path: Path, content: Any, rows: list[dict[str, Any]]) -> Points:
    images = content.get("images", []) if isinstance(content, dict) else []
    file_names = {image.get("id"): str(image.get("file_name", "")) for image in images}
    keys = {row["image_id"]: file_names.get(row["image_id"]) or row["image_id"] for row in rows}
    keys |= {identity: name or identity for identity, name in file_names.items()}
    place = _frame_numbers(path, keys)
    frames: list[list[FloatArray]] = [[] for _ in range(max(place.values()) + 1)]
    for row in rows:
        frames[place[row["image_id"]]].append(_triples(path, row["keypoints"]))
    categories = content.get("categories", []) if isinstance(content, dict) else []
    named = next((c["keypoints"] for c in categories if c.get("keypoints")), None)
    return _points(path, frames, None if named is None else tuple(str(name) for name in named))


def _mmpose(path: Path, content: dict[str, Any]) -> Points:
    place = _frame_numbers(
        path, {i: row.get("frame_id", i) for i, row in enumerate(content["instance_info"])}
    )
    frames: list[list[FloatArray]] = [[] for _ in range(max(place.values(), default=-1) + 1)]
    for i, row in enumerate(content["instance_info"]):
        for person in row.get("instances", []):
            at = np.asarray(person["keypoints"], dtype=np.float64)
            trust = np.asarray(person.get("keypoint_scores", np.ones(len(at))), dtype=np.float64)
            frames[place[i]].append(_unseen(np.column_stack([at[:, :2], trust])))
    words = content.get("meta_info", {}).get("keypoint_id2name", {})
    named = tuple(str(words[key]) for key in sorted(words, key=int)) if words else None
    return _points(path, frames, named)


def _points(path: Path, frames: list[list[FloatArray]], named: tuple[str, ...] | None) -> Points:
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
        return Points(layout, named, frames)
    return Points(*layout_of(counts[0], path), frames)


def _frame_numbers(path: Path, keys: dict[Any, Any]) -> dict[Any, int]:
    """Return each key's frame from 0: by the number in its name, so that gaps stay gaps."""
    numbers = {key: _last_number(Path(str(name)).stem) for key, name in keys.items()}
    if min(numbers.values()) < 0 or len(set(numbers.values())) < len(numbers):
        return {key: i for i, key in enumerate(sorted(keys, key=lambda key: str(keys[key])))}
    ranks = sorted(numbers.values())
    first, last = ranks[0], ranks[-1]
    step = min((b - a for a, b in pairwise(ranks)), default=1)
    if (last - first) // step > MOST_FRAMES:
        raise SourceError(
            f"'{path}' numbers its frames from {first} to {last}, which no clip of a lift holds: "
            "number them from 0 or 1 on."
        )
    return {key: (number - first) // step for key, number in numbers.items()}


def _last_number(stem: str) -> int:
    found = re.findall(r"\d+", stem.removesuffix("_keypoints"))
    return int(found[-1]) if found else -1


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
    return _unseen(values)


def _unseen(values: FloatArray) -> FloatArray:
    """Turn what engines write for a point that they did not find, zeros, into NaN."""
    gone = (values[:, :2] == 0).all(axis=1) | (values[:, 2] <= 0)
    return np.where(gone[:, None], np.nan, values)


def _content(path: Path) -> Any:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise SourceError(
                f"'{path}' has over {LARGEST_BYTES / 1024**3:.0f} GiB, which is more than a lift "
                "needs: export the lift alone."
            )
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SourceError(
            f"'{path}' cannot be read ({error.strerror}): check its name and your rights to it."
        ) from error
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "its text"
        raise SourceError(
            f"'{path}' is no whole JSON file ({where} cannot be read): export it again."
        ) from error
