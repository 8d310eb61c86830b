"""Site: options, lifts, queue and access, passed to every page and route."""

from __future__ import annotations

from dataclasses import dataclass

from backline.web.authentication import Authenticator
from backline.web.lift_store import LiftStore
from backline.web.options import Options
from backline.web.phone import Phone
from backline.web.queue import Queue


@dataclass(frozen=True)
class Site:
    """The running app.

    Parameters
    ----------
    options : Options
        How it is served.
    lift_store : LiftStore
        The lifts.
    queue : Queue
        Their jobs.
    authenticator : Authenticator
        Passwords and sessions.
    phone : Phone
        Access for phones.
    """

    options: Options
    lift_store: LiftStore
    queue: Queue
    authenticator: Authenticator
    phone: Phone


def open_site(options: Options) -> Site:
    """Open the app's folder; nothing runs yet.

    Raises
    ------
    BacklineError
        If the folder cannot be made or its list cannot be opened.
    """
    lift_store = LiftStore(options.folder)
    authenticator, phone = Authenticator(options.folder), Phone(options)
    return Site(options, lift_store, Queue(lift_store, options), authenticator, phone)
