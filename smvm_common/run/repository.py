"""Reads and writes run records: create-only at first, compare-and-swap ever after."""

import hashlib
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from smvm_common.audit.chain import chained
from smvm_common.clock import Clock
from smvm_common.errors import PreconditionFailedError, UnavailableError
from smvm_common.identifiers import RunKey
from smvm_common.run.index import RunIndex, due_entry
from smvm_common.run.progress import MOVING, next_milestone
from smvm_common.run.record import DocumentInfo, JsonObject, Run
from smvm_common.run.serialization import from_bytes, to_bytes
from smvm_common.store.base import ObjectStore, StoredObject

_LOG = structlog.get_logger(__name__)
_IDEA = "idea.input.json"
_SUMMARY = "validation_summary.json"
_SWAP_TRIES = 12
"""Writers of one record are few (a stage, an evidence POST, a clock); a dozen tries outlast them."""
_SOON = timedelta(minutes=1)
"""Clocks of processes differ by less."""


@dataclass(frozen=True, slots=True)
class Change:
    """A transition as it was written; ``before`` and ``after`` are the same object if nothing was."""

    before: Run
    after: Run
    written: StoredObject | None = None


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A record as it was read, with the tag that a compare-and-swap needs."""

    run: Run
    etag: str


class RunRepository:
    """The records of one store. ``observers`` are told of each change after it is durable."""

    def __init__(self, store: ObjectStore, clock: Clock) -> None:
        self.store = store
        self.index = RunIndex(store)
        self._clock = clock
        self._observers: list[Callable[[Change], None]] = []

    def subscribe(self, observer: Callable[[Change], None]) -> None:
        """Have ``observer`` called with each change once it is durable."""
        self._observers.append(observer)

    def create(self, run: Run, idea: Mapping[str, Any], origin: JsonObject | None = None) -> Run:
        """Write a new run durably; it exists once its summary does, which is written last.

        ``idea`` is the body of ``idea.input.json``; ``origin`` goes into the audit trail. Raises
        ``PreconditionFailedError`` if the run exists already, or another request for it is half-way.
        The validation id must have been claimed with :meth:`RunIndex.claim_pointer`. A POST that died
        half-way can be sent again.
        """
        self.index.mark_moving(run.key)
        body = self._create_idea(run, idea)
        digest = hashlib.sha256(body).hexdigest()
        info = DocumentInfo(digest, len(body), "application/json")
        run = replace(
            run,
            documents={**run.documents, _IDEA: info},
            events=chained((), run.events, run.key.validation_id, origin),
        )
        self.store.create(run.key.document(_SUMMARY), to_bytes(run))
        return run

    def _create_idea(self, run: Run, idea: Mapping[str, Any]) -> bytes:
        body = json.dumps(
            {**idea, "request_digest": run.request_digest}, ensure_ascii=False
        ).encode()
        try:
            self.store.create(run.key.document(_IDEA), body)
        except PreconditionFailedError:
            existing = self.store.get(run.key.document(_IDEA)).body
            if json.loads(existing).get("request_digest") != run.request_digest:
                raise
            return existing
        return body

    def load(self, key: RunKey) -> Run:
        """Read a record; ``ObjectNotFoundError`` where there is none, ``UnreadableRecordError``
        where it is not one."""
        return self.read(key).run

    def read(self, key: RunKey) -> StoredRun:
        """Read a record in order to update it later; raises what :meth:`load` raises."""
        stored = self.store.get(key.document(_SUMMARY))
        return StoredRun(from_bytes(stored.body), stored.etag)

    def find(self, tenant: str, validation_id: str) -> Run:
        """Read a record by its validation id; ``ObjectNotFoundError`` also for another tenant's."""
        return self.load(self.index.resolve(tenant, validation_id))

    def update(
        self,
        key: RunKey,
        transition: Callable[[Run, datetime], Run],
        seen: StoredRun | None = None,
        origin: JsonObject | None = None,
    ) -> Change:
        """Apply a transition by compare-and-swap, again from the start when another came first.

        ``seen`` is the record as read before, which saves reading it once more; ``origin`` goes into
        the audit trail. Raises what the transition raises, and ``UnavailableError`` when it never got
        through.
        """
        for attempt in range(_SWAP_TRIES):
            change = self._try(seen or self.read(key), transition, origin)
            if change is not None:
                return change
            seen = None
            time.sleep(random.uniform(0, 0.01 * 2 ** min(attempt, 5)))  # noqa: S311 (jitter)
        raise UnavailableError("the run record is being changed by too many at once")

    def _try(
        self,
        stored: StoredRun,
        transition: Callable[[Run, datetime], Run],
        origin: JsonObject | None,
    ) -> Change | None:
        before = stored.run
        after = transition(before, self._clock.now())
        if after == before:
            return Change(before, before)
        events = chained(before.events, after.events, before.key.validation_id, origin)
        after = replace(after, events=events)
        self._index_before(before, after)
        try:
            written = self._swap(after, stored.etag)
        except PreconditionFailedError:
            return None
        change = Change(before, after, written)
        _LOG.debug(
            "run_changed",
            before=before.status.value,
            after=after.status.value,
            events=[event.name for event in after.events[len(before.events) :]],
        )
        self._index_after(change)
        for observer in self._observers:
            observer(change)
        return change

    def _swap(self, after: Run, etag: str) -> StoredObject:
        name, body, kind = after.key.document(_SUMMARY), to_bytes(after), "application/json"
        return StoredObject(name, body, self.store.replace(name, body, etag, kind), kind)

    def _index_before(self, before: Run, after: Run) -> None:
        if before.status not in MOVING:
            self.index.mark_moving(after.key)
        if self._must_schedule(before, after):
            self.index.schedule(after)

    @staticmethod
    def _must_schedule(before: Run, after: Run) -> bool:
        """A moving run is looked after by the reconciler; it needs its due entry when it rests."""
        rests = before.status in MOVING and after.status not in MOVING
        return rests or due_entry(before) != due_entry(after)

    def _index_after(self, change: Change) -> None:
        if change.before.status not in MOVING:
            # the reconciler may have dropped the entry while the record was being swapped
            self.index.mark_moving(change.after.key)
        stale = due_entry(change.before)
        if stale is not None and stale != due_entry(change.after):
            self.index.drop_due(stale)
        if self._must_schedule(change.before, change.after) and self._due_soon(change.after):
            # whoever fires milestones may have dropped this entry meanwhile: the record did not name it
            self.index.schedule(change.after)

    def _due_soon(self, run: Run) -> bool:
        milestone = next_milestone(run)
        return milestone is not None and milestone[1] <= self._clock.now() + _SOON
