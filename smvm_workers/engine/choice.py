"""Logit choice (Train 2009, Discrete Choice Methods with Simulation, ch. 3)."""

from functools import reduce

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def shares(utilities: ArrayLike) -> Array:
    """Choice probabilities over the last axis; an outside option is one of the alternatives."""
    values = np.asarray(utilities, dtype=float)
    # one alternative after the other: NumPy is slow to look for the greatest of a few
    highest: Array = reduce(np.maximum, np.moveaxis(values, -1, 0))
    weights = values - highest[..., None]
    np.exp(weights, out=weights)
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights


def own_elasticity(price_coefficient: ArrayLike, price: ArrayLike, share: ArrayLike) -> Array:
    """Of the share by its own price: −β_p·price·(1 − P), for β_p > 0; broadcasts."""
    coefficient, price, share = _arrays(price_coefficient, price, share)
    return -coefficient * price * (1 - share)


def cross_elasticity(
    price_coefficient: ArrayLike, other_price: ArrayLike, other_share: ArrayLike
) -> Array:
    """Of the share by another's price: β_p·price_j·P_j; broadcasts."""
    coefficient, price, share = _arrays(price_coefficient, other_price, other_share)
    return coefficient * price * share


def _arrays(*values: ArrayLike) -> tuple[Array, ...]:
    return tuple(np.asarray(value, dtype=np.float64) for value in values)
