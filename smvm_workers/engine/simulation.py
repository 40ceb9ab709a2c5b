"""The market simulation: scenarios over the kernel, price response, and how exact it all is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from smvm_workers.engine.choice import cross_elasticity, own_elasticity, shares
from smvm_workers.engine.domain import CompetitorSet, PersonaSet
from smvm_workers.engine.kernel import run_replications
from smvm_workers.engine.network import Kind, build
from smvm_workers.engine.priors import Draws, summary
from smvm_workers.engine.reference.tables import assumption

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AgentParameters:
    """``agents`` stand for all potential buyers; ``rewiring`` in 0 to 1."""

    agents: int = 4000
    network: Kind = "small_world"
    degree: int = 10
    rewiring: float = 0.1


@dataclass(frozen=True, slots=True)
class SimulationParameters:
    """Replications are added in batches until the relative Monte Carlo error of the adopters at the
    end is below ``error_bound``, or ``most_replications`` are reached."""

    seed: int
    batch: int = 64
    most_replications: int = 384
    error_bound: float = 0.03
    scenario_replications: int = 64


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
    ``annual_spend`` in USD what 1 means."""

    names: tuple[str, ...]
    prices: tuple[float, ...]
    qualities: tuple[float, ...]
    brands: tuple[float, ...]
    reaction_delay_days: tuple[int, ...]
    reaction_strength: tuple[float, ...]
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


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """Per day: bands of adopters (share of potential buyers) by quantile, and the mean. ``ever`` is
    the mean share that ever adopted at the end, ``aware`` the mean share aware; ``error`` the
    relative Monte Carlo standard error of the final mean."""

    name: str
    replications: int
    bands: Mapping[str, tuple[float, ...]]
    mean: tuple[float, ...]
    ever: float
    aware: float
    error: float


@dataclass(frozen=True, slots=True)
class PricePoint:
    """At a relative price: share of the aware that take the offer, revenue and profit per aware."""

    price: float
    share: float
    revenue: float
    profit: float


@dataclass(frozen=True, slots=True)
class PriceResponse:
    """``best_price`` maximises profit per aware buyer; elasticities at the planned price."""

    curve: tuple[PricePoint, ...]
    best_price: float
    willingness_to_pay: Mapping[str, float]
    own_elasticity: float
    cross_elasticities: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class SimulationResult:
    scenarios: tuple[ScenarioResult, ...]
    price_response: PriceResponse
    choice_share: float
    conditions: MarketConditions


def market_conditions(
    competitors: CompetitorSet, annual_spend: float, customers: float
) -> MarketConditions:
    """The alternatives as the kernel needs them."""
    rivals = competitors.competitors
    positions = [r.market_position for r in rivals]
    return MarketConditions(
        names=("our offer", *(r.company_info.name for r in rivals)),
        prices=(competitors.our_price_index, *(p.price_index for p in positions)),
        qualities=(competitors.our_quality_index, *(p.quality_index for p in positions)),
        # an entrant has no brand; a rival's counts by its size and nearness
        brands=(0.0, *(round(p.brand_index * p.similarity - 0.5, 4) for p in positions)),
        reaction_delay_days=(0, *(p.reaction_delay_days for p in positions)),
        reaction_strength=(0.0, *(p.reaction_strength for p in positions)),
        annual_spend=annual_spend,
        customers=customers,
    )


def simulate(
    config: SimulationConfig,
    conditions: MarketConditions,
    personas: PersonaSet,
    draws: Draws,
    gross_margin: float,
) -> SimulationResult:
    """Run every scenario with common random numbers. Same input, same bytes."""
    traits = agent_traits(personas, config.agent_parameters.agents)
    reach = expected_share(conditions, draws, traits)
    results = tuple(
        run_scenario(config, conditions, traits, draws, reach, scenario) for scenario in SCENARIOS
    )
    return SimulationResult(
        scenarios=results,
        price_response=price_response(conditions, draws, traits, gross_margin),
        choice_share=float(reach.mean()),
        conditions=conditions,
    )


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


