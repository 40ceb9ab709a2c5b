"""Reads the idea and draws the personas of its segment."""

from datetime import timedelta

from smvm_workers.stages.base import Stage, StageInput, StageOutput
from smvm_workers.stages.documents import idea_of, quality_alert, unstructure, warnings_of


def run(given: StageInput) -> StageOutput:
    idea = idea_of(given)
    reading = given.provider.read_idea(idea)
    personas = given.provider.synthesise_personas(idea, reading)
    findings = tuple(dict.fromkeys(reading.findings + personas.findings))
    return StageOutput(
        documents={
            "reading.output.json": {
                "reading": unstructure(reading),
                "findings": unstructure(reading.findings),
                "sources": unstructure(reading.sources),
            },
            "personas.output.json": unstructure(personas),
        },
        warnings=warnings_of(findings),
        alerts=quality_alert(findings),
    )


STAGE = Stage(
    name="persona_synthesis",
    title="Personas",
    reads=("idea.input.json",),
    writes=("reading.output.json", "personas.output.json"),
    time_limit=timedelta(seconds=30),
    run=run,
)
