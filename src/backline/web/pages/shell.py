"""The shell around every page: head, navigation, foot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING, Literal

from nicegui import ui

from backline.report.document import inert_json
from backline.texts import Language, language
from backline.web.rendering import render
from backline.web.texts import group, say

if TYPE_CHECKING:
    from backline.web.site import Site

NAVIGATION = (
    ("/", "lifts"),
    ("/live", "live"),
    ("/compare", "compare"),
    ("/lifters", "coach"),
    ("/what-if", "what_if"),
    ("/learn", "learn"),
)
"""Address and text of each page in the navigation."""

QUASAR: dict[Language, Literal["en-US", "de", "es"]] = {"en": "en-US", "de": "de", "es": "es"}
"""Names of the languages in the framework, and of the page's ``lang``."""

_HEAD = (
    '<meta name="referrer" content="same-origin">'
    '<link rel="stylesheet" href="/assets/page.css"><link rel="stylesheet" href="/assets/app.css">'
    '<script src="/assets/theme.js"></script>'
)


@contextmanager
def shell(site: Site, here: str, title: str) -> Iterator[None]:
    """Place a page's content between head and foot.

    Parameters
    ----------
    site : Site
        The app.
    here : str
        The address in `NAVIGATION` that is marked as the current one.
    title : str
        Of the browser's tab.
    """
    client = ui.context.client
    client.page = copy(client.page)  # this visitor's alone
    client.page.language = QUASAR[language()]
    ui.page_title(f"{title} - {say('site.name')}")
    ui.add_head_html(_HEAD)
    texts = inert_json({**group("site"), **group("lifts"), **group("add"), **group("view")})
    ui.add_body_html(
        f'<script type="application/json" id="texts">{texts}</script>'
        f'<script type="application/json" id="words">{inert_json(words())}</script>'
        '<script src="/assets/app.js" defer></script>'
    )
    html(render("head.html", navigation=NAVIGATION, here=here, guarded=site.authenticator.guarded))
    with ui.element("main").props("id=main tabindex=-1"):
        yield
    html(render("foot.html"))


def words() -> dict[str, str]:
    """Return the words that are explained where the pointer rests on them, with what they mean."""
    means = group("words")
    return {str(word).lower(): str(means[key]) for key, word in group("word").items()}


def html(content: str) -> ui.html:
    """Add markup to the page that a template of the app made, in which all values are escaped."""
    return ui.html(content, sanitize=False)


def script(name: str, **data: object) -> None:
    """Run one of the app's scripts on this page, with JSON in elements of the given ids."""
    elements = "".join(
        f'<script type="application/json" id="{key}">{inert_json(value)}</script>'
        for key, value in data.items()
    )
    ui.add_body_html(f'{elements}<script src="/assets/{name}" defer></script>')
