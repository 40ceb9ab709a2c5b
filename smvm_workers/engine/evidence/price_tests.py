"""Price tests tell of the price response: with the priors, and by themselves.

A buyer takes the offer with the logit of its utility against doing nothing. The posterior of the three
coefficients is drawn by tempered resampling and Metropolis moves (Chopin 2002, Biometrika 89(3)).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from smvm_workers.engine.domain import LogNormal, Observation
from smvm_workers.engine.estimation.logit import Choices, NotIdentifiedError, fit
from smvm_workers.engine.evidence.consistency import Weighed
from smvm_workers.engine.priors import Draws, stream
from smvm_workers.engine.reference.tables import assumption

Array = NDArray[np.float64]

_COEFFICIENTS = {
    "price_coefficient": "price_coefficient",
    "quality_coefficient": "quality_coefficient",
    "status_quo": "status_quo_utility",
}
"""Fields of the draws, and the assumptions they start from."""
_MOVES, _LAST_MOVES = 4, 12
"""Metropolis moves at each temperature, and at the posterior itself."""


@dataclass(frozen=True, slots=True)
class PriceTestsAlone:
    """What the price tests say without any prior, by conditional logit: the coefficient of relative
    price, the utility above doing nothing at no price, and their standard errors."""

    price_coefficient: float
    price_coefficient_error: float
    attraction: float
    attraction_error: float


def take_up(draws: Draws, relative_price: float) -> Array:
    """The chance, under each draw, that a buyer takes the offer at a price."""
    utility = draws.quality_coefficient - draws.price_coefficient * relative_price
    return 1 / (1 + np.exp(np.clip(draws.status_quo - utility, -500, 500)))


def relative_price(seen: Observation, usual_price: float) -> float:
    """A tested price over what the category usually costs, within what the model can mean."""
    return float(np.clip((seen.price or 0.0) / max(usual_price, 1e-9), 0.0, 1e3))


def alone(tests: Sequence[Weighed], usual_price: float) -> PriceTestsAlone | None:
    """The estimate, or None where the tests by themselves do not determine one."""
    attributes = np.zeros((len(tests), 2, 2))
    attributes[:, 0, 0] = 1
    attributes[:, 0, 1] = [-relative_price(t.observation, usual_price) for t in tests]
    counts = np.array(
        [(t.weight * t.observation.successes, t.weight * _missed(t.observation)) for t in tests]
    )
    try:
        found = fit(Choices(attributes, np.ones(counts.shape, bool), counts))
    except NotIdentifiedError:
        return None
    attraction, price = map(float, found.values)
    attraction_error, price_error = map(float, found.errors)
    return PriceTestsAlone(price, price_error, attraction, attraction_error)


def condition_price_response(
    draws: Draws, tests: Sequence[Weighed], usual_price: float, seed: int
) -> Draws:
    """The draws with the three coefficients conditioned on the tests; the others stay in place,
    being independent of them."""
    priors = [LogNormal.from_interval(assumption(name).interval) for name in _COEFFICIENTS.values()]
    mu = np.array([prior.mu for prior in priors])
    sigma = np.array([prior.sigma for prior in priors])
    start = np.column_stack([np.log(getattr(draws, name)) for name in _COEFFICIENTS])

    def log_likelihood(scores: Array) -> Array:
        return _log_likelihood(np.exp(mu + sigma * scores), tests, usual_price)

    found = _tempered((start - mu) / sigma, log_likelihood, stream(seed, "price tests"))
    columns = np.exp(mu + sigma * found).T
    return replace(draws, **dict(zip(_COEFFICIENTS, columns, strict=True)))


def _log_likelihood(coefficients: Array, tests: Sequence[Weighed], usual_price: float) -> Array:
    price, quality, status_quo = coefficients.T
    total = np.zeros(len(coefficients))
    for test in tests:
        relative = relative_price(test.observation, usual_price)
        against = status_quo - quality + price * relative
        total -= test.weight * test.observation.successes * np.logaddexp(0, against)
        total -= test.weight * _missed(test.observation) * np.logaddexp(0, -against)
    return total


def _missed(seen: Observation) -> int:
    return seen.trials - seen.successes


def _tempered(
    scores: Array, log_likelihood: Callable[[Array], Array], generator: np.random.Generator
) -> Array:
    """Particles from a standard normal prior to the posterior, by temperatures at each of which half
    of them still count."""
    temperature, logs = 0.0, log_likelihood(scores)
    while temperature < 1:
        step = _step(logs, 1 - temperature)
        temperature = min(1.0, temperature + step)
        rows = _resample(_weights(step * logs), generator.random())
        scores, logs = scores[rows], logs[rows]
        moves = _MOVES if temperature < 1 else _LAST_MOVES
        for _ in range(moves):
            scores, logs = _moved(scores, logs, temperature, log_likelihood, generator)
    return scores


def _step(logs: Array, most: float) -> float:
    """The largest step of the temperature that leaves half of the particles effective."""
    if _effective(most * logs) >= logs.size / 2:
        return most
    low, high = 0.0, most
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _effective(middle * logs) >= logs.size / 2 else (low, middle)
    return max(low, 1e-12)


def _effective(log_weights: Array) -> float:
    return float(1 / (_weights(log_weights) ** 2).sum())


def _weights(log_weights: Array) -> Array:
    weights = np.exp(log_weights - log_weights.max())
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _resample(weights: Array, offset: float) -> NDArray[np.int64]:
    """Systematic resampling (Kitagawa 1996)."""
    marks = (np.arange(weights.size) + offset) / weights.size
    rows = np.searchsorted(np.cumsum(weights), marks)
    return np.minimum(rows, weights.size - 1).astype(np.int64)


def _moved(
    scores: Array,
    logs: Array,
    temperature: float,
    log_likelihood: Callable[[Array], Array],
    generator: np.random.Generator,
) -> tuple[Array, Array]:
    """A Metropolis move of every particle, with steps of the particles' own covariance scaled for
    their dimension (Roberts, Gelman & Gilks 1997)."""
    size, dimension = scores.shape
    covariance = np.cov(scores.T) * 2.38**2 / dimension + 1e-12 * np.eye(dimension)
    steps = generator.standard_normal((size, dimension)) @ np.linalg.cholesky(covariance).T
    proposed = scores + steps
    proposed_logs = log_likelihood(proposed)
    gain = temperature * (proposed_logs - logs)
    gain += ((scores**2).sum(axis=1) - (proposed**2).sum(axis=1)) / 2
    taken = np.log(generator.random(size)) < gain
    return np.where(taken[:, None], proposed, scores), np.where(taken, proposed_logs, logs)
