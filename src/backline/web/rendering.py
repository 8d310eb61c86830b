"""Renders HTML from the templates next to this module; every value from outside is escaped."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from backline.report.document import inert_json
from backline.report.words import capital, kilograms, unbroken
from backline.texts import language, number, retold
from backline.web.texts import group, say

if TYPE_CHECKING:
    from jinja2 import Environment


def render(name: str, **context: Any) -> str:
    """Return a rendered template; ``say`` is available in all of them."""
    return _environment().get_template(name).render(context)


def time_left(seconds: float | None) -> str:
    """Return a remaining time in words, "" where it is unknown."""
    if seconds is None:
        return ""
    minutes = round(seconds / 60)
    words = f"{max(5, 5 * round(seconds / 5))} s" if seconds < 90 else f"{minutes} min"
    return say("lifts.left", left=words)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    made = Environment(
        loader=PackageLoader("backline.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=unbroken,
    )
    made.globals |= {"say": say, "group": group, "language": language}
    filters: dict[str, Callable[..., Any]] = {
        "inert_json": lambda value: Markup(inert_json(value)),
        "time_left": time_left,
        "mass": kilograms,
        "plain": lambda value: number(float(value), "g"),
        "seconds": lambda value: number(float(value), ".2f"),
        "retold": retold,
        "capital": capital,
    }
    made.filters |= filters
    return made
