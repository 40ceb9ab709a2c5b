"""Simulates thirty days of the market in every scenario."""

from datetime import timedelta

from smvm_workers.engine.domain import CompetitorSet, PersonaSet
from smvm_workers.engine.priors import summary
from smvm_workers.engine.reference.industries import industry_margins
from smvm_workers.engine.reference.tables import assumption
from smvm_workers.engine.simulation import (
    SCENARIOS,
    SimulationConfig,
    SimulationParameters,
    market_conditions,
    simulate,
)
from smvm_workers.stages.analysis_inputs import beliefs
from smvm_workers.stages.base import Stage, StageInput, StageOutput
from smvm_workers.stages.documents import quality_alert, structure, unstructure, warnings_of

_PRIORS = ("innovation_coefficient", "imitation_coefficient", "price_coefficient")


def run(given: StageInput) -> StageOutput:
    believed = beliefs(given)
    market, draws = believed.market, believed.update.draws
    conditions = market_conditions(
        structure(given.documents["competitors.output.json"], CompetitorSet),
        market.annual_spend.interval.median,
        market.customers.interval.median,
    )
    config = SimulationConfig(SimulationParameters(seed=given.seed))
    personas = structure(given.documents["personas.output.json"], PersonaSet)
    margins = industry_margins(believed.reading.margin_industry)
    result = simulate(config, conditions, personas, draws, margins.gross_margin)
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
                "parameters": {name: summary(getattr(draws, name)) for name in draws.__slots__},
                "evidence": {
                    "observations": believed.update.observations,
                    "conversion_before": unstructure(believed.update.conversion_before),
                    "conversion_after": unstructure(believed.update.conversion_after),
                    "effective_draws": believed.update.effective_draws,
                },
                "findings": unstructure(findings),
                "sources": sources,
            },
        },
        warnings=warnings_of(findings),
        alerts=quality_alert(findings),
    )


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
