"""Repeat purchases of customers who leave unseen: the BG/NBD model.

Fader, Hardie & Lee 2005, "Counting your customers" the easy way, Marketing Science 24(2), eq. 6.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln, gammaln

from smvm_workers.engine.estimation.maximum_likelihood import maximise

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BgNbdFit:
    """While active a customer buys at a rate from Gamma(``r``, ``alpha``), and after each purchase
    leaves with a chance from Beta(``a``, ``b``); ``errors`` in this order."""

    r: float
    alpha: float
    a: float
    b: float
    errors: tuple[float, float, float, float]
    log_likelihood: float


def fit(purchases: ArrayLike, recency: ArrayLike, age: ArrayLike) -> BgNbdFit:
    """Fit to one row per customer: repeat purchases, time of the last one, and time observed (both
    since the first purchase, in one unit). Raises ``ValueError`` where nobody bought again."""
    x, last, observed = (np.asarray(values, np.float64) for values in (purchases, recency, age))
    if not x.sum() > 0:
        raise ValueError("the model needs customers who bought again")
    # the likelihood is flat along the unit of time: fit in one in which the customers are ten old
    unit = 10 / observed.max()
    found = maximise(lambda p: log_likelihood(p, x, last * unit, observed * unit), np.ones(4))
    scale = np.array([1, 1 / unit, 1, 1])
    r, alpha, a, b = map(float, found.values * scale)
    errors = tuple(map(float, found.errors * scale))
    value = found.log_likelihood + float(x.sum()) * np.log(unit)
    return BgNbdFit(r, alpha, a, b, (errors[0], errors[1], errors[2], errors[3]), value)


def log_likelihood(parameters: Array, x: Array, last: Array, observed: Array) -> float:
    """Of (r, alpha, a, b), summed over customers."""
    r, alpha, a, b = parameters
    purchases = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    stays = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + observed)
    # who never bought again cannot have left after a repeat purchase
    again = np.maximum(x, 1)
    leaves = betaln(a + 1, b + again - 1) - betaln(a, b) - (r + again) * np.log(alpha + last)
    return float((purchases + np.logaddexp(stays, np.where(x > 0, leaves, -np.inf))).sum())
