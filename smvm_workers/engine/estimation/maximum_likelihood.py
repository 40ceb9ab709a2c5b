"""Maximum likelihood over positive parameters, with standard errors from the observed information."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Array = NDArray[np.float64]

_STEP = 1e-4
"""Of the central differences, in the logarithm of a parameter."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Estimates, their standard errors (NaN where the data do not identify them), and the
    log-likelihood at the optimum."""

    values: Array
    errors: Array
    log_likelihood: float


def maximise(log_likelihood: Callable[[Array], float], start: Array) -> Estimate:
    """The maximum over parameters that are positive: found, and errors taken, in their logarithms
    (delta method). Deterministic."""

    def loss(logs: Array) -> float:
        return -log_likelihood(np.exp(logs))

    found = minimize(loss, np.log(start), method="L-BFGS-B", options={"maxiter": 500})
    polished = minimize(
        loss, found.x, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10}
    )
    values = np.exp(polished.x)
    errors = errors_of(_hessian(loss, polished.x)) * values
    return Estimate(values, errors, -float(polished.fun))


def errors_of(information: Array) -> Array:
    """Standard errors from the information matrix; NaN for what it does not identify."""
    try:
        variances = np.diag(np.linalg.inv(information))
    except np.linalg.LinAlgError:
        return np.full(len(information), np.nan)
    return np.sqrt(np.where(variances > 0, variances, np.nan))


def _hessian(function: Callable[[Array], float], at: Array) -> Array:
    steps = np.eye(at.size) * _STEP
    rows = [
        [
            function(at + a + b)
            - function(at + a - b)
            - function(at - a + b)
            + function(at - a - b)
            for b in steps
        ]
        for a in steps
    ]
    return np.array(rows, dtype=np.float64) / (4 * _STEP**2)
