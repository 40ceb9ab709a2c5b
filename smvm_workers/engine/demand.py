"""Who would choose us at which price: expected shares of the mixed logit, without chance."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smvm_workers.engine.choice import cross_elasticity, own_elasticity, shares
from smvm_workers.engine.domain import PersonaSet
from smvm_workers.engine.priors import Draws, summary
from smvm_workers.engine.scenarios import MarketConditions

Array = NDArray[np.float64]

_PRICES = np.round(np.linspace(0.2, 2.5, 24), 4)
"""From a fifth to two and a half times the category's usual price."""
_SAMPLE = 100
"""Agents that stand for all: the personas are few, and repeat."""


@dataclass(frozen=True, slots=True)
class PricePoint:
    """At a relative price: share of the aware that take the offer, revenue and profit per aware."""

    price: float
    share: float
    revenue: float
    profit: float


@dataclass(frozen=True, slots=True)
class PriceResponse:
    """``best_price`` maximises profit per aware buyer; elasticities at the planned price, averaged
    over buyers and draws with their shares as weights (Train 2009, ch. 6)."""

    curve: tuple[PricePoint, ...]
    best_price: float
    willingness_to_pay: Mapping[str, float]
    own_elasticity: float
    cross_elasticities: Mapping[str, float]


def agent_traits(personas: PersonaSet, agents: int) -> Array:
    """Each agent's multiples (price, quality, social, propensity), shape (agents, 4): personas by
    largest remainder of their weights, spread evenly over the network."""
    weights = np.array([p.weight for p in personas.personas])
    counts = np.floor(weights * agents).astype(int)
    rest = np.argsort(-(weights * agents - counts), kind="stable")[: agents - counts.sum()]
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
    order = np.random.Generator(np.random.Philox(key=agents)).permutation(agents)
    return np.asarray(listed[order], dtype=np.float64)


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
    found = choice_shares(conditions, draws, _some(traits), conditions.prices[0])
    return np.asarray(found[..., 0].mean(axis=1), dtype=np.float64)


def win_share(conditions: MarketConditions, draws: Draws, traits: Array) -> Array:
    """For each draw, our share among the buyers who choose any offer of the category."""
    found = choice_shares(conditions, draws, _some(traits), conditions.prices[0]).mean(axis=1)
    return np.asarray(found[:, 0] / found[:, :-1].sum(axis=1), dtype=np.float64)


def price_response(
    conditions: MarketConditions, draws: Draws, traits: Array, gross_margin: float
) -> PriceResponse:
    """Demand over a grid of prices, for a unit cost of the planned price less its gross margin."""
    some, sample = draws.take(np.arange(min(draws.size, 200))), _some(traits)
    unit_cost = conditions.prices[0] * (1 - gross_margin)
    points = []
    for price in map(float, _PRICES):
        share = float(choice_shares(conditions, some, sample, price)[..., 0].mean())
        points.append(PricePoint(price, share, share * price, share * (price - unit_cost)))
    own, cross = _elasticities(conditions, some, sample)
    return PriceResponse(
        curve=tuple(points),
        best_price=max(points, key=lambda point: point.profit).price,
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


def _some(traits: Array) -> Array:
    return traits[:: max(1, len(traits) // _SAMPLE)]
