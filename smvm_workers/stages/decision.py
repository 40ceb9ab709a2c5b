"""Draws the decision from everything before it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from smvm_workers.engine.decision import Believed, Decision, decide
from smvm_workers.engine.domain import GateDecision
from smvm_workers.engine.finance import Projection
from smvm_workers.engine.reference.tables import assumptions
from smvm_workers.stages.analysis_inputs import beliefs, case, finance_inputs
from smvm_workers.stages.base import Document, Stage, StageInput, StageOutput
from smvm_workers.stages.documents import optional, structure, unstructure


def run(given: StageInput) -> StageOutput:
    gate = structure(given.documents["gate.output.json"], GateDecision)
    projection = optional(given, "finance.output.json", Projection)
    believed = None
    if projection is not None and gate.gate_decision != "reject":
        believed = _believed(given, projection)
    decision = decide(gate, believed, given.rules.final)
    return StageOutput(
        documents={"decision.output.json": _document(given, decision)},
        summary={
            "recommendation": decision.recommendation,
            "confidence_score": decision.confidence_score,
            "plain_words": decision.plain_words,
            "reasons": list(decision.reasons),
            "conditions": list(decision.conditions),
        },
    )


def _believed(given: StageInput, projection: Projection) -> Believed:
    found = beliefs(given)
    prior, observed = found.update.prior, found.update.observations
    before = finance_inputs(given, found, prior) if observed else None
    return Believed(case(given, found), projection, before, observed)


def _document(given: StageInput, decision: Decision) -> dict[str, Any]:
    documents = given.documents
    return {
        "decision_recommendation": unstructure(decision),
        "analysis_summary": {
            "gate": _pick(documents, "gate.output.json", "gate_decision", "key_factors"),
            "market": _pick(documents, "market.output.json", "intervals", "growth"),
            "simulation": _pick(documents, "simulation.result.json", "choice_share"),
            "finance": _pick(
                documents,
                "finance.output.json",
                "npv",
                "roi",
                "probability_npv_positive",
                "revenue_by_year",
            ),
        },
        "risk_assessment": _pick(
            documents, "risk.output.json", "overall", "risks", "value_at_risk_95", "base_rates"
        ),
        "implementation_plan": _pick(
            documents,
            "technical.output.json",
            "capabilities",
            "stack",
            "effort",
            "integration_complexity",
            "feasibility",
        ),
        "assumptions": unstructure(assumptions()),
        "sources": _sources(documents),
    }


def _pick(documents: Mapping[str, Document], name: str, *keys: str) -> dict[str, Any] | None:
    document = documents.get(name)
    return None if document is None else {key: document[key] for key in keys if key in document}


def _sources(documents: Mapping[str, Document]) -> list[Any]:
    """Every source once, in the order in which the stages named them."""
    found: dict[str, Any] = {}
    for document in documents.values():
        for source in document.get("sources", ()):
            found.setdefault(f"{source.get('name')}|{source.get('detail')}", source)
    return list(found.values())


STAGE = Stage(
    name="decision",
    title="Decision",
    reads=(
        "idea.input.json",
        "reading.output.json",
        "personas.output.json",
        "competitors.output.json",
        "market.output.json",
        "gate.output.json",
        "simulation.result.json",
        "finance.output.json",
        "technical.output.json",
        "risk.output.json",
    ),
    writes=("decision.output.json",),
    time_limit=timedelta(seconds=60),
    run=run,
)
