"""Runs the kernel in blocks: which are still to do, and the counts of one.

A block depends on nothing but the world and its place, so that blocks can be done anywhere and in
any order, and twice without harm.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from smvm_workers.engine.demand import buyer_types, expected_share
from smvm_workers.engine.diffusion import adoption
from smvm_workers.engine.domain import PersonaSet
from smvm_workers.engine.kernel import ADOPTERS, EVER, run_replications
from smvm_workers.engine.network import Network, build
from smvm_workers.engine.precision import mean_error
from smvm_workers.engine.priors import Draws
from smvm_workers.engine.reference.tables import assumption
from smvm_workers.engine.scenarios import (
    BASELINE,
    SCENARIOS,
    MarketConditions,
    Scenario,
    SimulationConfig,
    SimulationParameters,
    in_scenario,
    reaction_paths,
)
from smvm_workers.engine.seasons import seasonal_rhythm, shock_per_day, shock_size

Array = NDArray[np.float64]
Shares = NDArray[np.float32]

_network = lru_cache(maxsize=1)(build)
"""A simulation's waves come to a worker one after the other: it keeps the last network."""

_LEAST_REACH = 0.01
"""An offer that hardly anybody takes is not made up for by more than hundredfold awareness."""


@dataclass(frozen=True, slots=True, order=True)
class Block:
    """The replications of ``size`` draws from ``first`` on, in one scenario."""

    scenario: str
    first: int
    size: int

    @property
    def name(self) -> str:
        return f"{self.scenario}-{self.first}-{self.size}"

    @classmethod
    def named(cls, name: str) -> "Block":
        """The block of this name."""
        scenario, first, size = name.rsplit("-", 2)
        return cls(scenario, int(first), int(size))


Results = Mapping[Block, Shares]
"""Shares of agents after each day, shape (draws, replications, days, columns of the kernel)."""


@dataclass(frozen=True, slots=True)
class World:
    """What all scenarios share: with common random numbers they differ by the scenario alone.
    ``types`` gives each agent its row of ``tastes``; ``rhythm`` has a row a draw."""

    config: SimulationConfig
    conditions: MarketConditions
    graph: Network
    types: NDArray[np.int16]
    tastes: Array
    draws: Draws
    rhythm: Array


def make_world(
    config: SimulationConfig, conditions: MarketConditions, personas: PersonaSet, draws: Draws
) -> World:
    """Build the network, the buyers and what else the scenarios share."""
    agents, seed = config.agent_parameters, config.simulation_parameters.seed
    tastes = buyer_types(personas, agents.buyer_types)
    order = np.random.Generator(np.random.Philox(key=agents.agents)).permutation(agents.agents)
    return World(
        config=config,
        conditions=conditions,
        graph=_network(agents.network, agents.agents, agents.degree, agents.rewiring, seed),
        types=(order % len(tastes)).astype(np.int16),
        tastes=tastes,
        draws=draws,
        rhythm=seasonal_rhythm(seed, draws.size, config.time_parameters.days),
    )


def outstanding(config: SimulationConfig, results: Results, draws: int) -> tuple[Block, ...]:
    """The blocks to do next, given those at hand; none once the figures are exact enough.

    First every scenario's least number; then the baseline is doubled until its errors are within the
    bounds or the draws are used up.
    """
    parameters = config.simulation_parameters
    least = min(parameters.scenario_draws, draws)
    wanted = [block for s in SCENARIOS for block in _blocks(s.name, least, parameters)]
    missing = tuple(block for block in wanted if block not in results)
    size, most = least, min(parameters.most_draws, draws)
    while not missing and size < most:
        if exact_enough(together(results, BASELINE.name, size), config):
            break
        size = min(2 * size, most)
        wanted = _blocks(BASELINE.name, size, parameters)
        missing = tuple(block for block in wanted if block not in results)
    return missing


def _blocks(scenario: str, draws: int, parameters: SimulationParameters) -> list[Block]:
    step = parameters.block_draws
    return [Block(scenario, i, min(step, draws - i)) for i in range(0, draws, step)]


