"""What is simulated: sizes, the alternatives in the market, and the scenarios."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from smvm_workers.engine.domain import CompetitorSet
from smvm_workers.engine.network import Kind
from smvm_workers.engine.reference.tables import assumption

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AgentParameters:
    """``agents`` stand for all potential buyers, each of one of ``buyer_types`` (at most 32,767) that
    differ in tastes; ``degree`` is the mean number of neighbours, ``rewiring`` in 0 to 1."""

    agents: int = 10_000
    network: Kind = "small_world"
    degree: int = 10
    rewiring: float = 0.1
    buyer_types: int = 128


@dataclass(frozen=True, slots=True)
class SimulationParameters:
    """How often, in two levels: draws of what is uncertain, and ``replications_per_draw`` (at least
    2) that differ by chance alone. Draws are doubled until the Monte Carlo standard error of the
    chance of success is below ``success_error`` and that of the final adopters, relative to them,
    below ``adopters_error``, or ``most_draws`` are reached. A block of ``block_draws`` is the unit of
    work. Every scenario runs at least ``scenario_draws``, multiples of a block."""

    seed: int
    replications_per_draw: int = 2
    block_draws: int = 64
    scenario_draws: int = 128
    most_draws: int = 2048
    success_error: float = 0.02
    adopters_error: float = 0.04


@dataclass(frozen=True, slots=True)
class TimeParameters:
    """Steps are days."""

    days: int = 30


@dataclass(frozen=True, slots=True)
class SimulationConfig:
    simulation_parameters: SimulationParameters
    time_parameters: TimeParameters = TimeParameters()
    agent_parameters: AgentParameters = AgentParameters()


@dataclass(frozen=True, slots=True)
class MarketConditions:
    """Alternatives: ours first, then the competitors. Prices relative to the category's usual price,
    ``annual_spend`` in USD what 1 means. Competitors answer our launch: after ``reaction_delay_days``
    they cut their price by ``reaction_strength`` of it, and after twice as long they raise their
    quality index by ``feature_strength``."""

    names: tuple[str, ...]
    prices: tuple[float, ...]
    qualities: tuple[float, ...]
    brands: tuple[float, ...]
    reaction_delay_days: tuple[int, ...]
    reaction_strength: tuple[float, ...]
    feature_strength: tuple[float, ...]
    annual_spend: float
    customers: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a scenario changes: factors on the baseline, and the price of a new rival if any."""

    name: str
    our_price: float = 1.0
    advertising: float = 1.0
    word_of_mouth: float = 1.0
    status_quo: float = 1.0
    churn: float = 1.0
    rival_price: float | None = None


BASELINE = Scenario("baseline")
SCENARIOS = (
    BASELINE,
    Scenario("optimistic", advertising=1.5, word_of_mouth=1.2, churn=0.7),
    Scenario("pessimistic", advertising=0.6, word_of_mouth=0.8, churn=1.4),
    Scenario("downturn", status_quo=1.2, churn=1.2),
    Scenario("price_cut", our_price=0.8),
    Scenario("competitor_launch", rival_price=0.8),
    Scenario("hype", advertising=3.0, churn=1.5),
    Scenario("stress", advertising=0.5, status_quo=1.3, churn=1.6, rival_price=0.7),
)


def market_conditions(
    competitors: CompetitorSet, annual_spend: float, customers: float
) -> MarketConditions:
    """The alternatives as the kernel needs them."""
    rivals = competitors.competitors
    positions = [r.market_position for r in rivals]
    answer = assumption("feature_answer").interval.median
    return MarketConditions(
        names=("our offer", *(r.company_info.name for r in rivals)),
        prices=(competitors.our_price_index, *(p.price_index for p in positions)),
        qualities=(competitors.our_quality_index, *(p.quality_index for p in positions)),
        # an entrant has no brand; a rival's counts by its size and nearness
        brands=(0.0, *(round(p.brand_index * p.similarity - 0.5, 4) for p in positions)),
        reaction_delay_days=(0, *(p.reaction_delay_days for p in positions)),
        reaction_strength=(0.0, *(p.reaction_strength for p in positions)),
        feature_strength=(0.0, *(round(answer * p.reaction_strength, 4) for p in positions)),
        annual_spend=annual_spend,
        customers=customers,
    )


def in_scenario(conditions: MarketConditions, scenario: Scenario) -> MarketConditions:
    """The alternatives of a scenario: our price in it, and its new rival if any."""
    ours = conditions.prices[0] * scenario.our_price
    changed = replace(conditions, prices=(ours, *conditions.prices[1:]))
    if scenario.rival_price is None:
        return changed
    return replace(
        changed,
        names=(*changed.names, "a new rival"),
        prices=(*changed.prices, scenario.rival_price),
        qualities=(*changed.qualities, 1.0),
        brands=(*changed.brands, 0.0),
        reaction_delay_days=(*changed.reaction_delay_days, 0),
        reaction_strength=(*changed.reaction_strength, 0.0),
        feature_strength=(*changed.feature_strength, 0.0),
    )


def reaction_paths(conditions: MarketConditions, days: int) -> tuple[Array, Array]:
    """Prices and qualities of the alternatives on each day, shape (days, alternatives)."""
    day = np.arange(days)[:, None]
    delays = np.array(conditions.reaction_delay_days)
    cut = (day >= delays) * np.array(conditions.reaction_strength)
    better = (day >= 2 * delays) * np.array(conditions.feature_strength)
    return np.array(conditions.prices) * (1 - cut), np.array(conditions.qualities) + better
