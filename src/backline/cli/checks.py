"""Checks of the command line's values, made before any work starts."""

from __future__ import annotations

import math
import os
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from backline.errors import UsageError

if TYPE_CHECKING:
    from backline.settings import Settings


MOST_WORDS = 200
"""Characters of a name or a cue; the record's column for names holds as many."""

_SPAN = re.compile(r"\s*(?P<start>[^:]*?)\s*:\s*(?P<end>[^:]*?)\s*")


def check_standing(text: str | None) -> Path | tuple[float, float] | None:
    """Read ``--standing``: a clip, or START:END in seconds of the source.

    Parameters
    ----------
    text : str or None
        As the user gave it. A file or folder of that name (one of images as ``FOLDER@RATE``)
        wins over a time span.

    Returns
    -------
    Path, (float, float) or None
        The clip, or start and end in seconds.

    Raises
    ------
    UsageError
        If it is neither, or the span is empty or runs backwards.
    """
    if text is None:
        return None
    from backline.formats.video import split_rate

    if text.strip() and os.path.exists(split_rate(text)[0]):
        return Path(text)
    span = _SPAN.fullmatch(text)
    if span is None:
        raise UsageError(
            f"--standing is '{text}', which is no file and no time span: "
            "give a clip, or START:END in seconds, for example 0.5:2.5."
        )
    try:
        start, end = float(span["start"]), float(span["end"])
    except ValueError:
        raise UsageError(
            f"--standing is '{text}', expected two numbers of seconds: "
            "write START:END, for example 0.5:2.5."
        ) from None
    if not (0 <= start < end < math.inf):
        raise UsageError(
            f"--standing is '{text}', expected an end after the start and neither below zero: "
            "write START:END in seconds, for example 0.5:2.5."
        )
    return start, end


def check_words(option: str, text: str | None) -> str | None:
    """Return a name or a cue on one line without blanks around it.

    Raises
    ------
    UsageError
        If nothing is left of it, or more than `MOST_WORDS` characters.
    """
    if text is None:
        return None
    words = " ".join(text.split())
    if not words:
        raise UsageError(f"{option} is empty: give it some words, or leave it out.")
    if len(words) > MOST_WORDS:
        raise UsageError(
            f"{option} has {len(words)} characters, expected at most {MOST_WORDS}: shorten it."
        )
    return words


def check_day(option: str, text: str | None) -> date | None:
    """Read a day such as 2026-01-31.

    Raises
    ------
    UsageError
        If it is none.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{option} is '{text}', expected a day as year-month-day, for example 2026-01-31."
        ) from None


def check_engine(name: str) -> str:
    """Return the name of a pose engine that exists.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    from backline.sources.video.pose.engine_factory import ENGINES

    if name not in ENGINES:
        known = ", ".join(sorted(ENGINES))
        raise UsageError(f"--engine is '{name}', which is not known: use one of {known}.")
    return name


def check_mapping(path: Path | None) -> Path | None:
    """Return the mapping file that names a recording's markers or points, which must be there.

    Raises
    ------
    UsageError
        If it is no file.
    """
    if path is not None and not os.path.isfile(path):
        raise UsageError(
            f"--mapping is '{path}', and there is no such file: give a TOML file with a table "
            '[markers] and lines such as C7 = "NECK".'
        )
    return path


def check_video(video: Path | None, sources: list[Path]) -> Path | None:
    """Return the video of one file of keypoints.

    Raises
    ------
    UsageError
        If it is not there, or there are several sources for one video.
    """
    if video is None:
        return None
    if not os.path.isfile(video):
        raise UsageError(f"--video is '{video}', and there is no such file: check its name.")
    if len(sources) > 1:
        raise UsageError(
            f"--video goes with one file of keypoints, and {len(sources)} sources were given: "
            "analyse them one by one."
        )
    return video


def check_stickers(kind: str) -> str:
    """Return what stickers to search for: ``auto``, ``none`` or a colour.

    Raises
    ------
    UsageError
        If it is none of these.
    """
    from backline.sources.fiducials.layout import KINDS

    if kind not in KINDS:
        raise UsageError(
            f"--stickers is '{kind}', which is not known: use one of {', '.join(KINDS)} (a colour "
            "stands for three dots of it over T12, L3 and S1)."
        )
    return kind


def read_settings() -> Settings:
    """Return the settings, with what the environment says about them.

    Raises
    ------
    UsageError
        If an environment variable holds something that its setting cannot take.
    """
    from pydantic import ValidationError

    from backline.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "BACKLINE_" + "__".join(str(part) for part in first["loc"]).upper()
        raise UsageError(
            f"The environment variable {name} is '{first['input']}', which its setting cannot "
            f"take ({first['msg']}): correct or unset it."
        ) from None
