"""The conditional (multinomial) logit by Newton's method (McFadden 1974; Train 2009, ch. 3)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smvm_workers.engine.estimation.maximum_likelihood import Estimate, errors_of

Array = NDArray[np.float64]

_TOLERANCE = 1e-10
_MOST_STEPS = 50
_TOO_FAR = 10.0
"""Log odds per deviation of an attribute beyond which the choices separate: no estimate exists."""


class NotIdentifiedError(ValueError):
    """The choices do not determine the coefficients: one follows from others, or separates."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Choice situations: ``attributes`` (situations, alternatives, attributes), ``available`` (bool)
    and ``counts`` (situations, alternatives): how often each alternative was chosen."""

    attributes: Array
    available: NDArray[np.bool_]
    counts: Array


def one_each(
    attributes: Array, chosen: NDArray[np.int64], available: Array | None = None
) -> Choices:
    """Situations in which one alternative each was chosen; all are available unless said."""
    shape = attributes.shape[:2]
    counts = np.zeros(shape)
    counts[np.arange(len(chosen)), chosen] = 1
    offered = np.ones(shape, bool) if available is None else np.asarray(available, bool)
    return Choices(np.asarray(attributes, np.float64), offered, counts)


def fit(choices: Choices) -> Estimate:
    """The coefficients that make the choices likeliest; the likelihood is concave.

    Raises ``NotIdentifiedError`` where there is no single finite optimum.
    """
    scale = _scales(choices)
    scaled = Choices(choices.attributes / scale, choices.available, choices.counts)
    values = np.zeros(scale.size)
    value, gradient, information = _derivatives(scaled, values)
    for _ in range(_MOST_STEPS):
        step = _newton_step(information, gradient)
        values, value, gradient, information = _ascend(scaled, values, value, step)
        if np.abs(values).max() > _TOO_FAR:
            raise NotIdentifiedError("an attribute separates the choices perfectly")
        if gradient @ step < _TOLERANCE:
            break
    return Estimate(values / scale, errors_of(information) / scale, value)


def probabilities(choices: Choices, coefficients: Array) -> Array:
    """Of each alternative in each situation, 0 where it is not available."""
    utilities = np.where(choices.available, choices.attributes @ coefficients, -np.inf)
    weights = np.exp(utilities - utilities.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float64)


def _scales(choices: Choices) -> Array:
    spread = choices.attributes[choices.available].std(axis=0)
    if not np.all(spread > 0):
        raise NotIdentifiedError("an attribute never varies")
    return np.asarray(spread, dtype=np.float64)


def _derivatives(choices: Choices, coefficients: Array) -> tuple[float, Array, Array]:
    """Log-likelihood, gradient, and information (minus the Hessian)."""
    shares = probabilities(choices, coefficients)
    trials = choices.counts.sum(axis=1)
    taken = choices.counts > 0
    value = float((choices.counts[taken] * np.log(shares[taken])).sum())
    surplus = choices.counts - trials[:, None] * shares
    gradient = np.einsum("sa,sak->k", surplus, choices.attributes)
    centred = choices.attributes - np.einsum("sa,sak->sk", shares, choices.attributes)[:, None]
    weights = trials[:, None] * shares
    return value, gradient, np.einsum("sa,sak,sal->kl", weights, centred, centred, optimize=True)


def _newton_step(information: Array, gradient: Array) -> Array:
    if np.linalg.cond(information) > 1e14:
        raise NotIdentifiedError("the attributes depend on each other, or separate the choices")
    return np.asarray(np.linalg.solve(information, gradient), dtype=np.float64)


def _ascend(
    choices: Choices, values: Array, value: float, step: Array
) -> tuple[Array, float, Array, Array]:
    """The longest of the step and its halves that does not go down."""
    for _ in range(_MOST_STEPS):
        found = _derivatives(choices, values + step)
        if found[0] >= value - 1e-12 * abs(value):
            break
        step = step / 2
    return values + step, *found
