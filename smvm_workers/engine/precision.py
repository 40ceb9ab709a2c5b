"""How exact simulated figures are: values of shape (draws, replications), nested.

Draws differ by what is not known (parameters), replications of one draw by chance alone. The two are
kept apart by a one-way analysis of variance with random effects (Searle, Casella & McCulloch 1992).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Precision:
    """Of one output: its mean, the Monte Carlo standard error of that, and its variance from
    uncertain parameters and from chance. ``chance_share`` is the part of chance in both."""

    mean: float
    error: float
    parameter_variance: float
    chance_variance: float
    chance_share: float


def precision(values: Array) -> Precision:
    """Of values (draws, replications), at least two of each."""
    chance = float(values.var(axis=1, ddof=1).mean())
    means = values.mean(axis=1)
    between = float(means.var(ddof=1))
    parameters = max(0.0, between - chance / values.shape[1])
    whole = parameters + chance
    return Precision(
        mean=float(means.mean()),
        error=mean_error(values),
        parameter_variance=parameters,
        chance_variance=chance,
        chance_share=chance / whole if whole > 0 else 0.0,
    )


def mean_error(values: Array) -> float:
    """Monte Carlo standard error of the mean over draws and replications; draws are independent."""
    means = values.mean(axis=1)
    return float(means.std(ddof=1) / np.sqrt(means.size))


def paired_ratio(values: Array, baseline: Array) -> tuple[float, float]:
    """Ratio of two means over the draws that both have, and its error by the delta method. With
    common random numbers what both share cancels."""
    size = min(len(values), len(baseline))
    ours, theirs = values[:size].mean(axis=1), baseline[:size].mean(axis=1)
    mean = float(theirs.mean())
    if mean == 0:
        return 1.0, 0.0
    ratio = float(ours.mean()) / mean
    deviations = ours - ratio * theirs
    return ratio, float(deviations.std(ddof=1) / np.sqrt(size) / mean)
