"""Assesses what must be built."""

from datetime import timedelta

from smvm_workers.engine.technical import assess_technology
from smvm_workers.stages.base import Stage, StageInput, StageOutput
from smvm_workers.stages.documents import idea_of, reading_of, unstructure, warnings_of


def run(given: StageInput) -> StageOutput:
    assessment = assess_technology(idea_of(given), reading_of(given))
    return StageOutput(
        documents={"technical.output.json": unstructure(assessment)},
        warnings=warnings_of(assessment.findings),
    )


STAGE = Stage(
    name="technical_validation",
    title="Technical validation",
    reads=("idea.input.json", "reading.output.json"),
    writes=("technical.output.json",),
    time_limit=timedelta(seconds=30),
    run=run,
)