def expected_share(conditions: MarketConditions, draws: Draws, traits: Array) -> Array:
    """For each draw, the share of aware buyers that take our offer, no neighbour having it."""
    sample = traits[:: max(1, len(traits) // 200)]
    ours = _choice_shares(conditions, draws, sample, conditions.prices[0])[..., 0]
    return np.asarray(ours.mean(axis=1), dtype=np.float64)


def _choice_shares(
    conditions: MarketConditions, draws: Draws, traits: Array, our_price: float
) -> Array:
    """Logit shares, shape (draws, agents, alternatives + 1), the outside option last."""
    prices = np.array([our_price, *conditions.prices[1:]])
    price = draws.price_coefficient[:, None, None] * traits[None, :, 0, None] * prices
    quality = draws.quality_coefficient[:, None, None] * traits[None, :, 1, None]
    utilities = quality * np.array(conditions.qualities) - price + np.array(conditions.brands)
    outside = np.broadcast_to(draws.status_quo[:, None, None], (*utilities.shape[:2], 1))
    return shares(np.concatenate([utilities, outside], axis=2))


def run_scenario(
    config: SimulationConfig,
    conditions: MarketConditions,
    traits: Array,
    draws: Draws,
    reach: Array,
    scenario: Scenario,
) -> ScenarioResult:
    """Run one scenario: the baseline until it is exact enough, the others at a fixed number."""
    settings = config.simulation_parameters
    most = settings.most_replications if scenario == BASELINE else settings.scenario_replications
    counts = np.zeros((0, config.time_parameters.days, 3))
    while len(counts) < min(most, draws.size):
        rows = np.arange(len(counts), len(counts) + settings.batch) % draws.size
        batch = _run_batch(config, conditions, traits, draws, reach, scenario, rows, len(counts))
        counts = np.concatenate([counts, batch])
        if _relative_error(counts) < settings.error_bound:
            break
    return _summarise(scenario.name, counts / config.agent_parameters.agents)


def _run_batch(
    config: SimulationConfig,
    conditions: MarketConditions,
    traits: Array,
    draws: Draws,
    reach: Array,
    scenario: Scenario,
    rows: NDArray[np.int64],
    first: int,
) -> Array:
    agents = config.agent_parameters
    seed = config.simulation_parameters.seed
    graph = build(agents.network, agents.agents, agents.degree, agents.rewiring, seed)
    changed = _with_rival(conditions, scenario)
    prices = np.array(changed.prices)
    prices[0] *= scenario.our_price
    counts: Array = run_replications(
        seed,
        first,
        config.time_parameters.days,
        1.0,
        graph.offsets,
        graph.targets,
        graph.degrees,
        graph.complete,
        traits,
        hazards(draws, reach, scenario, rows),
        prices,
        np.array(changed.qualities),
        np.array(changed.brands),
        np.array(changed.reaction_delay_days, dtype=np.int64),
        np.array(changed.reaction_strength),
        True,
    )
    return counts


def hazards(draws: Draws, reach: Array, scenario: Scenario, rows: NDArray[np.int64]) -> Array:
    """The kernel's rows of parameters, per day.

    The literature's p and q are of adoption; awareness comes first and only the share ``reach`` of
    the aware adopts, so awareness must spread faster by that much for adoption to follow p and q.
    """
    thinning = np.maximum(reach[rows], 0.01)
    reconsider = 1 / assumption("reconsideration_days").interval.median
    return np.column_stack(
        [
            draws.innovation[rows] / 365 / thinning * scenario.advertising,
            draws.imitation[rows] / 365 / thinning * scenario.word_of_mouth,
            draws.price_coefficient[rows],
            draws.quality_coefficient[rows],
            draws.social_coefficient[rows],
            draws.status_quo[rows] * scenario.status_quo,
            draws.churn[rows] / 30 * scenario.churn,
            np.full(rows.size, reconsider),
        ]
    )


def _with_rival(conditions: MarketConditions, scenario: Scenario) -> MarketConditions:
    if scenario.rival_price is None:
        return conditions
    return replace(
        conditions,
        names=(*conditions.names, "a new rival"),
        prices=(*conditions.prices, scenario.rival_price),
        qualities=(*conditions.qualities, 1.0),
        brands=(*conditions.brands, 0.0),
        reaction_delay_days=(*conditions.reaction_delay_days, 0),
        reaction_strength=(*conditions.reaction_strength, 0.0),
    )


def _relative_error(counts: Array) -> float:
    final = counts[:, -1, 0]
    mean = float(final.mean())
    return float(final.std(ddof=1) / np.sqrt(final.size) / mean) if mean > 0 else np.inf


def _summarise(name: str, fractions: Array) -> ScenarioResult:
    levels = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
    bands = np.quantile(fractions[:, :, 0], levels, axis=0)
    error = _relative_error(fractions)
    return ScenarioResult(
        name=name,
        replications=len(fractions),
        bands={
            f"p{level * 100:g}": tuple(map(float, band))
            for level, band in zip(levels, bands, strict=True)
        },
        mean=tuple(map(float, fractions[:, :, 0].mean(axis=0))),
        ever=float(fractions[:, -1, 1].mean()),
        aware=float(fractions[:, -1, 2].mean()),
        error=error if np.isfinite(error) else 1.0,
    )


def price_response(
    conditions: MarketConditions, draws: Draws, traits: Array, gross_margin: float
) -> PriceResponse:
    """Expected shares over a grid of prices: no chance in it, only the draws' uncertainty."""
    some = draws.take(np.arange(min(draws.size, 200)))
    sample = traits[:: max(1, len(traits) // 100)]
    unit_cost = conditions.prices[0] * (1 - gross_margin)
    points = []
    for price in np.round(np.linspace(0.2, 2.5, 24), 4):
        share = float(_choice_shares(conditions, some, sample, float(price))[..., 0].mean())
        profit = share * (float(price) - unit_cost)
        points.append(PricePoint(float(price), share, share * float(price), profit))
    now = _choice_shares(conditions, some, sample, conditions.prices[0]).mean(axis=(0, 1))
    coefficient = float(np.mean(some.price_coefficient))
    return PriceResponse(
        curve=tuple(points),
        best_price=max(points, key=lambda point: point.profit).price,
        willingness_to_pay=summary(some.quality_coefficient / some.price_coefficient),
        own_elasticity=own_elasticity(coefficient, conditions.prices[0], float(now[0])),
        cross_elasticities={
            name: cross_elasticity(coefficient, price, float(share))
            for name, price, share in zip(
                conditions.names[1:], conditions.prices[1:], now[1:-1], strict=True
            )
        },
    )
