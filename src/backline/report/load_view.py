"""The report's part on load and glutes: plain words and bands, ready for the template."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeGuard

from backline.loads.bar import PLACES
from backline.texts import say

if TYPE_CHECKING:
    from backline.analysis import LiftAnalysis

MODELS = (("l5s1", "one muscle"), ("muscles", "muscle by muscle"))
"""Both spinal models: the prefix of their numbers, and their names."""
ENDS = (("bottom", "Bottom"), ("lockout", "Top"))
CAUSES = {
    "trunk_lean": "2° of trunk lean",
    "lumbar_flexion": "2° of low back",
    "load": "5 kg of bar",
    "body_mass": "5 kg of body mass",
    "bar_place": "3 cm of bar place",
}
"""What is varied, in words."""
LEAST_BACK_DEG = 3.0
SURE = 1.28
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
        "place": PLACES[analysis.loads.place].words if analysis.loads.place else "",
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
    bends = [_degrees(ends[e]["lumbar_flexion_deg"]) for e, _ in ENDS]
    rows = [(say("load.low_back"), bends)]
    if not _known(ends["bottom"].get("l5s1_moment_nm")):
        return rows
    moments = [_moment(ends[e].get("l5s1_moment_nm")) for e, _ in ENDS]
    forces = [_force(ends[e], MODELS[0][0]) for e, _ in ENDS]
    return [*rows, (say("load.compression"), forces), (say("load.moment"), moments)]


def _rows_more(ends: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Return what stands behind the fold: the second model, and shear by both."""
    if not ends or not _known(ends["bottom"].get("l5s1_moment_nm")):
        return []
    prefix, name = MODELS[1]
    rows = [(say("load.compression_by", model=name), [_force(ends[e], prefix) for e, _ in ENDS])]
    for prefix, name in MODELS:
        shear = [_range(ends[e], f"{prefix}_shear") for e, _ in ENDS]
        rows.append((say("load.shear_by", model=name), shear))
    return rows


def _bands(ends: dict[str, Any]) -> dict[str, Any]:
    """Return compression as bars on one scale: percent of the widest."""
    bars = []
    for end, place in ENDS:
        values = [
            ends.get(end, {}).get(f"{MODELS[0][0]}_compression_{part}")
            for part in ("low_n", "n", "high_n")
        ]
        if all(_known(value) for value in values):
            bars.append((place, [max(0.0, float(value)) / 1000 for value in values]))
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
                "text": f"{centre:.1f} kN ({low:.1f} to {high:.1f})",
            }
            for place, (low, centre, high) in bars
        ],
    }


def _peak(peak: dict[str, Any] | None) -> str:
    """Return where in the set the load was largest, in one sentence."""
    if not peak or not _known(peak.get("l5s1_compression_n")):
        return ""
    time, force = f"{peak['time_s']:.1f} s", f"about {_force(peak, MODELS[0][0])}"
    if peak.get("rep"):
        return say("load.peak_rep", rep=peak["rep"], time=time, force=force)
    return say("load.peak", time=time, force=force)


def _strength(peak: dict[str, Any] | None) -> str:
    """Return how strong the second model's trunk would have to be, where it is too weak."""
    strength = (peak or {}).get("muscles_strength")
    if not (_known(strength) and float(strength) > 1):
        return ""
    return say("load.strength", times=f"{strength:.1f}")


