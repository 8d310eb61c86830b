"""The report page: one self-contained file, built from the templates beside this module."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from backline.findings.sentences import shown_sd
from backline.report.close_view import close_view
from backline.report.document import inert_json
from backline.report.drawn_angle import notes_of
from backline.report.filming_guide import advice
from backline.report.findings_view import cards, findings_title, nothing_found
from backline.report.first_screen import first_screen
from backline.report.load_view import load_view
from backline.report.pagedata import SERIES, page_data
from backline.report.pictures import Pictures
from backline.report.quality_view import made_with, quality_view
from backline.report.repmap import rep_map
from backline.report.stills import Still, pair, standing_index, worst
from backline.report.translation import in_language
from backline.report.words import (
    capital,
    clock,
    file_name,
    filming_advice,
    kilograms,
    reference_name,
    setting,
    unbroken,
)
from backline.texts import language, say

if TYPE_CHECKING:
    from jinja2 import Environment

    from backline.analysis import LiftAnalysis
    from backline.model.posture import Posture

_SECTIONS = ("first", "notes", "curve", "findings", "stills", "map", "quality", "load")
_LANES = ("tilt", "lean", "hip", "knee")


def page(
    analysis: LiftAnalysis, pictures: Pictures | None = None, stills: list[Still] | None = None
) -> str:
    """Return the report page as HTML: one file that asks nothing of any network.

    Everything that came from outside (names, cue, path, reasons) is escaped; the page's
    content policy lets only its own script run and lets nothing be fetched.

    Parameters
    ----------
    analysis : LiftAnalysis
        The result. A refused one gives a page that says why, and how to film better.
    pictures : Pictures, optional
        The clip and its stills; without, a figure is drawn from the angles.
    stills : list of Still, optional
        Shown instead of the standing reference and the worst moment.
    """
    context = _context(in_language(analysis), pictures, stills)
    script = "" if context["refused"] else _script()
    context |= {
        "style": _trusted(asset("page.css")),
        "theme_script": _trusted(asset("theme.js")),
        "theme_hash": _hash(asset("theme.js")),
        "script": _trusted(script),
        "script_hash": _hash(script),
    }
    return _environment().get_template("page.html").render(context)


def sections(
    analysis: LiftAnalysis, pictures: Pictures | None = None, stills: list[Still] | None = None
) -> dict[str, Any]:
    """Return the page's parts, for a page that is built elsewhere.

    Parameters
    ----------
    analysis, pictures, stills
        As for `page`.

    Returns
    -------
    dict
        ``header`` (plain texts), ``data`` (what the script plays with), and the HTML of each
        section by the name of its template.
    """
    analysis = in_language(analysis)
    context = _context(analysis, pictures, stills)
    names = ("refused",) if context["refused"] else _SECTIONS
    context["icon"] = _environment().get_template("icons.html").module
    made = {name: _environment().get_template(f"{name}.html").render(context) for name in names}
    data = json.loads(context["data"]) if "data" in context else None
    return {"header": _header(analysis), "data": data, **made}


def _context(
    analysis: LiftAnalysis, pictures: Pictures | None, stills: list[Still] | None
) -> dict[str, Any]:
    refused = analysis.quality.verdict == "refused"
    context: dict[str, Any] = {
        "refused": refused,
        "stills": stills if stills is not None else _stills(analysis, pictures),
        "quality": quality_view(analysis),
        "made_with": made_with(analysis),
        "notes": notes_of(analysis),
        **_header(analysis),
    }
    return context | (_refusal(analysis) if refused else _body(analysis, pictures))


def _header(analysis: LiftAnalysis) -> dict[str, Any]:
    name = file_name(analysis.source.path)
    headline = str(analysis.summary.get("headline") or _plain_headline(analysis))
    return {
        "title": f"{headline} - Backline",
        "reference": say(f"from_lifter.{analysis.posture.reference.kind}"),
        "reference_name": reference_name(analysis.posture.reference.kind),
        "reference_kind": analysis.posture.reference.kind,
        "language": language(),
        "source": {"file": name},
        "headline": headline,
        "dek": " ".join(_untold(analysis, headline)),
        "eyebrow": " · ".join(_eyebrow(analysis)),
        "facts": [] if analysis.quality.verdict == "refused" else _facts(analysis),
    }


def _untold(analysis: LiftAnalysis, headline: str) -> list[str]:
    """Return the summary's sentences that neither the headline nor a finding says."""
    shown = {headline, *(finding.explanation for finding in analysis.findings)}
    sentences = [str(one) for one in analysis.summary.get("sentences", ())]
    return [one for one in sentences if one not in shown]


def _plain_headline(analysis: LiftAnalysis) -> str:
    if analysis.quality.verdict == "refused":
        return say("report.refused")
    moment = worst(analysis)
    if moment is None:
        return say("report.kept")
    return say("report.found", name=capital(moment.name), size=moment.size_deg)


def _eyebrow(analysis: LiftAnalysis) -> list[str]:
    parts = [capital(say(f"lift_name.{analysis.lift}"))]
    load = setting(analysis, "load_kg")
    if isinstance(load, (int, float)):
        parts.append(kilograms(load))
    lifter = setting(analysis, "lifter")
    if lifter:
        parts.append(str(lifter))
    parts += [say(f"tag.{tag}") for tag in setting(analysis, "tags") or ()]
    codes = {reason.code for reason in analysis.quality.reasons}
    if analysis.view.side and not (
        analysis.quality.verdict == "refused" and "not_side_on" in codes
    ):
        parts.append(say(f"report.seen_{analysis.view.side}"))
    return parts


