"""The posterior of one quantity whose logarithm is normal a priori, under any likelihood.

Everything happens in scores: deviations of the logarithm from its prior median, standard normal before
the evidence. The posterior is computed by quadrature, exact but for a grid finer than any use of it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Array = NDArray[np.float64]

_WIDEST = 9.0
"""Prior deviations within which a posterior may lie."""
_COARSE, _FINE = 400, 4001
_REFINEMENTS = 6
"""Each narrows the grid up to two hundredfold: enough for the posterior of 10^18 people."""
_NEGLIGIBLE = 40.0
"""Log density below the mode's that no longer counts: e^−40."""


@dataclass(frozen=True, slots=True)
class ScorePosterior:
    """The distribution function of a score after the evidence, on a grid."""

    scores: Array
    cumulative: Array

    def moved(self, before: Array) -> Array:
        """Scores drawn before the evidence, each at its quantile after it: a draw that was high for
        what was believed stays high for what is."""
        return np.asarray(np.interp(ndtr(before), self.cumulative, self.scores), np.float64)


def posterior(log_likelihood: Callable[[Array], Array], highest: float = _WIDEST) -> ScorePosterior:
    """The posterior of a score under a unimodal likelihood; ``highest`` bounds what is possible."""
    low, high = -_WIDEST, min(highest, _WIDEST)
    for _ in range(_REFINEMENTS):
        grid = np.linspace(low, high, _COARSE)
        counts = np.flatnonzero(_density(log_likelihood, grid) > -_NEGLIGIBLE)
        low, high = grid[max(counts[0] - 1, 0)], grid[min(counts[-1] + 1, _COARSE - 1)]
    grid = np.linspace(low, high, _FINE)
    density = np.exp(_density(log_likelihood, grid))
    steps = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return ScorePosterior(grid, steps / steps[-1])


def _density(log_likelihood: Callable[[Array], Array], grid: Array) -> Array:
    """Log posterior density, 0 at the mode."""
    logs = log_likelihood(grid) - grid**2 / 2
    return np.asarray(logs - logs.max(), dtype=np.float64)
