"""The production worker with its stages emptied, and a bare no-op task beside them.

``celery -A emptied_pipeline worker``: runner, store, broker and tasks are production's; a stage only
hands back documents of a line each. ``SMVM_COUNT_STORE`` has every store operation counted in Redis.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from redis import Redis

from smvm_common.settings_loader import load_settings
from smvm_common.store.base import ObjectStore
from smvm_workers import celery as production
from smvm_workers import pipeline, services
from smvm_workers.stages.base import Stage, StageInput, StageOutput

OPERATIONS = ("get", "head", "put", "create", "replace", "delete", "list")
COUNTS = "benchmark:store"
CHAINS_DONE = "benchmark:chains"
_GATE = {"gate_decision": "proceed", "confidence_score": 0.8, "key_factors": [], "next_steps": []}


def emptied(stage: Stage) -> Stage:
    """The same stage with nothing to do."""

    def run(given: StageInput) -> StageOutput:
        written = {n: b"%PDF-" if n.endswith(".pdf") else {"empty": True} for n in stage.writes}
        return StageOutput(documents=written, summary=_GATE if stage.name == "gate" else {})

    return replace(stage, run=run)


class CountingStore:
    """Passes every operation on and counts it."""

    def __init__(self, store: ObjectStore, count: Callable[[str], object]) -> None:
        self._store = store
        self._count = count

    def __getattr__(self, name: str) -> Any:
        if name in OPERATIONS:
            self._count(name)
        return getattr(self._store, name)


# in place: the celery command has imported the services by the time it reads this
pipeline.BY_NAME.update({name: emptied(stage) for name, stage in pipeline.BY_NAME.items()})
_settings = load_settings(os.environ)
_redis = Redis.from_url(_settings.redis.url)
if "SMVM_COUNT_STORE" in os.environ:
    _build = services.build_store
    services.build_store = lambda settings: CountingStore(
        _build(settings), lambda name: _redis.hincrby(COUNTS, name)
    )
# with its logging: printed debug lines would cost as much as a write
app = production.app


@app.task(name="benchmark.noop", ignore_result=True, acks_late=True)
def noop() -> None:
    """A step of the bare chain."""


@app.task(name="benchmark.end", ignore_result=True, acks_late=True)
def end() -> None:
    """The last step: counts the chains that came through."""
    _redis.incr(CHAINS_DONE)
