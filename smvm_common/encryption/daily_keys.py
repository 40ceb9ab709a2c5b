"""A key for each day, of what is kept outside the store for a short while."""

import secrets

from smvm_common.clock import Clock
from smvm_common.encryption.envelope import KEY_BYTES
from smvm_common.errors import ObjectNotFoundError, PreconditionFailedError
from smvm_common.store.base import ObjectStore

_FOLDER = "handover/"


class DailyKeys:
    """Lie in ``store``, and nowhere else. Who first needs a day's key makes it and deletes those of
    the days before: what they sealed is then noise, wherever a copy of it was left."""

    def __init__(self, store: ObjectStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: tuple[str, bytes] | None = None

    def current(self) -> bytes:
        """Today's key (UTC); a process reads it once a day. Raises what the store raises."""
        entry = f"{_FOLDER}{self._clock.now():%Y%m%d}"
        if self._known is None or self._known[0] != entry:
            self._known = entry, self._find(entry)
        return self._known[1]

    def _find(self, entry: str) -> bytes:
        try:
            return self._store.get(entry).body
        except ObjectNotFoundError:
            return self._make(entry)

    def _make(self, entry: str) -> bytes:
        key = secrets.token_bytes(KEY_BYTES)
        try:
            self._store.create(entry, key, "application/octet-stream")
        except PreconditionFailedError:
            return self._store.get(entry).body
        for older in list(self._store.list(_FOLDER)):
            if older < entry:
                self._store.delete(older)
        return key
