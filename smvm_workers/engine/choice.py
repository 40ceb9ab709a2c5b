"""Logit choice (Train 2009, Discrete Choice Methods with Simulation, ch. 3)."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def shares(utilities: ArrayLike) -> Array:
    """Choice probabilities over the last axis; an outside option is one of the alternatives."""
    values = np.asarray(utilities, dtype=float)
    weights = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True), dtype=np.float64)


def own_elasticity(price_coefficient: float, price: float, share: float) -> float:
    """Of the share by its own price: −β_p·price·(1 − P), for β_p > 0."""
    return -price_coefficient * price * (1 - share)


def cross_elasticity(price_coefficient: float, other_price: float, other_share: float) -> float:
    """Of the share by another's price: β_p·price_j·P_j."""
    return price_coefficient * other_price * other_share
