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
    """Return the sample's clip, of the package or the repository; None where missing."""
    packaged = Path(str(resources.files("backline.web").joinpath("assets", NAME)))
    checkout = Path(backline.__file__).parents[2] / "examples" / NAME
    return next((one for one in (packaged, checkout) if one.is_file()), None)


def add_sample(lift_store: LiftStore) -> str:
    """Put the sample lift into the store and into the queue; return its id.

    Raises
    ------
    UsageError
        If this installation came without it.
    """
    film = sample_clip()
    if film is None:
        raise UsageError(say("tour.no_sample"))
    lift_id = lift_store.new_id()
    clip = lift_store.clip(lift_id)
    clip.parent.mkdir(parents=True)
    shutil.copyfile(film, clip)
    lift_store.add(lift_id, say("tour.sample"), clip.stat().st_size, {})
    return lift_id
