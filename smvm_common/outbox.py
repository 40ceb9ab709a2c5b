"""How far the callbacks of a run have been delivered: one small object beside the record.

The callbacks themselves stand in the record, written with the transition that caused them; this is
the cursor over them, written by the dispatcher alone.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from smvm_common.clock import parse_rfc3339
from smvm_common.errors import ObjectNotFoundError
from smvm_common.identifiers import RunKey
from smvm_common.run.record import Event, Run
from smvm_common.store.base import ObjectStore


@dataclass(frozen=True, slots=True)
class DeliveryState:
    """Callbacks up to ``settled_through`` are delivered or dead letters. ``failures`` counts failed
    attempts of the next one, which waits until ``not_before``; ``stopped`` says the receiver
    answered 410 and wants no more."""

    settled_through: int = 0
    failures: int = 0
    not_before: datetime | None = None
    stopped: bool = False
    etag: str | None = None

    def settle(self, sequence: int) -> "DeliveryState":
        return replace(self, settled_through=sequence, failures=0, not_before=None)

    def postpone(self, until: datetime) -> "DeliveryState":
        return replace(self, failures=self.failures + 1, not_before=until)

    def stop(self) -> "DeliveryState":
        return replace(self, stopped=True)


def pending(run: Run, state: DeliveryState) -> list[Event]:
    """The callbacks still to deliver, in order: a pure function."""
    if state.stopped:
        return []
    return [e for e in run.events if (e.callback_sequence or 0) > state.settled_through]


class Outbox:
    """Delivery states in the store."""

    def __init__(self, store: ObjectStore, *, enabled: bool = True) -> None:
        self._store = store
        self._enabled = enabled

    def state(self, key: RunKey) -> DeliveryState:
        """Read the state; a fresh one where nothing was delivered yet."""
        try:
            stored = self._store.get(_name(key))
        except ObjectNotFoundError:
            return DeliveryState()
        fields = json.loads(stored.body)
        if fields["not_before"] is not None:
            fields["not_before"] = parse_rfc3339(fields["not_before"])
        return DeliveryState(**{**fields, "etag": stored.etag})

    def save(self, key: RunKey, state: DeliveryState) -> DeliveryState:
        """Write by compare-and-swap; ``PreconditionFailedError`` where another dispatcher wrote."""
        fields = asdict(replace(state, etag=None))
        if state.not_before is not None:
            fields["not_before"] = state.not_before.isoformat()
        body = json.dumps(fields).encode()
        if state.etag is None:
            return replace(state, etag=self._store.create(_name(key), body))
        return replace(state, etag=self._store.replace(_name(key), body, state.etag))

    def has_undelivered(self, run: Run) -> bool:
        """Whether callbacks of the run are still to be delivered or dead-lettered."""
        if not self._enabled or not any(e.callback for e in run.events):
            return False
        return bool(pending(run, self.state(run.key)))


def _name(key: RunKey) -> str:
    return f"index/outbox/{key.tenant}/{key.validation_id}.json"