def together(results: Results, scenario: str, draws: int | None = None) -> Array:
    """A scenario's results in the order of its draws, the first ``draws`` of them."""
    blocks = sorted(block for block in results if block.scenario == scenario)
    found = np.concatenate([results[block] for block in blocks])
    return np.asarray(found[:draws], dtype=np.float64)


def exact_enough(shares: Array, config: SimulationConfig) -> bool:
    """Whether the errors of success and of the final adopters are within the bounds."""
    bounds = config.simulation_parameters
    final = shares[:, :, -1, ADOPTERS]
    certain = mean_error(succeeded(shares)) < bounds.success_error
    return certain and mean_error(final) < bounds.adopters_error * float(final.mean())


def success_threshold(days: int) -> float:
    """The share of all buyers whom the average new product of the literature has won by then."""
    p, q = (assumption(f"{n}_coefficient").interval.median for n in ("innovation", "imitation"))
    return float(adoption(p, q, days / 365))


def succeeded(shares: Array) -> Array:
    """1 for each replication whose launch wins at least as many as the average product's, else 0."""
    won = shares[:, :, -1, EVER]
    return np.asarray(won >= success_threshold(shares.shape[2]), dtype=np.float64)


def run_block(world: World, block: Block) -> Shares:
    """Simulate one block; memory does not grow with the replications but by what is returned."""
    config, graph = world.config, world.graph
    repeats = config.simulation_parameters.replications_per_draw
    scenario = next(s for s in SCENARIOS if s.name == block.scenario)
    market = in_scenario(world.conditions, scenario)
    rows = np.arange(block.first, block.first + block.size)
    draws = world.draws.take(rows)
    parameters = hazards(draws, typical_reach(world, draws), scenario)
    prices, qualities = reaction_paths(market, config.time_parameters.days)
    counts = run_replications(
        config.simulation_parameters.seed,
        block.first * repeats,
        1.0,
        graph,
        world.types,
        world.tastes,
        np.repeat(parameters, repeats, axis=0),
        world.rhythm[np.repeat(rows, repeats)],
        prices,
        qualities,
        np.array(market.brands),
        choice=True,
    )
    shares = (counts / world.types.size).astype(np.float32)
    return shares.reshape(block.size, repeats, *shares.shape[1:])


def typical_reach(world: World, draws: Draws) -> Array:
    """The share of the aware who would take an average offer in place of ours, for each draw."""
    return expected_share(_with_average_offer(world.conditions), draws, world.tastes)


def _with_average_offer(conditions: MarketConditions) -> MarketConditions:
    """The usual price, average quality and no brand in place of ours."""
    return replace(
        conditions,
        prices=(1.0, *conditions.prices[1:]),
        qualities=(1.0, *conditions.qualities[1:]),
        brands=(0.0, *conditions.brands[1:]),
    )


def hazards(draws: Draws, typical_reach: Array, scenario: Scenario) -> Array:
    """The kernel's parameters, per day, a row for each draw.

    The literature's p and q are per year and of the adoption of the average product. Awareness comes
    first and only the share ``typical_reach`` of the aware would adopt that, so awareness spreads
    faster by as much: an average offer follows p and q, a better one does better.
    """
    thinning = np.maximum(typical_reach, _LEAST_REACH)
    reconsider = 1 / assumption("reconsideration_days").interval.median
    return np.column_stack(
        [
            draws.innovation / 365 / thinning * scenario.advertising,
            draws.imitation / 365 / thinning * scenario.word_of_mouth,
            draws.price_coefficient,
            draws.quality_coefficient,
            draws.social_coefficient,
            draws.status_quo * scenario.status_quo,
            draws.churn * 12 / 365 * scenario.churn,
            np.full(draws.size, reconsider),
            np.full(draws.size, shock_per_day()),
            np.full(draws.size, shock_size()),
        ]
    )
