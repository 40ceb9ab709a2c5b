"""Sizes the market: TAM, SAM, SOM."""

from datetime import timedelta

from smvm_workers.stages.base import Stage, StageInput, StageOutput
from smvm_workers.stages.documents import (
    idea_of,
    quality_alert,
    reading_of,
    unstructure,
    warnings_of,
)


def run(given: StageInput) -> StageOutput:
    reading = reading_of(given)
    size = given.provider.size_market(idea_of(given), reading)
    document = unstructure(size)
    document["intervals"] = {
        name: unstructure(getattr(size, name).interval)
        for name in ("tam", "sam", "som", "customers", "annual_spend")
    }
    new = tuple(f for f in size.findings if f not in reading.findings)
    return StageOutput(
        documents={"market.output.json": document},
        warnings=warnings_of(new),
        alerts=quality_alert(new),
    )


STAGE = Stage(
    name="market_analysis",
    title="Market size",
    reads=("idea.input.json", "reading.output.json"),
    writes=("market.output.json",),
    time_limit=timedelta(seconds=30),
    run=run,
)
