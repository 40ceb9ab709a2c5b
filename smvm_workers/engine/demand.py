"""Who would choose us at which price: expected shares of the mixed logit, without chance."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from smvm_workers.engine.choice import cross_elasticity, own_elasticity, shares
from smvm_workers.engine.domain import PersonaSet
from smvm_workers.engine.priors import Draws, summary
from smvm_workers.engine.reference.tables import assumption
from smvm_workers.engine.scenarios import MarketConditions

Array = NDArray[np.float64]

_PRICES = np.round(np.linspace(0.2, 2.5, 24), 4)
"""From a fifth to two and a half times the category's usual price."""
_SAMPLE = 100
"""Buyer types that stand for all where only shares are asked for."""
_BATCH = 64
"""Draws whose utilities fit into a core's cache: half a megabyte."""


@dataclass(frozen=True, slots=True)
class PricePoint:
    """At a relative price: share of the aware that take the offer, revenue and profit per aware."""

    price: float
    share: float
    revenue: float
    profit: float


@dataclass(frozen=True, slots=True)
class PriceResponse:
    """``curve`` is the willingness to pay: at each price the share of buyers to whom ours is then still
    the best. ``best_price`` maximises its profit per aware buyer, ``best_price_interval`` holds the
    10th and 90th percentile of what would under each draw. ``willingness_to_pay`` is that for one
    unit of quality. Elasticities at the planned price, averaged over buyers and draws with their
    shares as weights (Train 2009, ch. 6)."""

    curve: tuple[PricePoint, ...]
    best_price: float
    best_price_interval: tuple[float, float]
    willingness_to_pay: Mapping[str, float]
    own_elasticity: float
    cross_elasticities: Mapping[str, float]


def buyer_types(personas: PersonaSet, size: int) -> Array:
    """Tastes of buyers: multiples (price, quality, social, propensity), shape (size, 4).

    Personas by largest remainder of their weights, in a fixed random order; within one, the weights
    of price, quality and neighbours are log-normal around the persona's (random coefficients).
    """
    weights = np.array([p.weight for p in personas.personas])
    counts = np.floor(weights * size).astype(int)
    rest = np.argsort(-(weights * size - counts), kind="stable")[: size - counts.sum()]
    counts[rest] += 1
    rows = np.array(
        [
            (
                p.behavioral_attributes.price_sensitivity,
                p.behavioral_attributes.quality_sensitivity,
                p.behavioral_attributes.social_sensitivity,
                p.behavioral_attributes.adoption_propensity,
            )
            for p in personas.personas
        ]
    )
    rows[:, 3] /= (rows[:, 3] * weights).sum()
    listed = np.repeat(rows, counts, axis=0)
    generator = np.random.Generator(np.random.Philox(key=size))
    listed[:, :3] *= np.column_stack([_tastes(size, generator) for _ in range(3)])
    return np.asarray(listed[generator.permutation(size)], dtype=np.float64)


def _tastes(size: int, generator: np.random.Generator) -> Array:
    """Log-normal multiples of mean 1, one from each of as many strata of equal chance."""
    deviation = assumption("taste_deviation").interval.median
    scores = ndtri((generator.permutation(size) + 0.5) / size)
    found = np.exp(deviation * scores)
    return np.asarray(found / found.mean(), dtype=np.float64)


def choice_shares(
    conditions: MarketConditions, draws: Draws, traits: Array, our_price: float
) -> Array:
    """Logit shares, shape (draws, agents, alternatives + 1), the outside option last."""
    prices = np.array([our_price, *conditions.prices[1:]])
    price = draws.price_coefficient[:, None, None] * traits[None, :, 0, None] * prices
    quality = draws.quality_coefficient[:, None, None] * traits[None, :, 1, None]
    utilities = quality * np.array(conditions.qualities) - price + np.array(conditions.brands)
    outside = np.broadcast_to(draws.status_quo[:, None, None], (*utilities.shape[:2], 1))
    return shares(np.concatenate([utilities, outside], axis=2))


def expected_share(conditions: MarketConditions, draws: Draws, traits: Array) -> Array:
    """For each draw, the share of aware buyers that take our offer, no neighbour having it."""
    sample = _some(traits)

    def expected(some: Draws) -> Array:
        found = choice_shares(conditions, some, sample, conditions.prices[0])
        return np.asarray(found[..., 0].mean(axis=1), dtype=np.float64)

    return _in_batches(expected, draws)


def win_share(conditions: MarketConditions, draws: Draws, traits: Array) -> Array:
    """For each draw, our share among the buyers who choose any offer of the category."""
    sample = _some(traits)

    def won(some: Draws) -> Array:
        found = choice_shares(conditions, some, sample, conditions.prices[0]).mean(axis=1)
        return np.asarray(found[:, 0] / found[:, :-1].sum(axis=1), dtype=np.float64)

    return _in_batches(won, draws)


def price_response(
    conditions: MarketConditions, draws: Draws, traits: Array, gross_margin: float
) -> PriceResponse:
    """Demand over a grid of prices, for a unit cost of the planned price less its gross margin."""
    some, sample = draws.take(np.arange(min(draws.size, 200))), _some(traits)
    unit_cost = conditions.prices[0] * (1 - gross_margin)
    demand = np.stack(
        [choice_shares(conditions, some, sample, p)[..., 0].mean(axis=1) for p in _PRICES]
    )
    best = _PRICES[(demand * (_PRICES - unit_cost)[:, None]).argmax(axis=0)]
    points = [
        PricePoint(price, share, share * price, share * (price - unit_cost))
        for price, share in zip(map(float, _PRICES), map(float, demand.mean(axis=1)), strict=True)
    ]
    own, cross = _elasticities(conditions, some, sample)
    return PriceResponse(
        curve=tuple(points),
        best_price=max(points, key=lambda point: point.profit).price,
        best_price_interval=(float(np.quantile(best, 0.1)), float(np.quantile(best, 0.9))),
        willingness_to_pay=summary(some.quality_coefficient / some.price_coefficient),
        own_elasticity=own,
        cross_elasticities=cross,
    )


def _elasticities(
    conditions: MarketConditions, draws: Draws, traits: Array
) -> tuple[float, dict[str, float]]:
    """Of our demand: each buyer's elasticity counts by what the buyer contributes to it."""
    found = choice_shares(conditions, draws, traits, conditions.prices[0])
    coefficient = draws.price_coefficient[:, None] * traits[None, :, 0]
    ours = found[..., 0]
    weights = ours / ours.sum()
    own = own_elasticity(coefficient, conditions.prices[0], ours)
    cross = {
        name: float((weights * cross_elasticity(coefficient, price, found[..., k])).sum())
        for k, (name, price) in enumerate(
            zip(conditions.names[1:], conditions.prices[1:], strict=True), 1
        )
    }
    return float((weights * own).sum()), cross


def _in_batches(of: Callable[[Draws], Array], draws: Draws) -> Array:
    """What a function gives for each draw, of ``_BATCH`` draws at a time."""
    parts = [np.arange(i, min(i + _BATCH, draws.size)) for i in range(0, draws.size, _BATCH)]
    return np.concatenate([of(draws.take(part)) for part in parts])


def _some(traits: Array) -> Array:
    return traits[:: max(1, len(traits) // _SAMPLE)]
