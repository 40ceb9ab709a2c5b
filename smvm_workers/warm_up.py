"""Runs the stages once on a small idea, so that models are loaded and kernels compiled."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

from smvm_common.settings import SimulationSettings
from smvm_workers.pipeline import STAGES
from smvm_workers.stages.base import Document, Stage, StageInput

_IDEA = {
    "description": "Subscription bookkeeping software for small bakeries",
    "domain": "finance",
    "urgency": "low",
    "metadata": {},
}

_FEW = SimulationSettings(agents=100)
"""As few as the settings allow: the same kernels, in no time."""
_FORKING_HARMS = frozenset({"report"})
"""Stages that start threads of a library (those of typst); a child that needs them would have none."""


@cache
def warm_up() -> None:
    """Do the analysis of a fixed idea in memory, once a process, and throw the result away.

    It may be done before a fork: no thread is left running and nothing connects.
    """
    # the tokenizer has threads, too, which one text at a time does not need
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    documents: dict[str, Document] = {"idea.input.json": {"idea": _IDEA}}
    for stage in STAGES:
        if stage.name not in _FORKING_HARMS:
            documents |= _documents(stage, documents)


def _documents(stage: Stage, documents: Mapping[str, Document]) -> dict[str, Document]:
    output = stage.run(
        StageInput(
            run_id="RUN-20200101-000000-00000000",
            validation_id="VAL-20200101-000000-00000000-001",
            project_id="warm-up",
            seed=1,
            round=1,
            created_at=datetime(2020, 1, 1, tzinfo=UTC),
            documents={n: documents[n] for n in stage.reads if n in documents},
            simulation=_FEW,
        )
    )
    return {n: d for n, d in output.documents.items() if not isinstance(d, bytes)}
