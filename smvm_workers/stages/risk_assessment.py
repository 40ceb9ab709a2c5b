"""Weighs market, technical and execution risks."""

from datetime import timedelta

from smvm_workers.engine.finance import Projection
from smvm_workers.engine.risk import RiskAssessment, assess_risks
from smvm_workers.engine.simulation import SimulationResult
from smvm_workers.engine.wording import percent
from smvm_workers.stages.analysis_inputs import competitors_of, technology_of
from smvm_workers.stages.base import Alert, Stage, StageInput, StageOutput
from smvm_workers.stages.documents import reading_of, structure, unstructure


def run(given: StageInput) -> StageOutput:
    assessment = assess_risks(
        reading_of(given),
        competitors_of(given),
        technology_of(given),
        structure(given.documents["simulation.result.json"], SimulationResult),
        structure(given.documents["finance.output.json"], Projection),
    )
    return StageOutput(
        documents={"risk.output.json": unstructure(assessment)},
        alerts=_alerts(assessment, given.rules.risk_escalation),
    )


def _alerts(assessment: RiskAssessment, threshold: float) -> tuple[Alert, ...]:
    worst = assessment.risks[0]
    if worst.score < threshold:
        return ()
    message = (
        f"{worst.name}: probability {percent(worst.probability)}, impact {percent(worst.impact)}"
    )
    return (Alert("risk_escalation", "warning", message, {"risk": worst.name}),)


STAGE = Stage(
    name="risk_assessment",
    title="Risk assessment",
    reads=(
        "idea.input.json",
        "reading.output.json",
        "competitors.output.json",
        "technical.output.json",
        "simulation.result.json",
        "finance.output.json",
    ),
    writes=("risk.output.json",),
    time_limit=timedelta(seconds=30),
    run=run,
)