def _errors(load: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return what small errors do at the heaviest moment: cause, moment, compression."""
    rows = []
    for cause, interval in (load.get("sensitivity") or {}).items():
        moment = "–".join(f"{round(value, -1):.0f}" for value in interval["moment_nm"])
        force = "–".join(f"{value / 1000:.1f}" for value in interval["compression_n"])
        rows.append((CAUSES.get(cause, cause), f"{moment} N m", f"{force} kN"))
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
            "name": f"{low:.0f} to {high:.0f}°".replace("-", "\u2212"),
            "time": round(100 * time / sum(times), 1),
            "load": round(100 * force / sum(forces), 1) if loaded else None,
        }
        for low, high, time, force in zip(edges[:-1], edges[1:], times, forces, strict=True)
    ]
    share = spent.get("flexed_share")
    text = (
        f"{100 * share:.0f} % of the load (compression times time) fell on a low back "
        f"{spent['flexed_from_deg']:.0f}° or more rounded from standing."
        if _known(share)
        else ""
    )
    return {"bars": bars, "text": text}


def glute_view(glutes: dict[str, Any]) -> dict[str, Any]:
    """Return the lockouts as rows and what they say, from the summary's ``glutes``.

    Parameters
    ----------
    glutes : dict
        See `backline.loads.digest.glute_digest`; may be empty.

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
        far = f", as far as this recording can tell ({_back_and_sd(most)})" if rough else ""
        return (
            f"Once the thighs had arrived, the pelvis stayed where it was{far}: the glutes turned "
            "the thighs, and then held."
        )
    if most["pelvis_back_deg"] < limit_deg:
        return (
            f"Once the thighs had arrived, the pelvis turned back by {_back_and_sd(most)} at most: "
            "this recording cannot distinguish that from none."
        )
    need = _need_sentence(most)
    return (
        f"In rep {most['rep']} the glutes had shortened by {100 * most['raising']:.0f} % of their "
        "standing length when the thighs arrived, and went on by another "
        f"{100 * most['beyond']:.0f} %: that turned the pelvis back by "
        f"{_back_and_sd(most)} and moved no thigh.{need}"
    )


def _need_sentence(need: dict[str, Any]) -> str:
    """Say what standing there asks of the hips."""
    if not _known(need["needed_low"]):
        return ""
    if need["moment_nm"] <= 0:
        return " The weight then lay behind the hips: standing there needed nothing of the glutes."
    return (
        f" To stand there under this bar the hips needed {need['moment_nm']:.0f} N m, "
        f"{_needed(need)} of the glutes' strength in the model."
    )


def _back(need: dict[str, Any]) -> str:
    """Return how far the pelvis turned back; in words where it may not have turned at all."""
    back = float(need["pelvis_back_deg"])
    if abs(back) <= SURE * _or_zero(need["pelvis_back_sd_deg"]):
        return f"about {_whole(back)}°, uncertain"
    return _back_and_sd(need)


def _whole(value: float) -> str:
    """Return a whole number with a true minus, and a bare zero."""
    return f"{round(value) or 0}".replace("-", "\u2212")


def _back_and_sd(need: dict[str, Any]) -> str:
    """Return how far the pelvis turned back, with its standard deviation."""
    spread = _or_zero(need["pelvis_back_sd_deg"])
    return f"{need['pelvis_back_deg']:.0f} ± {max(spread, 1.0):.0f}°"


def _or_zero(value: Any) -> float:
    return float(value) if _known(value) else 0.0


def _needed(need: dict[str, Any]) -> str:
    """Return the needed activation as a range in percent."""
    low, high = need["needed_low"], need["needed_high"]
    if not (_known(low) and _known(high)):
        return "–"
    ends = [f"{100 * value:.0f}" for value in (low, high)]
    return f"{ends[0]} %" if ends[0] == ends[1] else f"{ends[0]} to {ends[1]} %"


def _force(numbers: dict[str, Any], prefix: str) -> str:
    """Return a compression with its band, kN."""
    centre, low, high = (
        numbers.get(f"{prefix}_compression_{part}") for part in ("n", "low_n", "high_n")
    )
    if not (_known(centre) and _known(low) and _known(high)):
        return "–"
    return f"{centre / 1000:.1f} kN ({low / 1000:.1f} to {high / 1000:.1f})"


def _range(numbers: dict[str, Any], stem: str) -> str:
    low, high = numbers.get(f"{stem}_low_n"), numbers.get(f"{stem}_high_n")
    if not (_known(low) and _known(high)):
        return "–"
    return f"{_signed(low)} to {_signed(high)} kN"


def _signed(newtons: float) -> str:
    """Return tenths of kilonewtons with their sign, a true minus, and a bare zero."""
    rounded = round(newtons / 1000, 1)
    return f"{rounded:+.1f}".replace("-", "\u2212") if rounded else "0"


def _degrees(value: Any) -> str:
    return f"{value:+.0f}°".replace("-", "\u2212") if _known(value) else "–"


def _moment(value: Any) -> str:
    """Return a moment to the ten that its estimate is worth, N m."""
    return f"about {round(value, -1):.0f} N m" if _known(value) else "–"


def _known(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and math.isfinite(value)
