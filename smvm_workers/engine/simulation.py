"""The market simulation: every scenario over the kernel, and how exact the figures are."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smvm_workers.engine.demand import PriceResponse, agent_traits, expected_share, price_response
from smvm_workers.engine.domain import PersonaSet
from smvm_workers.engine.kernel import run_replications
from smvm_workers.engine.network import Network, build
from smvm_workers.engine.priors import Draws
from smvm_workers.engine.reference.tables import assumption
from smvm_workers.engine.scenarios import (
    BASELINE,
    SCENARIOS,
    MarketConditions,
    Scenario,
    SimulationConfig,
    in_scenario,
)

Array = NDArray[np.float64]

_LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
"""Quantiles whose pairs bound the 50, 80 and 95 % bands."""


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """Per day: bands of adopters (share of potential buyers) by quantile, and the mean. ``ever`` is
    the mean share that ever adopted at the end, ``aware`` the mean share aware; ``error`` the
    relative Monte Carlo standard error of the final mean. ``against_baseline`` is the ratio of the
    final means over the replications that both have, ``against_baseline_error`` its error."""

    name: str
    replications: int
    bands: Mapping[str, tuple[float, ...]]
    mean: tuple[float, ...]
    ever: float
    aware: float
    error: float
    against_baseline: float
    against_baseline_error: float


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """``choice_share`` is the share of the aware that take our offer, on average over the draws."""

    scenarios: tuple[ScenarioResult, ...]
    price_response: PriceResponse
    choice_share: float
    conditions: MarketConditions


@dataclass(frozen=True, slots=True)
class World:
    """What all scenarios share: with common random numbers they differ by the scenario alone."""

    config: SimulationConfig
    conditions: MarketConditions
    graph: Network
    traits: Array
    draws: Draws
    reach: Array


def simulate(
    config: SimulationConfig,
    conditions: MarketConditions,
    personas: PersonaSet,
    draws: Draws,
    gross_margin: float,
) -> SimulationResult:
    """Run every scenario. Same input, same bytes."""
    world = make_world(config, conditions, agent_traits(personas, _agents(config)), draws)
    baseline = run_scenario(world, BASELINE)
    results = [summarise(BASELINE.name, baseline, baseline)]
    for scenario in SCENARIOS[1:]:
        results.append(summarise(scenario.name, run_scenario(world, scenario), baseline))
    return SimulationResult(
        scenarios=tuple(results),
        price_response=price_response(conditions, draws, world.traits, gross_margin),
        choice_share=float(world.reach.mean()),
        conditions=conditions,
    )


def make_world(
    config: SimulationConfig, conditions: MarketConditions, traits: Array, draws: Draws
) -> World:
    """Build the network and what else the scenarios share."""
    agents = config.agent_parameters
    seed = config.simulation_parameters.seed
    graph = build(agents.network, agents.agents, agents.degree, agents.rewiring, seed)
    return World(
        config, conditions, graph, traits, draws, expected_share(conditions, draws, traits)
    )


def run_scenario(world: World, scenario: Scenario) -> Array:
    """Shares of agents after each day, shape (replications, days, 3): adopters, ever adopted,
    aware. The baseline runs until it is exact enough, the others a fixed number of times."""
    settings = world.config.simulation_parameters
    most = settings.most_replications if scenario == BASELINE else settings.scenario_replications
    counts = np.zeros((0, world.config.time_parameters.days, 3))
    while len(counts) < min(most, world.draws.size):
        rows = np.arange(len(counts), len(counts) + settings.batch) % world.draws.size
        counts = np.concatenate([counts, _run_batch(world, scenario, rows)])
        if relative_error(counts) < settings.error_bound:
            break
    return np.asarray(counts / _agents(world.config), dtype=np.float64)


def _run_batch(world: World, scenario: Scenario, rows: NDArray[np.int64]) -> Array:
    config, graph = world.config, world.graph
    market = in_scenario(world.conditions, scenario)
    counts: Array = run_replications(
        config.simulation_parameters.seed,
        int(rows[0]),
        config.time_parameters.days,
        1.0,
        graph.offsets,
        graph.targets,
        graph.degrees,
        graph.complete,
        world.traits,
        hazards(world.draws, world.reach, scenario, rows),
        np.array(market.prices),
        np.array(market.qualities),
        np.array(market.brands),
        np.array(market.reaction_delay_days, dtype=np.int64),
        np.array(market.reaction_strength),
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


def relative_error(counts: Array) -> float:
    """Monte Carlo standard error of the final mean of adopters, relative to it; inf if none."""
    final = counts[:, -1, 0]
    mean = float(final.mean())
    return float(final.std(ddof=1) / np.sqrt(final.size) / mean) if mean > 0 else np.inf


def summarise(name: str, fractions: Array, baseline: Array) -> ScenarioResult:
    """The figures of one scenario, from the shares of agents in its replications."""
    bands = np.quantile(fractions[:, :, 0], _LEVELS, axis=0)
    error = relative_error(fractions)
    ratio, ratio_error = _paired_ratio(fractions[:, -1, 0], baseline[: len(fractions), -1, 0])
    return ScenarioResult(
        name=name,
        replications=len(fractions),
        bands={
            f"p{level * 100:g}": tuple(map(float, band))
            for level, band in zip(_LEVELS, bands, strict=True)
        },
        mean=tuple(map(float, fractions[:, :, 0].mean(axis=0))),
        ever=float(fractions[:, -1, 1].mean()),
        aware=float(fractions[:, -1, 2].mean()),
        error=error if np.isfinite(error) else 1.0,
        against_baseline=ratio,
        against_baseline_error=ratio_error,
    )


def _paired_ratio(values: Array, baseline: Array) -> tuple[float, float]:
    """Ratio of two means over common random numbers, and its error by the delta method."""
    values = values[: len(baseline)]
    mean = float(baseline.mean())
    if mean == 0:
        return 1.0, 0.0
    ratio = float(values.mean()) / mean
    deviations = values - ratio * baseline
    return ratio, float(deviations.std(ddof=1) / np.sqrt(len(baseline)) / mean)


def _agents(config: SimulationConfig) -> int:
    return config.agent_parameters.agents
