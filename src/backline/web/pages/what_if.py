"""What if: sliders, a drawn lifter, and the load on the low back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nicegui import events, ui

from backline.texts import number
from backline.web.pages.shell import html, shell
from backline.web.rendering import render
from backline.web.texts import say
from backline.web.what_if_view import PLACES, RANGES, VALUES, drawn, read_value

if TYPE_CHECKING:
    from backline.web.site import Site


def register(site: Site) -> None:
    """Register the page."""

    @ui.page("/what-if")
    def what_if(
        tuck: str = "", lean: str = "", load: str = "", mass: str = "", height: str = "",
        place: str = "",
    ) -> None:  # fmt: skip
        asked = {"tuck": tuck, "lean": lean, "load": load, "mass": mass, "height": height}
        values: dict[str, Any] = {key: read_value(key, text) for key, text in asked.items()}
        values["place"] = place if place in PLACES else VALUES["place"]
        assumed = (
            tuple(key for key in ("load", "mass", "height") if not asked[key])
            if any(asked.values())
            else ()
        )
        with shell(site, "/what-if", say("whatif.title")):
            html(render("what_if_title.html"))
            with ui.element("div").classes("what-if"):
                with ui.element("div").classes("panel form sliders"):
                    _sliders(values)
                values["figure"] = html(drawn(values, assumed))


def _sliders(values: dict[str, Any]) -> None:
    """Put up a slider for each number, and the choice of the bar's place."""
    for key, (low, high, step, unit) in RANGES.items():
        with ui.element("p"):
            with ui.element("label").props(f"for={key}"):
                ui.html(say(f"whatif.{key}"), sanitize=False, tag="span")
                shown = ui.html(_shown(values[key], unit), sanitize=False, tag="output")
            slider = ui.element("input")
            slider.props(f"type=range id={key} min={low:g} max={high:g} step={step:g}")
            slider.props(f"value={values[key]:g}")
            _tie(slider, values, key, shown, unit)
    with ui.element("p").classes("wide"):
        html(render("what_if_place.html"))
        chosen = ui.element("select").props("id=place")
        with chosen:
            for key in PLACES:
                option = ui.element("option").props(f"value={key}")
                if key == values["place"]:
                    option.props("selected")
                with option:
                    ui.html(say(f"bar_place.{key}"), sanitize=False, tag="span")

    def move(event: events.GenericEventArguments) -> None:
        if event.args in PLACES:
            values["place"] = event.args
            values["figure"].set_content(drawn(values))

    chosen.on("change", move, js_handler="(e) => emit(e.target.value)")


def _shown(value: float, unit: str) -> str:
    """Return a slider's value with its unit; only a degree sign stands close to its number."""
    space = "" if unit == "°" else "\u00a0"
    return f"{number(value, 'g')}{space}{unit}"


def _tie(slider: ui.element, values: dict[str, Any], key: str, shown: ui.html, unit: str) -> None:
    """Update the figure with a slider."""

    def move(event: events.GenericEventArguments) -> None:
        values[key] = read_value(key, str(event.args))
        shown.set_content(_shown(values[key], unit))
        values["figure"].set_content(drawn(values))

    slider.on("input", move, js_handler="(e) => emit(e.target.value)")
