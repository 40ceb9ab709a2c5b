"""Runs every stage once on a small idea, so that models are loaded and kernels compiled."""

from datetime import UTC, datetime

from smvm_workers.pipeline import STAGES
from smvm_workers.stages.base import Document, StageInput

_IDEA = {
    "description": "Subscription bookkeeping software for small bakeries",
    "domain": "finance",
    "urgency": "low",
    "metadata": {},
}


def warm_up() -> None:
    """Do the whole analysis of a fixed idea in memory and throw the result away."""
    documents: dict[str, Document] = {"idea.input.json": {"idea": _IDEA}}
    for stage in STAGES:
        output = stage.run(
            StageInput(
                run_id="RUN-20200101-000000-00000000",
                validation_id="VAL-20200101-000000-00000000-001",
                project_id="warm-up",
                seed=1,
                round=1,
                created_at=datetime(2020, 1, 1, tzinfo=UTC),
                documents={n: documents[n] for n in stage.reads if n in documents},
            )
        )
        documents |= {n: d for n, d in output.documents.items() if not isinstance(d, bytes)}
