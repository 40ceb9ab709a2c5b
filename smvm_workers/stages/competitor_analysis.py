"""Finds the five nearest competitors and the status quo."""

from datetime import timedelta

from smvm_workers.stages.base import Stage, StageInput, StageOutput
from smvm_workers.stages.documents import idea_of, reading_of, unstructure, warnings_of


def run(given: StageInput) -> StageOutput:
    found = given.provider.find_competitors(idea_of(given), reading_of(given))
    document = unstructure(found)
    document["market_analysis"] = {
        "status_quo_share": found.status_quo_share,
        "concentration_hhi": found.concentration_hhi,
        "positioning": [
            {
                "name": c.company_info.name,
                "price_index": c.market_position.price_index,
                "brand_index": c.market_position.brand_index,
                "threat_level": c.market_position.threat_level,
            }
            for c in found.competitors
        ],
    }
    return StageOutput(
        documents={"competitors.output.json": document}, warnings=warnings_of(found.findings)
    )


STAGE = Stage(
    name="competitor_analysis",
    title="Competitors",
    reads=("idea.input.json", "reading.output.json"),
    writes=("competitors.output.json",),
    time_limit=timedelta(seconds=30),
    run=run,
)
