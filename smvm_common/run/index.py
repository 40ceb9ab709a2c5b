"""Indexes in the store that keep the cost of looking after runs proportional to what is due.

``index/moving/`` names the runs that a worker should be at or whose callbacks are not all delivered;
``index/due/`` names the next milestone of each waiting run under its real due time, so that a listing
from the front meets what is due first. Entries may be stale, never missing: they are written before
the record changes, and whoever follows one checks the record. ``index/changed/`` names the runs at rest
that moved since the last audit checkpoint.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from smvm_common.errors import (
    InvalidInputError,
    ObjectNotFoundError,
    PreconditionFailedError,
    UnreadableRecordError,
)
from smvm_common.identifiers import RunKey
from smvm_common.run.progress import next_milestone
from smvm_common.run.record import Run
from smvm_common.store.base import ObjectStore

_LOG = structlog.get_logger(__name__)
_POINTERS = "index/validations/"
_MOVING = "index/moving/"
_DUE = "index/due/"
_CHANGED = "index/changed/"


@dataclass(frozen=True, slots=True)
class DueEntry:
    entry: str
    key: RunKey


def _body(key: RunKey) -> bytes:
    return json.dumps(key.to_message()).encode()


def _moving_entry(key: RunKey) -> str:
    return f"{_MOVING}{key.tenant}/{key.validation_id}.json"


def _changed_entry(key: RunKey) -> str:
    return f"{_CHANGED}{key.tenant}/{key.validation_id}.json"


def due_entry(run: Run) -> str | None:
    """The store key of the run's next milestone, None where none is to come."""
    milestone = next_milestone(run)
    if milestone is None:
        return None
    due = milestone[1].astimezone(UTC)
    # a folder a minute: a directory store reads whole folders, and the first one holds few entries
    folder = f"{_DUE}{due:%Y%m%d}/{due:%H%M}"
    return f"{folder}/{due:%Y%m%dT%H%M%S}Z-{run.key.tenant}-{run.key.validation_id}.json"


class RunIndex:
    """Reads and writes the index entries of one store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def claim_pointer(self, key: RunKey) -> RunKey:
        """Bind the validation id to the run; the key it is bound to, which is another's if taken."""
        try:
            self._store.create(self._pointer(key.tenant, key.validation_id), _body(key))
        except PreconditionFailedError:
            return self.resolve(key.tenant, key.validation_id)
        return key

    def resolve(self, tenant: str, validation_id: str) -> RunKey:
        """Find a run by its validation id; ``ObjectNotFoundError`` also for another tenant's."""
        return self._read(self._pointer(tenant, validation_id))

    def validations(self, tenant: str, start_after: str = "") -> Iterator[str]:
        """Yield the tenant's validation ids in order, oldest first."""
        prefix = f"{_POINTERS}{tenant}/"
        after = f"{prefix}{start_after}.json" if start_after else ""
        for entry in self._store.list(prefix, start_after=after):
            yield entry.removeprefix(prefix).removesuffix(".json")

    def mark_moving(self, key: RunKey) -> None:
        self._store.put(_moving_entry(key), _body(key))

    def unmark_moving(self, key: RunKey) -> None:
        self._store.delete(_moving_entry(key))

    def moving(self) -> Iterator[RunKey]:
        """Yield the runs to look after."""
        return self._followed(_MOVING)

    def moving_entries(self) -> Iterator[str]:
        """Yield the entries of the runs to look after, which :meth:`follow` reads."""
        return self._store.list(_MOVING)

    def all(self) -> Iterator[RunKey]:
        """Yield every run of every tenant, oldest first within each."""
        return self._followed(_POINTERS)

    def note_change(self, key: RunKey) -> None:
        """A run comes to rest: the next audit checkpoint must see it."""
        self._store.put(_changed_entry(key), _body(key))

    def forget_change(self, key: RunKey) -> None:
        self._store.delete(_changed_entry(key))

    def changed(self) -> Iterator[RunKey]:
        """Yield the runs that moved since the last audit checkpoint: those noted, and all that move."""
        noted = set()
        for key in self._followed(_CHANGED):
            noted.add(key)
            yield key
        for key in self.moving():
            if key not in noted:
                yield key

    def schedule(self, run: Run) -> None:
        """Write the entry of the run's next milestone."""
        entry = due_entry(run)
        if entry is not None:
            self._store.put(entry, _body(run.key))

    def due(self, now: datetime) -> Iterator[DueEntry]:
        """Yield the entries due at the real time ``now``, earliest first."""
        for entry in self._store.list(_DUE):
            stamp = entry.rsplit("/", 1)[1].split("Z-", 1)[0]
            if stamp > f"{now.astimezone(UTC):%Y%m%dT%H%M%S}":
                return
            key = self.follow(entry)
            if key is not None:
                yield DueEntry(entry, key)

    def follow(self, entry: str) -> RunKey | None:
        """The run of a listed entry; None where it is gone, or is broken, which must not keep the
        entries behind it waiting."""
        try:
            return self._read(entry)
        except ObjectNotFoundError:
            return None
        except UnreadableRecordError as error:
            _LOG.error("index_entry_unreadable", reason=error.detail)
            return None

    def drop_due(self, entry: str) -> None:
        self._store.delete(entry)

    @staticmethod
    def _pointer(tenant: str, validation_id: str) -> str:
        return f"{_POINTERS}{tenant}/{validation_id}.json"

    def _followed(self, folder: str) -> Iterator[RunKey]:
        found = (self.follow(entry) for entry in self._store.list(folder))
        return (key for key in found if key is not None)

    def _read(self, entry: str) -> RunKey:
        body = self._store.get(entry).body
        try:
            return RunKey(**json.loads(body))
        except (ValueError, TypeError, InvalidInputError) as error:
            raise UnreadableRecordError(f"the index entry {entry} cannot be read") from error
