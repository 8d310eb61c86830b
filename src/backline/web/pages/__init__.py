"""All pages of the app. A new page is a module with ``register(site)``, and one more line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from backline.web.pages import add, coach, compare, follow, learn, lift, lifts, live, phone, what_if

if TYPE_CHECKING:
    from backline.web.site import Site

PAGES: tuple[Callable[[Site], None], ...] = (
    lifts.register,
    add.register,
    lift.register,
    live.register,
    compare.register,
    coach.register,
    follow.register,
    what_if.register,
    learn.register,
    phone.register,
)
