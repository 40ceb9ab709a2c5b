"""Decides proceed, hold or reject on what exists at T0+3 minutes."""

from datetime import timedelta

from smvm_workers.engine.domain import CompetitorSet, GateDecision, MarketSize, PersonaSet
from smvm_workers.engine.gate import Assessment, decide_gate
from smvm_workers.engine.technical import assess_technology
from smvm_workers.stages.base import Alert, Stage, StageInput, StageOutput
from smvm_workers.stages.documents import idea_of, optional, reading_of, unstructure


def run(given: StageInput) -> StageOutput:
    reading = reading_of(given)
    seen = Assessment(
        reading=reading,
        technical=assess_technology(idea_of(given), reading),
        market=optional(given, "market.output.json", MarketSize),
        competitors=optional(given, "competitors.output.json", CompetitorSet),
        personas=optional(given, "personas.output.json", PersonaSet),
    )
    decision = decide_gate(seen, given.rules.gate)
    matrix = unstructure(decision)
    return StageOutput(
        documents={"gate.output.json": {**matrix, "sources": unstructure(reading.sources)}},
        summary=matrix,
        alerts=_alerts(seen, decision),
    )


def _alerts(seen: Assessment, decision: GateDecision) -> tuple[Alert, ...]:
    if not seen.reading.show_stoppers:
        return ()
    context = {"show_stoppers": [f.code for f in seen.reading.show_stoppers]}
    return (Alert("risk_escalation", "critical", decision.reasons[0], context),)


STAGE = Stage(
    name="gate",
    title="Gate",
    reads=(
        "idea.input.json",
        "reading.output.json",
        "personas.output.json",
        "competitors.output.json",
        "market.output.json",
    ),
    writes=("gate.output.json",),
    time_limit=timedelta(seconds=20),
    run=run,
)
