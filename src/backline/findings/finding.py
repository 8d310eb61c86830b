"""Finding: one stretch of one rep where the low back rounded, over-arched or drifted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from backline.reps import Phase, Shape

Kind = Literal["rounding", "over_extension", "drift"]
Curve = Shape
ProbabilityOf = Literal["size", "shape", "change"]


def rank_of(
    kind: str, rep: int, certain: bool, size_deg: float
) -> tuple[bool, bool, bool, bool, float]:
    """Return a key by which the finding that a result leads with is the largest.

    What lies outside the reps comes last; certain ones before uncertain ones, roundings before
    others, a rep's before the whole set's, and then the larger.
    """
    return bool(rep) or kind == "drift", certain, kind == "rounding", bool(rep), size_deg


@dataclass(frozen=True)
class Finding:
    """One finding. Field by field as in the contract of ``analysis.json``.

    Parameters
    ----------
    kind, where, name : str
        See the contract: ``name`` is what people call it, for example "butt wink".
    rep : int
        Rep number from 1; 0 for a finding over the whole set (drift) or outside every rep.
    start_s, peak_s, end_s : float
        Seconds.
    size_deg, sd_deg : float
        Size and its standard deviation, degrees, always positive for the named kind.
    probability : float
        Of what ``probability_of`` names.
    certain : bool
        False for sizes of 3 to 5 degrees, or probability below 0.9: "possible".
    curve : {"kept", "flattened", "reversed", "unknown"}
        What became of the lumbar curve at the peak; unknown where the source does not give it.
    pelvis_share : float
        Of the change in hip angle, the part made by the pelvis, NaN unknown.
    mechanism : str
        Named cause, "unclear" where the evidence does not separate causes.
    load : dict
        Load at the peak where a load was given; where the bar is on the floor then, as it
        leaves it.
    explanation : str
        One sentence as a coach would say it.
    cues : tuple of str
        Ids of cues to try.
    probability_of : {"size", "shape", "change"}
        That the true size is above the setting's floor (3 degrees), that the curve is rounded
        past flat, whatever its size, or that the change from the reference is beyond the
        published range.
    """

    kind: Kind
    where: Phase
    name: str
    rep: int
    start_s: float
    peak_s: float
    end_s: float
    size_deg: float
    sd_deg: float
    probability: float
    certain: bool
    curve: Curve
    pelvis_share: float = float("nan")
    mechanism: str = "unclear"
    load: dict[str, float] = field(default_factory=dict)
    explanation: str = ""
    cues: tuple[str, ...] = ()
    probability_of: ProbabilityOf = "size"

    @property
    def outside(self) -> bool:
        """Whether it lies outside every rep."""
        return self.rep == 0 and self.kind != "drift"
