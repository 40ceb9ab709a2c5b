"""Typesets the report."""

from datetime import timedelta

from smvm_workers.report.typeset import typeset
from smvm_workers.stages.base import Stage, StageInput, StageOutput


def run(given: StageInput) -> StageOutput:
    pdf = typeset(given.documents, given.validation_id, given.created_at)
    return StageOutput(documents={"analysis_report.pdf": pdf})


STAGE = Stage(
    name="report",
    title="Report",
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
        "decision.output.json",
    ),
    writes=("analysis_report.pdf",),
    time_limit=timedelta(seconds=60),
    run=run,
)
