"""The report's part on load and glutes: plain words and bands, ready for the template."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeGuard

from backline.findings.sentences import shown_sd
from backline.report.findings_view import kilonewtons
from backline.texts import number, say

if TYPE_CHECKING:
    from backline.analysis import LiftAnalysis

MODELS = ("l5s1", "muscles")
"""Both spinal models, by the prefix of their numbers."""
ENDS = ("bottom", "lockout")
LEAST_BACK_DEG, SURE = 3.0, 1.28
"""A pelvis counts as turned back at the top where it is more than 3 degrees, and more than this
many standard deviations (90 %)."""


def load_view(analysis: LiftAnalysis) -> dict[str, Any]:
    """Return what the page's part on load shows.

    Parameters
    ----------
    analysis : LiftAnalysis
        The result.

    Returns
    -------
    dict
        ``notes`` (sentences), ``sentence``, ``rows`` (top against bottom), ``bands``
        (compression at both ends, on one scale), ``evidence``, ``errors``,
        ``exposure``, ``glutes``, ``given`` (whether there is a load); ``rows_more`` and
        ``strength`` (the second model) stand behind a fold.
    """
    summary = analysis.summary
    ends = summary.get("top_against_bottom") or {}
    load = summary.get("load") or {}
    return {
        "given": bool(analysis.loads),
        "notes": [str(note) for note in summary.get("load_notes", ())],
        "place": say(f"bar_place.{analysis.loads.place}") if analysis.loads.place else "",
        "sentence": str(ends.get("sentence", "")),
        "rows": _rows(ends),
        "rows_more": _rows_more(ends),
        "strength": _strength(load.get("peak")),
        "bands": _bands(ends),
        "evidence": [entry for entry in ends.get("evidence", ()) if entry["side"]],
        "peak": _peak(load.get("peak")),
        "errors": _errors(load),
        "exposure": _exposure(load.get("exposure") or {}),
        "glutes": glute_view(summary.get("glutes") or {}),
    }


def _rows(ends: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Return the table of both ends: name, and a value for each end."""
    if not ends:
        return []
    flexions = [_degrees(ends[e]["lumbar_flexion_deg"]) for e in ENDS]
    rows = [(say("load.low_back"), flexions)]
    if not _known(ends["bottom"].get("l5s1_moment_nm")):
        return rows
    moments = [_moment(ends[e].get("l5s1_moment_nm")) for e in ENDS]
    forces = [_force(ends[e], MODELS[0]) for e in ENDS]
    return [*rows, (say("load.compression"), forces), (say("load.moment"), moments)]


