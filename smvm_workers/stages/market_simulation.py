"""Simulates thirty days of the market in every scenario."""

from datetime import timedelta
from typing import Any

from smvm_workers.engine.priors import Draws, summary
from smvm_workers.engine.reference.industries import industry_margins
from smvm_workers.engine.reference.tables import assumption
from smvm_workers.engine.replications import make_world
from smvm_workers.engine.scenarios import SCENARIOS, SimulationConfig, SimulationParameters
from smvm_workers.engine.simulation import SimulationResult, simulate
from smvm_workers.stages.analysis_inputs import beliefs, conditions_of, personas_of
from smvm_workers.stages.base import Stage, StageInput, StageOutput
from smvm_workers.stages.documents import quality_alert, unstructure, warnings_of

_PRIORS = ("innovation_coefficient", "imitation_coefficient", "price_coefficient")


def run(given: StageInput) -> StageOutput:
    believed = beliefs(given)
    draws = believed.update.draws
    conditions = conditions_of(given, believed.market)
    config = SimulationConfig(SimulationParameters(seed=given.seed))
    margins = industry_margins(believed.reading.margin_industry)
    world = make_world(config, conditions, personas_of(given), draws)
    result = simulate(world, margins.gross_margin)
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
                },
                "findings": unstructure(findings),
                "sources": sources,
            },
        },
        warnings=warnings_of(findings),
        alerts=quality_alert(findings),
    )


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
)
