"""How far the callbacks of a run have been delivered: one small object beside the record.

The callbacks themselves stand in the record, written with the transition that caused them; this is
the cursor over them, written by the dispatcher alone.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from smvm_common.clock import parse_rfc3339
from smvm_common.errors import ObjectNotFoundError
from smvm_common.identifiers import RunKey
from smvm_common.run.record import Event, Run
from smvm_common.store.base import ObjectStore

_TIMES = ("failing_since", "not_before")


@dataclass(frozen=True, slots=True)
class DeliveryState:
    """Callbacks up to ``settled_through`` are delivered or dead letters. ``failures`` counts failed
    attempts of the next one since ``failing_since``; it waits until ``not_before``. ``stopped`` says
    the receiver answered 410 and wants no more."""

    settled_through: int = 0
    failures: int = 0
    failing_since: datetime | None = None
    not_before: datetime | None = None
    stopped: bool = False
    etag: str | None = None

    def settle(self, sequence: int) -> "DeliveryState":
        """The callback is delivered or buried: the next one starts afresh."""
        return DeliveryState(settled_through=sequence, etag=self.etag)

    def postpone(self, failed_at: datetime, delay: timedelta) -> "DeliveryState":
        """The next callback failed once more, and waits for ``delay``."""
        return replace(
            self,
            failures=self.failures + 1,
            failing_since=self.failing_since or failed_at,
            not_before=failed_at + delay,
        )

    def stop(self) -> "DeliveryState":
        """Nothing more is sent of this run."""
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
        times = {name: _moment(fields.get(name)) for name in _TIMES}
        return DeliveryState(**{**fields, **times, "etag": stored.etag})

    def save(self, key: RunKey, state: DeliveryState) -> DeliveryState:
        """Write by compare-and-swap; ``PreconditionFailedError`` where another dispatcher wrote."""
        fields = asdict(replace(state, etag=None))
        times = {name: fields[name] and fields[name].isoformat() for name in _TIMES}
        body = json.dumps({**fields, **times}).encode()
        if state.etag is None:
            return replace(state, etag=self._store.create(_name(key), body))
        return replace(state, etag=self._store.replace(_name(key), body, state.etag))

    def has_undelivered(self, run: Run) -> bool:
        """Whether callbacks of the run are still to be delivered or dead-lettered."""
        if not self._enabled or not any(e.callback for e in run.events):
            return False
        return bool(pending(run, self.state(run.key)))


def _moment(text: str | None) -> datetime | None:
    return None if text is None else parse_rfc3339(text)


def _name(key: RunKey) -> str:
    return f"index/outbox/{key.tenant}/{key.validation_id}.json"
