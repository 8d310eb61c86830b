"""Detection: planted events found and missed by size and phase, and false positives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from backline.model.posture import FloatArray
from backline.validate.agreement import (
    area_under_roc,
    at_threshold,
    best_threshold,
    wilson,
)
from backline.validate.proxies import PROXIES

if TYPE_CHECKING:
    import pandas as pd

    from backline.validate.agreement import Cut

#: A squat whose knee bends at least this far is deep, degrees (thigh at or below level).
DEEP_KNEE_DEG = 110.0
#: A rep counts as clean in a place up to this planted size, degrees.
CLEAN_DEG = 0.5


@dataclass(frozen=True)
class DetectionTask:
    """One question put to every rep: whether there is rounding in this place.

    Parameters
    ----------
    place : {"bottom", "lockout"}
        Where.
    words : str
        The task in plain words.
    planted, clean : callable
        From the table of reps to which of them have it, and which have not.
    """

    place: str
    words: str
    planted: Callable[[pd.DataFrame], Any]
    clean: Callable[[pd.DataFrame], Any]


def _top_tuck(reps: pd.DataFrame) -> Any:
    return reps["planted_top"].between(8.0, 9.0)


def _clean_top(reps: pd.DataFrame) -> Any:
    return reps["planted_top"].abs() <= CLEAN_DEG


def _wink(reps: pd.DataFrame) -> Any:
    return (reps["lift"] == "squat") & (reps["planted_bottom"] >= 12.0)


def _deep_clean(reps: pd.DataFrame) -> Any:
    deep = (reps["lift"] == "squat") & (reps["knee_deg"] >= DEEP_KNEE_DEG)
    return deep & (reps["planted_bottom"].abs() <= CLEAN_DEG)


TOP_TUCK = DetectionTask("lockout", "opposite butt wink of 8 to 9 deg, against clean lockouts",
                _top_tuck, _clean_top)  # fmt: skip
BUTT_WINK = DetectionTask("bottom", "butt wink of 12 deg and more, against deep clean squats",
                 _wink, _deep_clean)  # fmt: skip


@dataclass(frozen=True)
class DetectionOutcome:
    """Counts of reps.

    Parameters
    ----------
    planted, hits : int
        Reps that have the event, and those of them with a certain finding. A rep that was not
        found or not measured counts as missed.
    clean, false : int
        Reps without it whose place was measured, and those of them with a certain finding.
    """

    planted: int
    hits: int
    clean: int
    false: int


def in_view(reps: pd.DataFrame, place: str) -> pd.DataFrame:
    """Leave out the reps whose low back a plate truly hides for most of a place.

    Parameters
    ----------
    reps : DataFrame
        As `backline.validate.ground_truth_comparison.rep_table` gives them.
    place : {"bottom", "lockout", "ascent", "over"}
        Where; ``"over"`` is over-extension at the lockout.
    """
    where = "lockout" if place == "over" else place
    return reps[~reps[f"hidden_{where}"].astype(bool)]


def outcome(reps: pd.DataFrame, task: DetectionTask) -> DetectionOutcome:
    """Count hits and false alarms of a task on the reps of the fair conditions."""
    fair = in_view(reps[reps["group"] == "fair"], task.place)
    alarm = fair[f"alarm_{task.place}"] == "certain"
    planted = task.planted(fair)
    clean = task.clean(fair) & fair[f"measured_{task.place}"].astype(bool)
    return DetectionOutcome(
        int(planted.sum()), int((planted & alarm).sum()),
        int(clean.sum()), int((clean & alarm).sum()),
    )  # fmt: skip


_SIZE_COLUMNS = (
    "lift", "place", "planted (deg)", "reps", "certain", "share", "95 % interval", "also uncertain",
)  # fmt: skip
#: Rows of the table by size: column of what is planted, place, smallest and largest, words.
SIZES: tuple[tuple[str, str, float, float, str], ...] = (
    ("planted_bottom", "bottom", 3.5, 5.0, "3.5 to 5"),
    ("planted_bottom", "bottom", 7.0, 9.0, "7 to 9"),
    ("planted_bottom", "bottom", 12.0, 15.0, "12 to 15"),
    ("planted_bottom", "bottom", 15.0, 20.0, "15 to 20"),
    ("planted_top", "lockout", 4.0, 6.0, "5"),
    ("planted_top", "lockout", 8.0, 9.0, "8 to 9"),
    ("planted_top", "over", -9.0, -7.0, "8, arched"),
    ("planted_ascent", "ascent", 7.0, 9.0, "8"),
)


def by_size(reps: pd.DataFrame) -> pd.DataFrame:
    """Return how many planted events were found, for each lift, place and size.

    Returns
    -------
    DataFrame
        ``lift, place, planted (deg), reps, certain, share, 95 % interval, also uncertain``.
    """
    import pandas as pd

    fair, rows = reps[reps["group"] == "fair"], []
    for lift in sorted(fair["lift"].unique()):
        for column, place, low, high, words in SIZES:
            some = fair[(fair["lift"] == lift) & fair[column].between(low, high)]
            some = in_view(some, place)
            if len(some):
                said = some[f"alarm_{place}"]
                certain, n = int((said == "certain").sum()), len(some)
                rows.append(
                    {
                        "lift": lift,
                        "place": "lockout" if place == "over" else place,
                        "planted (deg)": words,
                        "reps": n,
                        "certain": certain,
                        "share": certain / n,
                        "95 % interval": interval_text(certain, n),
                        "also uncertain": int((said == "uncertain").sum()),
                    }
                )
    return pd.DataFrame(rows, columns=list(_SIZE_COLUMNS))


#: What is planted in a clip, and the places where nothing is to be said of its reps.
SILENCES: dict[str, tuple[str, ...]] = {
    "clean": ("bottom", "ascent", "lockout", "over"),
    "deep": ("bottom", "ascent", "lockout", "over"),
    "thoracic": ("bottom", "ascent", "lockout", "over"),
    "neck": ("bottom", "ascent", "lockout", "over"),
    "bottom": ("lockout", "over"),
    "top": ("bottom", "ascent", "over"),
    "over": ("bottom", "lockout"),
}
_SILENCE_WORDS = {
    "clean": "clean rep",
    "deep": "deep squat, still low back",
    "thoracic": "18 deg of thoracic rounding alone",
    "neck": "30 deg of neck flexion alone",
    "bottom": "rounding at the bottom alone",
    "top": "rounding at the top alone",
    "over": "over-extension at the top alone",
}


def silences(reps: pd.DataFrame) -> pd.DataFrame:
    """Return how often there were false positives where nothing was planted.

    Returns
    -------
    DataFrame
        ``what is there, lift, reps``, then for each place ``"false / measured"`` of certain
        findings.
    """
    import pandas as pd

    fair, rows = reps[reps["group"] == "fair"], []
    for event, places in SILENCES.items():
        for lift in sorted(fair["lift"].unique()):
            some = fair[(fair["event"] == event) & (fair["lift"] == lift)]
            if not len(some):
                continue
            row: dict[str, Any] = {"what is there": _SILENCE_WORDS[event], "lift": lift}
            row["reps"] = len(some)
            for place in ("bottom", "ascent", "lockout", "over"):
                row[_PLACE_WORDS[place]] = _false_positives(some, place) if place in places else "–"
            rows.append(row)
    columns = ["what is there", "lift", "reps", *_PLACE_WORDS.values()]
    return pd.DataFrame(rows, columns=columns)


_PLACE_WORDS = {
    "bottom": "bottom", "ascent": "ascent", "lockout": "lockout", "over": "arched at lockout",
}  # fmt: skip


def _false_positives(reps: pd.DataFrame, place: str) -> str:
    where = "lockout" if place == "over" else place
    measured = reps[f"measured_{where}"].astype(bool)
    false = (reps[f"alarm_{place}"] == "certain") & measured
    return f"{int(false.sum())} / {int(measured.sum())}"


def rivals(reps: pd.DataFrame) -> pd.DataFrame:
    """Score Backline and the rules that others use on the same reps of the same tasks.

    Returns
    -------
    DataFrame
        ``task, rule, AUC, reps, threshold, sensitivity, false alarms, best threshold,
        sensitivity at best, false alarms at best``. A rule's own threshold is blank at the
        lockout, where nobody applies it. The best threshold is chosen on these very reps.
    """
    import pandas as pd

    rows = []
    for task in (BUTT_WINK, TOP_TUCK):
        fair = in_view(reps[reps["group"] == "fair"], task.place)
        planted, clean = fair[task.planted(fair)], fair[task.clean(fair)]
        found = outcome(reps, task)
        own = _rival_row(task, "Backline (size)", f"score_{task.place}", planted, clean)
        own |= {
            "threshold": "its rule",
            "sensitivity": found.hits / max(found.planted, 1),
            "false alarms": found.false / max(found.clean, 1),
        }
        rows.append(own)
        for proxy in PROXIES:
            column = f"{proxy.name}_{task.place}"
            row = _rival_row(task, proxy.words, column, planted, clean)
            if task.place == "bottom":
                rates = at_threshold(
                    _scores(planted, column), _scores(clean, column), proxy.threshold_deg
                )
                row |= {"threshold": f"{abs(rates.threshold):.0f} deg"} | _rates(rates)
            rows.append(row)
    return pd.DataFrame(rows)


def _rival_row(
    task: DetectionTask, rule: str, column: str, planted: pd.DataFrame, clean: pd.DataFrame
) -> dict[str, Any]:
    positive, negative = _scores(planted, column), _scores(clean, column)
    best = best_threshold(positive, negative)
    return {
        "task": task.words,
        "rule": rule,
        "AUC": area_under_roc(positive, negative),
        "reps": f"{len(positive)} / {len(negative)}",
        "threshold": "",
        "sensitivity": float("nan"),
        "false alarms": float("nan"),
        # a small hip angle is suspicious, so that its score is the angle with the sign turned
        "best threshold": -best.threshold if "hip_angle" in column else best.threshold,
        "sensitivity at best": best.sensitivity,
        "false alarms at best": best.false_alarms,
    }


def _rates(rates: Cut) -> dict[str, float]:
    return {"sensitivity": rates.sensitivity, "false alarms": rates.false_alarms}


def _scores(reps: pd.DataFrame, column: str) -> FloatArray:
    if column not in reps:
        return np.full(len(reps), np.nan)
    return reps[column].to_numpy(dtype=np.float64)


def interval_text(count: int, n: int) -> str:
    """Return Wilson's 95 % interval of a share in words."""
    low, high = wilson(count, n)
    return f"{low:.2f} to {high:.2f}"
