"""The sample lift of the first start: a rendered squat with two kinds of rounding planted."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

import backline
from backline.errors import UsageError
from backline.web.lift_store import LiftStore
from backline.web.texts import say

NAME = "top_tuck_and_wink.mp4"


def sample_clip() -> Path | None:
    """Return the sample's film: in the installed package, or in the repository; None in neither."""
    packaged = Path(str(resources.files("backline.web").joinpath("assets", NAME)))
    checkout = Path(backline.__file__).parents[2] / "examples" / NAME
    return next((one for one in (packaged, checkout) if one.is_file()), None)


def add_sample(shelf: LiftStore) -> str:
    """Put the sample lift on the shelf and into the queue; return its id.

    Raises
    ------
    UsageError
        If this installation came without it.
    """
    film = sample_clip()
    if film is None:
        raise UsageError(say("tour.no_sample"))
    lift_id = shelf.new_id()
    clip = shelf.clip(lift_id)
    clip.parent.mkdir(parents=True)
    shutil.copyfile(film, clip)
    shelf.add(lift_id, say("tour.sample"), clip.stat().st_size, {})
    return lift_id
