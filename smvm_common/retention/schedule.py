"""When which retention class of a run is over: an index by day, so that cleaning costs what is due."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from smvm_common.identifiers import RunKey
from smvm_common.retention.classes import RETENTION_DAYS, RetentionClass
from smvm_common.store.base import ObjectStore

_FOLDER = "index/retention/"
_ORDER: tuple[RetentionClass, ...] = ("working", "artefacts", "record")


@dataclass(frozen=True, slots=True)
class Due:
    """A retention class of a run whose time is over."""

    entry: str
    key: RunKey
    retention_class: RetentionClass
    accepted_at: datetime


class RetentionSchedule:
    """One entry a run: of the class that is over next."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def begin(self, key: RunKey, accepted_at: datetime) -> None:
        """A run was accepted: its working documents are over first."""
        self._write(key, _ORDER[0], accepted_at, _over(_ORDER[0], accepted_at))

    def due(self, now: datetime) -> Iterator[Due]:
        """Yield what is over, by day."""
        for entry in self._store.list(_FOLDER):
            if entry.removeprefix(_FOLDER).split("/")[0] > f"{now:%Y%m%d}":
                return
            fields = json.loads(self._store.get(entry).body)
            accepted_at = datetime.fromisoformat(fields["accepted_at"])
            yield Due(entry, RunKey(**fields["run"]), fields["retention_class"], accepted_at)

    def advance(self, due: Due) -> None:
        """It is cleaned: the next class, if any, takes its place."""
        following = _ORDER[_ORDER.index(due.retention_class) + 1 :]
        if following:
            at = _over(following[0], due.accepted_at)
            self._write(due.key, following[0], due.accepted_at, at)
        self._store.delete(due.entry)

    def postpone(self, due: Due, until: datetime) -> None:
        """It cannot be cleaned yet."""
        self._write(due.key, due.retention_class, due.accepted_at, until)
        self._store.delete(due.entry)

    def _write(
        self, key: RunKey, retention_class: RetentionClass, accepted_at: datetime, at: datetime
    ) -> None:
        fields = {
            "run": key.to_message(),
            "retention_class": retention_class,
            "accepted_at": accepted_at.isoformat(),
        }
        name = f"{_FOLDER}{at:%Y%m%d}/{key.tenant}-{key.validation_id}-{retention_class}.json"
        self._store.put(name, json.dumps(fields).encode())


def _over(retention_class: RetentionClass, accepted_at: datetime) -> datetime:
    return accepted_at + timedelta(days=RETENTION_DAYS[retention_class])
