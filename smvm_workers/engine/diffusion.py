"""The Bass model (Bass 1969, Management Science 15(5)): adoption, its peak, and its fit to sales.

Times are in years and coefficients per year unless a caller uses another unit throughout.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import least_squares

from smvm_workers.engine.estimation.maximum_likelihood import maximise

Array = NDArray[np.float64]


def adoption(p: ArrayLike, q: ArrayLike, t: ArrayLike) -> Array:
    """The cumulative share F(t) of eventual adopters; broadcasts. ``p`` > 0, ``q`` ≥ 0."""
    p, q, t = (np.asarray(x, dtype=float) for x in (p, q, t))
    decay = np.exp(-(p + q) * t)
    return np.asarray((1 - decay) / (1 + q / p * decay), dtype=np.float64)


def adoption_after(reached: ArrayLike, p: ArrayLike, q: ArrayLike, time: float) -> Array:
    """F after ``time`` more, from the share ``reached``, at constant p and q: the exact solution of
    F' = (p + qF)(1 - F), so that p may change from step to step. ``q`` > 0; p may be 0."""
    reached, p, q = (np.asarray(x, dtype=float) for x in (reached, p, q))
    hazard, resisting = p + q * reached, (1 - reached) * np.exp(-(p + q) * time)
    return np.asarray((hazard - p * resisting) / (hazard + q * resisting), dtype=np.float64)


def peak(p: float, q: float, m: float) -> tuple[float, float]:
    """When sales peak, and at what rate: T* = ln(q/p)/(p+q) and m(p+q)²/4q (Bass 1969, eqs 9, 10).

    With q ≤ p sales only fall: the peak is at once, at the rate p·m.
    """
    if q <= p:
        return 0.0, p * m
    return float(np.log(q / p) / (p + q)), m * (p + q) ** 2 / (4 * q)


def ring_adoption(p: float, q: float, t: ArrayLike) -> Array:
    """F(t) on a one-sided ring (Fibich & Gibori 2010, Operations Research 58(5))."""
    t = np.asarray(t, dtype=float)
    exponent = -(p + q) * t + q * (1 - np.exp(-p * t)) / p
    return np.asarray(1 - np.exp(exponent), dtype=np.float64)


def per_day(rate_per_year: float) -> float:
    """A hazard per year as a hazard per day."""
    return rate_per_year / 365.0


@dataclass(frozen=True, slots=True)
class BassFit:
    """``m`` in the unit of the sales. Standard errors: from the Jacobian at the optimum for least
    squares, which see every deviation from the curve; from the information matrix for maximum
    likelihood, which see only the chance in who buys when."""

    p: float
    q: float
    m: float
    p_error: float
    q_error: float
    m_error: float
    r_squared: float
    method: Literal["least_squares", "maximum_likelihood"]


def fit(sales: ArrayLike) -> BassFit:
    """Fit p, q, m to sales per period by least squares on the differences of F.

    Srinivasan & Mason 1986 (Marketing Science 5(2)). Raises ``ValueError`` for fewer than four
    periods or sales that are not positive.
    """
    observed = _checked(sales)
    times = np.arange(observed.size + 1, dtype=float)
    scale = observed.sum()

    def residuals(parameters: Array) -> Array:
        p, q, m = np.exp(parameters)
        return np.asarray((m * np.diff(adoption(p, q, times)) - observed / scale), np.float64)

    starts = [(p, q, m) for p in (0.003, 0.02) for q in (0.2, 0.5) for m in (1.0, 2.0)]
    fits = [least_squares(residuals, np.log(start), xtol=1e-14, ftol=1e-14) for start in starts]
    best = min(fits, key=lambda f: f.cost)
    units = np.array([1, 1, scale])
    values = np.exp(best.x) * units
    errors = _standard_errors(best.jac, best.fun) * values
    return _bass_fit(observed, values, errors, "least_squares")


def fit_likelihood(sales: ArrayLike, population: float) -> BassFit:
    """Fit p, q, m to numbers of first purchases per period by maximum likelihood.

    Schmittlein & Mahajan 1982 (Marketing Science 1(1)): each of the ``population``, counted in the
    unit of the sales, buys in one of the periods, later, or never. The standard errors take the
    sales for counts: sales in thousands must be given in ones. Raises ``ValueError`` as ``fit``
    does, and for a population that the sales exceed.
    """
    observed = _checked(sales)
    if not observed.sum() < population < np.inf:
        raise ValueError("the population must be larger than the sales together")
    times = np.arange(observed.size + 1, dtype=float)
    first = fit(observed)

    def log_likelihood(parameters: Array) -> float:
        p, q, odds = parameters
        bought = odds / (1 + odds) * np.diff(adoption(p, q, times))
        logs = observed * np.log(np.maximum(bought, 1e-300))
        return float(logs.sum() + (population - observed.sum()) * np.log1p(-bought.sum()))

    ever = min(first.m / population, 0.99)
    found = maximise(log_likelihood, np.array([first.p, first.q, ever / (1 - ever)]))
    p, q, odds = found.values
    slope = population / (1 + odds) ** 2
    values = np.array([p, q, population * odds / (1 + odds)])
    return _bass_fit(observed, values, found.errors * [1, 1, slope], "maximum_likelihood")


def _checked(sales: ArrayLike) -> Array:
    observed = np.asarray(sales, dtype=float)
    if observed.size < 4 or not np.all(np.isfinite(observed)) or observed.sum() <= 0:
        raise ValueError("a fit needs at least four periods of positive sales")
    return observed


def _bass_fit(
    observed: Array,
    values: Array,
    errors: Array,
    method: Literal["least_squares", "maximum_likelihood"],
) -> BassFit:
    p, q, m = map(float, values)
    fitted = m * np.diff(adoption(p, q, np.arange(observed.size + 1.0)))
    unexplained = float(((observed - fitted) ** 2).sum())
    r_squared = 1 - unexplained / float(((observed - observed.mean()) ** 2).sum())
    p_error, q_error, m_error = map(float, errors)
    return BassFit(p, q, m, p_error, q_error, m_error, r_squared, method)


def _standard_errors(jacobian: Array, residuals: Array) -> Array:
    freedom = max(1, residuals.size - jacobian.shape[1])
    variance = float(residuals @ residuals) / freedom
    covariance = variance * np.linalg.pinv(jacobian.T @ jacobian)
    return np.asarray(np.sqrt(np.diag(covariance)), dtype=np.float64)
