"""Site: what every page and route needs, in one object."""

from __future__ import annotations

from dataclasses import dataclass

from backline.web.lift_store import LiftStore
from backline.web.options import Options
from backline.web.passwords import Doorkeeper
from backline.web.phone import Phone
from backline.web.queue import Queue


@dataclass(frozen=True)
class Site:
    """The running app.

    Parameters
    ----------
    options : Options
        How it is served.
    shelf : LiftStore
        The lifts.
    queue : Queue
        The work on them.
    door : Doorkeeper
        Who may come in.
    phone : Phone
        The way in for phones.
    """

    options: Options
    shelf: LiftStore
    queue: Queue
    door: Doorkeeper
    phone: Phone


def open_site(options: Options) -> Site:
    """Open the app's folder; nothing runs yet.

    Raises
    ------
    BacklineError
        If the folder cannot be made or its list cannot be opened.
    """
    shelf = LiftStore(options.folder)
    door, phone = Doorkeeper(options.folder), Phone(options)
    return Site(options, shelf, Queue(shelf, options), door, phone)
