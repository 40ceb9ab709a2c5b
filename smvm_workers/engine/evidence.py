"""Observed traction changes what is believed: Bayes over the draws of the priors.

Conversion is conjugate (Beta–Binomial); price tests re-weight the draws of price response by their
likelihood and resample. Stated intentions count for a part of what people really do.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import beta as beta_distribution

from smvm_workers.engine.domain import Finding, Interval, Observation
from smvm_workers.engine.priors import Draws
from smvm_workers.engine.reference.tables import assumption

Array = NDArray[np.float64]

_BEHAVIOUR = frozenset({"visits", "sign_ups", "orders"})
_STATED = frozenset({"interview", "survey"})
_SURPRISE = 0.01
"""Prior predictive tail probability below which evidence contradicts the prior."""


@dataclass(frozen=True, slots=True)
class Update:
    """What the evidence changed: conversion before and after (median and 80 % interval), how many
    observations were used, the effective number of draws left by price tests."""

    draws: Draws
    conversion_before: Interval
    conversion_after: Interval
    observations: int
    effective_draws: float
    findings: tuple[Finding, ...]


def update(
    draws: Draws, observations: tuple[Observation, ...], seed: int, usual_price: float
) -> Update:
    """Condition the draws on the observations; without any they stay what they are.

    ``usual_price`` is what the price coefficient counts in, in USD: a price test at this price is
    at relative price 1.
    """
    prior = _beta_prior()
    posterior, findings = _conjugate(prior, observations)
    conversion = _beta_draws(posterior, seed, draws.size)
    # adoption follows conversion: visitors who act are the innovators of the Bass model
    ratio = conversion / np.median(draws.conversion)
    moved = draws
    if posterior != prior:
        moved = replace(
            draws, conversion=conversion, innovation=draws.innovation * np.clip(ratio, 0.02, 50)
        )
    weights = _price_weights(moved, observations, usual_price)
    effective = float(1 / np.sum(weights**2))
    if any(o.kind == "price_test" for o in observations):
        moved = moved.take(_resample(weights))
    return Update(
        draws=moved,
        conversion_before=_interval(prior),
        conversion_after=_interval(posterior),
        observations=len(observations),
        effective_draws=effective,
        findings=findings,
    )


def _beta_prior() -> tuple[float, float]:
    """The Beta distribution whose mean and spread are those of the conversion assumption."""
    interval = assumption("conversion").interval
    deviation = (interval.high - interval.low) / 2.563
    strength = interval.median * (1 - interval.median) / deviation**2 - 1
    return interval.median * strength, (1 - interval.median) * strength


def _conjugate(
    prior: tuple[float, float], observations: tuple[Observation, ...]
) -> tuple[tuple[float, float], tuple[Finding, ...]]:
    a, b = prior
    found = []
    stated = assumption("stated_intention_weight").interval.median
    for seen in observations:
        if seen.kind in _BEHAVIOUR:
            if _tail(prior, seen) < _SURPRISE:
                found.append(_contradiction(seen))
            a, b = a + seen.successes, b + seen.trials - seen.successes
        elif seen.kind in _STATED:
            a += stated * seen.successes * stated
            b += stated * (seen.trials - seen.successes * stated)
    return (a, b), tuple(found)


def _tail(prior: tuple[float, float], seen: Observation) -> float:
    """Two-sided prior predictive probability of something at least as far out (Beta-Binomial),
    by the normal approximation."""
    a, b = prior
    n, mean = seen.trials, a / (a + b)
    variance = n * mean * (1 - mean) * (a + b + n) / (a + b + 1)
    distance = abs(seen.successes - n * mean) / np.sqrt(variance)
    return float(2 * (1 - ndtr(distance)))


def _contradiction(seen: Observation) -> Finding:
    text = (
        f"{seen.successes} of {seen.trials} {seen.kind.replace('_', ' ')} is far from what such"
        " offers usually see; it counts in full, and should be checked"
    )
    return Finding("evidence-surprising", "warning", text)


def _beta_draws(parameters: tuple[float, float], seed: int, size: int) -> Array:
    generator = np.random.Generator(np.random.Philox(key=[seed, 0xE71DE7CE]))
    return np.asarray(beta_distribution.ppf(generator.random(size), *parameters), np.float64)


def _interval(parameters: tuple[float, float]) -> Interval:
    low, median, high = beta_distribution.ppf([0.1, 0.5, 0.9], *parameters)
    return Interval(float(median), float(low), float(high))


def _price_weights(
    draws: Draws, observations: tuple[Observation, ...], usual_price: float
) -> Array:
    """Normalised likelihood of the price tests under each draw: a buyer takes the offer with the
    logit of status quo against price."""
    log_weights = np.zeros(draws.size)
    for seen in observations:
        if seen.kind != "price_test" or seen.price is None:
            continue
        utility = draws.quality_coefficient - draws.price_coefficient * seen.price / usual_price
        chance = 1 / (1 + np.exp(np.clip(draws.status_quo - utility, -30, 30)))
        misses = seen.trials - seen.successes
        log_weights += seen.successes * np.log(chance) + misses * np.log1p(-chance)
    weights = np.exp(log_weights - log_weights.max())
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _resample(weights: Array) -> NDArray[np.int64]:
    """Systematic resampling (Kitagawa 1996) from the middle of each stratum."""
    marks = (np.arange(weights.size) + 0.5) / weights.size
    rows = np.searchsorted(np.cumsum(weights), marks)
    return np.minimum(rows, weights.size - 1).astype(np.int64)
