"""Projects three years of money."""

from datetime import timedelta

from smvm_workers.engine.finance import project
from smvm_workers.engine.reference.industries import industry_margins
from smvm_workers.engine.reference.tables import assumption
from smvm_workers.engine.sensitivity import sobol_indices, tornado
from smvm_workers.stages.analysis_inputs import beliefs, finance_inputs
from smvm_workers.stages.base import Stage, StageInput, StageOutput
from smvm_workers.stages.documents import unstructure

_ASSUMED = (
    "acquisition_cost_ratio",
    "trial_marketing_ratio",
    "person_month_cost",
    "fixed_cost_ratio",
    "venture_premium",
)


def run(given: StageInput) -> StageOutput:
    believed = beliefs(given)
    inputs = finance_inputs(given, believed, believed.update.draws)
    margins = industry_margins(believed.reading.margin_industry)
    sources = [margins.source, *(assumption(name).source for name in _ASSUMED)]
    document = {
        **unstructure(project(inputs)),
        "sensitivity": {
            "tornado": unstructure(tornado(inputs)),
            "sobol": unstructure(sobol_indices(inputs, given.seed)),
        },
        "currency": "USD",
        "sources": unstructure(sources),
    }
    return StageOutput(documents={"finance.output.json": document})


STAGE = Stage(
    name="financial_projection",
    title="Financial projection",
    reads=(
        "idea.input.json",
        "reading.output.json",
        "personas.output.json",
        "competitors.output.json",
        "market.output.json",
    ),
    writes=("finance.output.json",),
    time_limit=timedelta(seconds=60),
    run=run,
)