def _facts(analysis: LiftAnalysis) -> list[dict[str, str]]:
    facts = [{"name": say("fact.reps"), "value": str(len(analysis.reps)), "more": ""}]
    share = f"{100 * analysis.quality.measurable_fraction:.0f} %"
    facts.append({"name": say("fact.measured"), "value": share, "more": say("fact.of_frames")})
    facts.append(_reference_fact(analysis.posture))
    return facts


def _reference_fact(posture: Posture) -> dict[str, str]:
    """Return what changes are measured from, and how far its zero may be off."""
    reference = posture.reference
    name = reference_name(reference.kind)
    more = f"± {shown_sd(reference.sd_deg):.0f}°" if reference.sd_deg >= 0.5 else ""
    if posture.standing.elsewhere:
        return {"name": name, "value": say("fact.elsewhere"), "more": more}
    if reference.kind == "lockouts":
        value = say("fact.lockouts", count=len(reference.spans))
    elif reference.spans:
        start, end = clock(reference.start_s).removesuffix(" s"), clock(reference.end_s)
        value = say("fact.span", start=start, end=end)
    else:
        value = say("fact.within")
    return {"name": name, "value": value, "more": more}


def _stills(analysis: LiftAnalysis, pictures: Pictures | None) -> list[Still]:
    return pair(analysis, pictures.frames) if pictures is not None else []


def _refusal(analysis: LiftAnalysis) -> dict[str, Any]:
    own = filming_advice(reason.code for reason in analysis.quality.reasons)
    filmed = analysis.source.kind != "mocap"
    basics = [one.do for one in advice()] if filmed else []
    if any(reason.code in ("not_side_on", "oblique") for reason in analysis.quality.reasons):
        basics = [one for one in basics if one not in (say("film.side"), say("film.height"))]
    title = say("report.advice_film" if filmed else "report.advice_record")
    return {"advice": list(dict.fromkeys([*own, *basics])), "advice_title": title}


def _body(analysis: LiftAnalysis, pictures: Pictures | None) -> dict[str, Any]:
    size = pictures.size if pictures is not None else None
    data = page_data(analysis, size)
    first = first_screen(analysis, _untold(analysis, str(analysis.summary.get("headline"))))
    data["open_s"] = first.open_s
    close = close_view(analysis) if size is not None else None
    shown_px = size if size is None or close is None else (size[0] * close[2], size[1] * close[3])
    lead = worst(analysis)
    shown = cards(analysis, pictures.frames if pictures is not None else {})
    return {
        "data": _trusted(inert_json(data)),
        "first": first,
        "kind": lead.kind if lead else "",
        "clip": _trusted(base64.b64encode(pictures.clip).decode("ascii")) if pictures else "",
        "picture": size,
        "close_view": close,
        "close_aspect": 1.0 if shown_px is None else shown_px[0] / shown_px[1],
        "portrait": shown_px is None or shown_px[1] > shown_px[0],
        "reps": analysis.reps,
        "standing": data["standing"],
        "beside": analysis.second_estimate.name if analysis.second_estimate else "",
        "ghost": size is None or standing_index(analysis) is not None,
        "gaps": data["gaps"],
        "lanes": _lanes(analysis),
        "load": load_view(analysis),
        "findings": shown,
        "findings_title": findings_title(analysis),
        "nothing": nothing_found(analysis),
        "cue": str(analysis.summary.get("cue") or ""),
        "map": rep_map(analysis),
    }


def _lanes(analysis: LiftAnalysis) -> list[dict[str, str]]:
    """Return the further curves that this result has."""
    posture = analysis.posture
    keys = [key for key in _LANES if _known(posture, SERIES[key])]
    keys += ["load"] if analysis.loads else []
    keys += ["glute"] if analysis.glutes else []
    return [{"key": key, "name": say(f"curve.lane_{key}")} for key in keys]


def _known(posture: Posture, name: str) -> bool:
    """Return whether a series has a value in any measured frame (sensors see no knee)."""
    return bool(np.isfinite(getattr(posture, name)[posture.measurable]).any())


@cache
def _script() -> str:
    """Return the page's script: its parts in order, in one closed scope."""
    folder = resources.files("backline.report").joinpath("templates")
    parts = sorted(part.name for part in folder.iterdir() if part.name[0].isdigit())
    body = "\n".join(asset(name) for name in parts)
    return f'(() => {{\n"use strict";\n{body}\n}})();\n'


@cache
def asset(name: str) -> str:
    """Return one of the page's own files as text: ``"page.css"``, ``"1_data.js"`` and so on."""
    home = resources.files("backline.report").joinpath("templates")
    return home.joinpath(name).read_text("utf-8")


def _hash(script: str) -> str:
    """Return a script's hash as a content policy names it."""
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return "sha256-" + base64.b64encode(digest).decode("ascii")


def _trusted(text: str) -> Any:
    """Mark our own text as safe for the template; never used on anything from outside."""
    from markupsafe import Markup

    return Markup(text)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("backline.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=unbroken,
    )
    made.globals["say"] = say
    return made