def _rows_more(ends: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Return what stands behind the fold: the second model, and shear by both."""
    if not ends or not _known(ends["bottom"].get("l5s1_moment_nm")):
        return []
    second = say(f"load.model_{MODELS[1]}")
    rows = [(say("load.compression_by", model=second), [_force(ends[e], MODELS[1]) for e in ENDS])]
    for prefix in MODELS:
        shear = [_range(ends[e], f"{prefix}_shear") for e in ENDS]
        rows.append((say("load.shear_by", model=say(f"load.model_{prefix}")), shear))
    return rows


def _bands(ends: dict[str, Any]) -> dict[str, Any]:
    """Return compression as bars on one scale: percent of the widest."""
    bars = []
    for end in ENDS:
        values = [
            ends.get(end, {}).get(f"{MODELS[0]}_compression_{part}")
            for part in ("low_n", "n", "high_n")
        ]
        if all(_known(value) for value in values):
            bars.append((say(f"load.{end}"), [max(0.0, float(value)) / 1000 for value in values]))
    if not bars:
        return {"bars": [], "most": 0}
    most = math.ceil(max(values[2] for _, values in bars))
    return {
        "most": most,
        "bars": [
            {
                "place": place,
                "left": round(100 * low / most, 1),
                "width": round(100 * (high - low) / most, 1),
                "centre": round(100 * centre / most, 1),
                "text": say("force.band", force=centre, low=low, high=high),
            }
            for place, (low, centre, high) in bars
        ],
    }


def _peak(peak: dict[str, Any] | None) -> str:
    """Return where in the set the load was largest, in one sentence."""
    if not peak or not _known(peak.get("l5s1_compression_n")):
        return ""
    ends = (peak.get(f"{MODELS[0]}_compression_{part}") for part in ("n", "low_n", "high_n"))
    time, force = f"{number(peak['time_s'], '.1f')} s", kilonewtons(*(_or_nan(one) for one in ends))
    if peak.get("rep"):
        return say("load.peak_rep", rep=peak["rep"], time=time, force=force)
    return say("load.peak", time=time, force=force)


def _strength(peak: dict[str, Any] | None) -> str:
    """Return how strong the second model's trunk would have to be, where it is too weak."""
    strength = (peak or {}).get("muscles_strength")
    if not (_known(strength) and float(strength) > 1):
        return ""
    return say("load.strength", times=float(strength))


def _errors(load: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return what small errors do at the heaviest moment: cause, moment, compression."""
    rows = []
    for cause, interval in (load.get("sensitivity") or {}).items():
        moment = "–".join(f"{round(value, -1):.0f}" for value in interval["moment_nm"])
        force = "–".join(number(value / 1000, ".1f") for value in interval["compression_n"])
        rows.append((say(f"load.off_{cause}"), f"{moment} N m", f"{force} kN"))
    return rows


def _exposure(spent: dict[str, Any]) -> dict[str, Any]:
    """Return the bars of time and load by flexion, percent of the tallest."""
    edges = [float(edge) for edge in spent.get("edges_deg", ())]
    times = [float(value) for value in spent.get("time_s", ())]
    forces = [float(value) for value in spent.get("impulse_ns", ())]
    if not times or sum(times) <= 0:
        return {"bars": [], "text": ""}
    loaded = sum(forces) > 0
    bars = [
        {
            "name": say("load.span", low=low, high=high).replace("-", "\u2212"),
            "time": round(100 * time / sum(times), 1),
            "load": round(100 * force / sum(forces), 1) if loaded else None,
        }
        for low, high, time, force in zip(edges[:-1], edges[1:], times, forces, strict=True)
    ]
    share = spent.get("flexed_share")
    text = (
        say("load.exposed", percent=100 * share, angle=float(spent["flexed_from_deg"]))
        if _known(share)
        else ""
    )
    return {"bars": bars, "text": text}


def glute_view(glutes: dict[str, Any]) -> dict[str, Any]:
    """Return the lockouts as rows and what they say, from the summary's ``glutes``.

    Parameters
    ----------
    glutes : dict
        See `backline.loads.load_summary.summarise_glutes`; may be empty.

    Returns
    -------
    dict
        ``rows`` (one a rep), ``sentence``, ``loaded`` (whether a need is known).
    """
    needs = list(glutes.get("lockouts", ()))
    loaded = any(_known(need["needed_low"]) for need in needs)
    rows = [
        {
            "rep": need["rep"],
            "raising": f"{100 * need['raising']:.0f} %",
            "beyond": f"{max(0.0, 100 * need['beyond']):.0f} %",
            "back": _back(need),
            "needed": _needed(need),
        }
        for need in needs
    ]
    return {"rows": rows, "sentence": _glute_sentence(needs), "loaded": loaded}


def _glute_sentence(needs: list[dict[str, Any]]) -> str:
    """Say what the glutes did at the top, of the rep with the most."""
    if not needs:
        return ""
    most = max(needs, key=lambda need: float(need["pelvis_back_deg"]))
    limit_deg = max(LEAST_BACK_DEG, SURE * _or_zero(most["pelvis_back_sd_deg"]))
    if most["pelvis_back_deg"] < LEAST_BACK_DEG:
        rough = limit_deg > LEAST_BACK_DEG
        return say("glute.stayed_rough" if rough else "glute.stayed", back=_back_and_sd(most))
    if most["pelvis_back_deg"] < limit_deg:
        return say("glute.small", back=_back_and_sd(most))
    turned = say(
        "glute.turned", rep=most["rep"], raising=100.0 * most["raising"],
        beyond=100.0 * most["beyond"], back=_back_and_sd(most),
    )  # fmt: skip
    return " ".join(filter(None, (turned, _need_sentence(most))))


def _need_sentence(need: dict[str, Any]) -> str:
    """Say what standing there asks of the hips."""
    if not _known(need["needed_low"]):
        return ""
    if need["moment_nm"] <= 0:
        return say("glute.no_need")
    return say("glute.need", moment=float(need["moment_nm"]), share=_needed(need))


def _back(need: dict[str, Any]) -> str:
    """Return how far the pelvis turned back; in words where it may not have turned at all."""
    back = float(need["pelvis_back_deg"])
    if abs(back) <= SURE * _or_zero(need["pelvis_back_sd_deg"]):
        return say("glute.uncertain", angle=_whole(back))
    return _back_and_sd(need)


def _whole(value: float) -> str:
    """Return a whole number with a true minus, and a bare zero."""
    return f"{round(value) or 0}".replace("-", "\u2212")


def _back_and_sd(need: dict[str, Any]) -> str:
    """Return how far the pelvis turned back, with its standard deviation."""
    spread = _or_zero(need["pelvis_back_sd_deg"])
    return f"{need['pelvis_back_deg']:.0f} ± {shown_sd(spread):.0f}°"


def _or_nan(value: Any) -> float:
    return float(value) if _known(value) else math.nan


def _or_zero(value: Any) -> float:
    return float(value) if _known(value) else 0.0


def _needed(need: dict[str, Any]) -> str:
    """Return the needed activation as a range in percent."""
    low, high = need["needed_low"], need["needed_high"]
    if not (_known(low) and _known(high)):
        return "–"
    ends = [f"{100 * value:.0f}" for value in (low, high)]
    return f"{ends[0]} %" if ends[0] == ends[1] else say("glute.range", low=ends[0], high=ends[1])


def _force(numbers: dict[str, Any], prefix: str) -> str:
    """Return a compression with its band, kN."""
    centre, low, high = (
        numbers.get(f"{prefix}_compression_{part}") for part in ("n", "low_n", "high_n")
    )
    if not (_known(centre) and _known(low) and _known(high)):
        return "–"
    return say("force.band", force=centre / 1000, low=low / 1000, high=high / 1000)


def _range(numbers: dict[str, Any], stem: str) -> str:
    low, high = numbers.get(f"{stem}_low_n"), numbers.get(f"{stem}_high_n")
    if not (_known(low) and _known(high)):
        return "–"
    return say("load.shear_range", low=_signed(low), high=_signed(high))


def _signed(newtons: float) -> str:
    """Return tenths of kilonewtons with their sign, a true minus, and a bare zero."""
    rounded = round(newtons / 1000, 1)
    return number(rounded, "+.1f").replace("-", "\u2212") if rounded else "0"


def _degrees(value: Any) -> str:
    return f"{value:+.0f}°".replace("-", "\u2212") if _known(value) else "–"


def _moment(value: Any) -> str:
    """Return a moment to the ten that its estimate is worth, N m."""
    return say("load.about_moment", moment=float(round(value, -1))) if _known(value) else "–"


def _known(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and math.isfinite(value)
