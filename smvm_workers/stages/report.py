"""Writes the report: as an artefact in PDF, and as the page that the API shows for it.

The page is made here, not in the API, so that the API's image needs neither charts nor engine, and
both are of one content.
"""

from datetime import timedelta

from smvm_workers.report.content import compose
from smvm_workers.report.drawing import draw
from smvm_workers.report.html import render_page
from smvm_workers.report.typeset import typeset
from smvm_workers.stages.base import Stage, StageInput, StageOutput


def run(given: StageInput) -> StageOutput:
    content = compose(given.documents, given.validation_id, given.created_at)
    drawn = draw(given.documents)
    return StageOutput(
        documents={
            "analysis_report.pdf": typeset(content, drawn, given.created_at),
            "analysis_report.html": render_page(content, drawn),
        }
    )


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
    writes=("analysis_report.pdf", "analysis_report.html"),
    time_limit=timedelta(seconds=60),
    run=run,
)
