"""Model-free check whether two cues differ by more than the scatter between sets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Units:
    """The units to which a cue was assigned as a whole: sets or sessions.

    Where sessions hold both cues these are their sets, compared within sessions; else they are the
    sessions. Reps of one unit give no more information on the cue than their mean.

    Parameters
    ----------
    number : ndarray of int, shape (n_reps,)
        Which unit each rep belongs to, from 0; -1 for reps of sessions that hold one cue only
        where others hold both.
    design : ndarray, shape (n_units, n_levels)
        Cue B as 0 and 1 in the first column, then the level of each session (or of all).
    """

    number: NDArray[np.int64]
    design: Array

    @property
    def free(self) -> int:
        """Degrees of freedom that are left for the scatter."""
        return len(self.design) - int(np.linalg.matrix_rank(self.design)) if len(self.design) else 0

    def constant(self, values: Array) -> bool:
        """Return whether a covariate is constant within all units."""
        own = [values[self.number == one] for one in range(len(self.design))]
        return all(float(np.ptp(part)) == 0 for part in own)

    def means(self, values: Array) -> Array:
        """Return the mean of each unit; values of shape (n_reps, ...)."""
        return np.array(
            [values[self.number == one].mean(axis=0) for one in range(len(self.design))]
        )

    def error(self, sizes_deg: Array, covariates: Array, slopes: Array, spread: Array) -> float:
        """Return the standard error of B less A, degrees, from the units' means.

        Parameters
        ----------
        sizes_deg : ndarray, shape (n_reps,)
            What was measured.
        covariates : ndarray, shape (n_reps, k)
            Load and rep number, as far as they differ from the cue.
        slopes : ndarray, shape (k,)
            Their effects in the mixed model, which are subtracted first.
        spread : ndarray, shape (k, k)
            Covariance of the slopes; it adds to the error where the cues' covariates differ.
        """
        fixed = sum(self.constant(column) for column in covariates.T)
        means = self.means(sizes_deg - covariates @ slopes)
        inverse = np.linalg.pinv(self.design)
        rest = means - self.design @ (inverse @ means)
        free = max(self.free - fixed, 1)
        weights = inverse[0]
        apart = weights @ self.means(covariates)
        variance = float(rest @ rest) / free * float(weights @ weights)
        return math.sqrt(variance + float(apart @ spread @ apart))


def units_of(reps: pd.DataFrame) -> Units:
    """Return the units of two groups of sets.

    Parameters
    ----------
    reps : pandas.DataFrame
        As `backline.library.cue_comparison.compare` takes them; one place, index 0 to n - 1.
    """
    both = reps.groupby("session")["group"].transform("nunique") > 1
    used = reps[both] if both.any() else reps
    keys = ["session", "group", "set_id"] if both.any() else ["session", "group"]
    groups = used.groupby(keys, sort=True)
    number = np.full(len(reps), -1, dtype=np.int64)
    number[used.index.to_numpy()] = groups.ngroup().to_numpy()
    units = groups.size().reset_index()
    cue = (units["group"] == "B").to_numpy(dtype=float)[:, None]
    if not both.any():
        return Units(number, np.hstack([cue, np.ones_like(cue)]))
    levels = units["session"].to_numpy()[:, None] == units["session"].unique()[None, :]
    return Units(number, np.hstack([cue, levels.astype(float)]))
