"""Reads the idea and draws the personas of its segment."""

from datetime import timedelta

from smvm_workers.engine.idea import read_idea
from smvm_workers.engine.personas import synthesise_personas
from smvm_workers.stages.base import Stage, StageInput, StageOutput
from smvm_workers.stages.documents import idea_of, quality_alert, unstructure, warnings_of


def run(given: StageInput) -> StageOutput:
    reading = read_idea(idea_of(given))
    personas = synthesise_personas(reading)
    return StageOutput(
        documents={
            "reading.output.json": {
                "reading": unstructure(reading),
                "findings": unstructure(reading.findings),
                "sources": unstructure(reading.sources),
            },
            "personas.output.json": unstructure(personas),
        },
        warnings=warnings_of(reading.findings),
        alerts=quality_alert(reading.findings),
    )


STAGE = Stage(
    name="persona_synthesis",
    title="Personas",
    reads=("idea.input.json",),
    writes=("reading.output.json", "personas.output.json"),
    time_limit=timedelta(seconds=30),
    run=run,
)
