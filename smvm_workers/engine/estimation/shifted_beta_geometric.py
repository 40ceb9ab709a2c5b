"""How long customers stay who differ in their churn: the shifted-beta-geometric model.

Fader & Hardie 2007, How to project customer retention, J. Interactive Marketing 21(1).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln

from smvm_workers.engine.estimation.maximum_likelihood import maximise

Array = NDArray[np.float64]

_ALIKE = 1e6
"""Of alpha + beta: from here on the customers do not differ in any way that could be told."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Customers who were there after ``start`` periods, and those ``kept`` after ``end``."""

    start: float
    end: float
    customers: float
    kept: float


@dataclass(frozen=True, slots=True)
class RetentionFit:
    """Churn a period is Beta(``alpha``, ``beta``) over customers: its mean is the first period's
    churn, and who is prone to leave leaves first."""

    alpha: float
    beta: float
    log_likelihood: float

    def surviving(self, periods: ArrayLike) -> Array:
        """The share of customers still there after so many periods."""
        return np.exp(_log_survival(self.alpha, self.beta, np.asarray(periods, np.float64)))

    def constant_churn(self, periods: float) -> float:
        """The churn a period that, were it alike for all, left as many after so many periods."""
        return float(1 - self.surviving(periods) ** (1 / periods))


def fit(cohorts: Sequence[Cohort]) -> RetentionFit:
    """Fit to cohorts, or to one cohort's stretches. Raises ``ValueError`` where all were watched
    over the same periods, or where nobody left or nobody stayed: then nothing tells how customers
    differ."""
    table = [(c.start, c.end, c.customers, c.kept) for c in cohorts]
    start, end, customers, kept = np.array(table, np.float64).reshape(-1, 4).T
    left = customers - kept
    if len({(c.start, c.end) for c in cohorts}) < 2 or not (kept.sum() > 0 and left.sum() > 0):
        raise ValueError("retention over two stretches of time is needed, of people who differ")

    def log_likelihood(parameters: Array) -> float:
        alpha, beta = parameters
        if alpha + beta > _ALIKE:
            return -np.inf
        stays = _log_survival(alpha, beta, end) - _log_survival(alpha, beta, start)
        leaves = np.log(-np.expm1(np.minimum(stays, -1e-300)))
        return float((kept * stays + left * leaves).sum())

    found = maximise(log_likelihood, np.array([1.0, 5.0]))
    alpha, beta = map(float, found.values)
    return RetentionFit(alpha, beta, found.log_likelihood)


def _log_survival(alpha: float, beta: float, periods: Array) -> Array:
    return np.asarray(betaln(alpha, beta + periods) - betaln(alpha, beta), dtype=np.float64)
