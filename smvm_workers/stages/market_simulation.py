"""Simulates thirty days of the market in every scenario."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from io import BytesIO
from typing import Any

import numpy as np

from smvm_workers.engine.priors import Draws, summary
from smvm_workers.engine.reference.industries import industry_margins
from smvm_workers.engine.reference.tables import assumption
from smvm_workers.engine.replications import (
    Block,
    Shares,
    World,
    make_world,
    outstanding,
)
from smvm_workers.engine.scenarios import (
    SCENARIOS,
    AgentParameters,
    SimulationConfig,
    SimulationParameters,
)
from smvm_workers.engine.simulation import SimulationResult, run_blocks, simulate
from smvm_workers.stages.analysis_inputs import DRAWS, Beliefs, beliefs, conditions_of, personas_of
from smvm_workers.stages.base import Sharing, Stage, StageInput, StageOutput
from smvm_workers.stages.documents import quality_alert, unstructure, warnings_of

_PRIORS = ("innovation_coefficient", "imitation_coefficient", "price_coefficient")


def run(given: StageInput) -> StageOutput:
    believed = beliefs(given)
    draws = believed.update.draws
    world = world_of(given, believed)
    config, conditions = world.config, world.conditions
    margins = industry_margins(believed.reading.margin_industry)
    result = simulate(world, margins.gross_margin, _at_hand(given), given.simulation.threads)
    sources = unstructure([assumption(name).source for name in _PRIORS] + [margins.source])
    findings = believed.update.findings
    return StageOutput(
        documents={
            "simulation.config.json": {
                **unstructure(config),
                "market_conditions": unstructure(conditions),
                "scenarios": unstructure(SCENARIOS),
                "sources": sources,
            },
            "simulation.result.json": {
                **unstructure(result),
                "baseline_per_day": _in_units(result),
                "parameters": _parameters(draws),
                "evidence": {
                    "observations": believed.update.observations,
                    "changes": unstructure(believed.update.changes),
                    "price_tests_alone": unstructure(believed.update.price_tests_alone),
                    "cohorts_alone": unstructure(believed.update.cohorts_alone),
                },
                "findings": unstructure(findings),
                "sources": sources,
            },
        },
        warnings=warnings_of(findings),
        alerts=quality_alert(findings),
    )


def outstanding_parts(given: StageInput) -> tuple[str, ...]:
    """The blocks that are still to be simulated before the stage can conclude or ask for more."""
    return tuple(b.name for b in outstanding(_config(given), _at_hand(given), DRAWS))


def compute_parts(given: StageInput, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Simulate blocks, as many at once as there are threads: arrays in NumPy's format."""
    if not names:
        return
    world, threads = world_of(given, beliefs(given)), given.simulation.threads
    for i in range(0, len(names), threads):
        blocks = tuple(map(Block.named, names[i : i + threads]))
        for block, shares in run_blocks(world, blocks, threads).items():
            body = BytesIO()
            np.save(body, shares)
            yield block.name, body.getvalue()


def _at_hand(given: StageInput) -> dict[Block, Shares]:
    return {Block.named(name): np.load(BytesIO(body)) for name, body in given.parts.items()}


def _config(given: StageInput) -> SimulationConfig:
    return SimulationConfig(
        SimulationParameters(seed=given.seed),
        agent_parameters=AgentParameters(agents=given.simulation.agents),
    )


def world_of(given: StageInput, believed: Beliefs) -> World:
    conditions = conditions_of(given, believed.market)
    return make_world(_config(given), conditions, personas_of(given), believed.update.draws)


def _parameters(draws: Draws) -> dict[str, dict[str, float]]:
    return {name: summary(getattr(draws, name)) for name in draws.__slots__}


def _in_units(result: SimulationResult) -> dict[str, Any]:
    """Customers and USD of revenue per day, for the median number of buyers and usual price."""
    baseline, customers = result.scenarios[0], result.conditions.customers
    return {
        "customers": {
            name: [share * customers for share in band] for name, band in baseline.bands.items()
        },
        "revenue_usd": unstructure(baseline.revenue_bands),
    }


STAGE = Stage(
    name="market_simulation",
    title="Market simulation",
    reads=(
        "idea.input.json",
        "reading.output.json",
        "personas.output.json",
        "competitors.output.json",
        "market.output.json",
    ),
    writes=("simulation.config.json", "simulation.result.json"),
    time_limit=timedelta(seconds=120),
    run=run,
    sharing=Sharing(outstanding_parts, compute_parts),
)
