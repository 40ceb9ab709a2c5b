"""Runs in every state in a store, with the documents of a real analysis, and dead letters."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count

from smvm_api.mock_mode import apply_mock
from smvm_common.clock import SystemClock
from smvm_common.dead_letters import DeadLetter, DeadLetterBox, letter_id
from smvm_common.identifiers import DEFAULT_TENANT, RunKey, validation_id_for
from smvm_common.run import transitions
from smvm_common.run.creation import new_run
from smvm_common.run.record import Run
from smvm_common.run.repository import RunRepository
from smvm_common.settings import TimelineSettings
from smvm_common.store.base import ObjectStore
from smvm_common.t0 import check_idea
from support.api import IDEA_REQUEST
from support.runs import complete_through, proceed

STATES = (
    "accepted",
    "running",
    "awaiting_completion",
    "incomplete",
    "failed",
    "completed",
    "finalized",
    "cancelled",
)


class Seeding:
    """Makes records by the real transitions; no worker has to be there."""

    def __init__(self, store: ObjectStore) -> None:
        self._clock = SystemClock()
        self._repository = RunRepository(store, self._clock)
        self._letters = DeadLetterBox(store)
        self._numbers = count(1)

    def run_in(self, state: str) -> Run:
        """A new run in one of :data:`STATES`. All are marked as recorded, so that completing one
        with evidence does not wait for a worker."""
        run = self._accepted()
        if state in ("awaiting_completion", "completed", "finalized"):
            run = apply_mock(self._repository, run)
        now = self._clock.now()
        steps: dict[str, tuple[Callable[..., Run], ...]] = {
            "running": (lambda r, now: complete_through(r, "market_analysis", proceed()),),
            "incomplete": (transitions.miss_gate,),
            "failed": (partial(transitions.fail, stage="gate", reason="a reason"),),
            "completed": (partial(transitions.complete, actor="seed", note=None),),
            "finalized": (
                partial(transitions.complete, actor="seed", note=None),
                partial(transitions.finalize, actor="seed"),
            ),
            "cancelled": (partial(transitions.cancel, actor="seed", reason=None),),
        }
        for step in steps.get(state, ()):
            run = self._repository.update(run.key, step).after
        assert run.status.value == state, now
        return run

    def dead_letter(self) -> str:
        """A new dead letter of a new run; its identifier."""
        key, now = self._key(), self._clock.now()
        name = letter_id(key, 1, now)
        self._letters.put(
            DeadLetter(
                id=name,
                key=key,
                correlation_id="CORR-1",
                url="https://receiver.example/hook/validation/update",
                kind="update",
                sequence=1,
                webhook_id="msg_1",
                body='{"status": "running"}',
                attempts=6,
                reason="HTTP 500",
                occurred_at=now.isoformat(),
                first_attempt_at=now.isoformat(),
                last_attempt_at=(now + timedelta(seconds=31)).isoformat(),
            )
        )
        return name

    def _accepted(self) -> Run:
        idea = {name: v for name, v in IDEA_REQUEST["idea"].items() if name != "submitter"}
        key = self._key()
        run = new_run(
            key,
            self._clock.now(),
            TimelineSettings(),
            correlation_id="CORR-1",
            request_digest="d" * 64,
            callback_url="https://receiver.example/hook",
            t0=check_idea(idea).to_json() | {"pii": {"count": 0, "masked": {}}},
            actor="seed",
        )
        self._repository.index.claim_pointer(key)
        return self._repository.create(replace(run, mock=True), {"idea": idea})

    def _key(self) -> RunKey:
        now = self._clock.now()
        run_id = f"RUN-{now:%Y%m%d-%H%M%S}-{next(self._numbers):08x}"
        return RunKey(DEFAULT_TENANT, "PROJ-SEED", run_id, validation_id_for(run_id))
