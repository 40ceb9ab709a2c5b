"""Data keys: one for each scope, kept in the store, wrapped."""

import json
import secrets
import time
from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any

from smvm_common.encryption.envelope import KEY_BYTES, seal, unseal
from smvm_common.encryption.key_encryption_keys import KeyEncryptionKeys
from smvm_common.encryption.scopes import KEYS
from smvm_common.errors import ErasedError, ObjectNotFoundError, PreconditionFailedError
from smvm_common.store.base import ObjectStore, StoredObject

_CACHED = 1024
_REMEMBER = 30.0
"""Seconds a process may go on with a key that another has destroyed."""


class DataKeys:
    """``store`` is the inner store: wrapped keys are not encrypted once more."""

    def __init__(
        self,
        store: ObjectStore,
        wrapping: KeyEncryptionKeys,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._wrapping = wrapping
        self._clock = clock
        self._cache: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._lock = Lock()

    def for_writing(self, scope: str) -> bytes:
        """The scope's key, made at first use; ``ErasedError`` once it was destroyed."""
        try:
            return self.for_reading(scope)
        except ErasedError:
            raise
        except ObjectNotFoundError:
            return self._make(scope)

    def for_reading(self, scope: str) -> bytes:
        """The scope's key; ``ObjectNotFoundError`` where none was made, ``ErasedError`` once it was
        destroyed."""
        with self._lock:
            known = self._cache.get(scope)
        if known is not None and self._clock() - known[0] < _REMEMBER:
            return known[1]
        return self._remember(scope, self._unwrap(scope, self._store.get(_entry(scope))))

    def destroy(self, scope: str, erased_at: str) -> None:
        """Make everything of the scope unreadable for ever; doing it twice changes nothing."""
        try:
            if "erased_at" in json.loads(self._store.get(_entry(scope)).body):
                return
        except ObjectNotFoundError:
            pass
        self._store.put(_entry(scope), json.dumps({"erased_at": erased_at}).encode())
        with self._lock:
            self._cache.pop(scope, None)

    def rewrap(self) -> int:
        """Wrap every data key with the newest key-encryption key; how many were wrapped anew."""
        return sum(self._rewrap(entry) for entry in self._store.list(KEYS))

    def wrapped_by(self) -> Iterator[str]:
        """Yield, for each data key that was not destroyed, the id of the key that wraps it."""
        for entry in self._store.list(KEYS):
            fields = json.loads(self._store.get(entry).body)
            if "erased_at" not in fields:
                yield fields["wrapped_by"]

    def _rewrap(self, entry: str) -> bool:
        stored = self._store.get(entry)
        fields = json.loads(stored.body)
        if fields.get("wrapped_by", self._wrapping.newest) == self._wrapping.newest:
            return False
        scope = entry.removeprefix(KEYS).removesuffix(".json")
        try:
            self._store.replace(entry, self._wrap(scope, self._unwrap(scope, stored)), stored.etag)
        except PreconditionFailedError:  # it was destroyed meanwhile
            return False
        return True

    def _make(self, scope: str) -> bytes:
        key = secrets.token_bytes(KEY_BYTES)
        try:
            self._store.create(_entry(scope), self._wrap(scope, key))
        except PreconditionFailedError:
            return self.for_reading(scope)
        return self._remember(scope, key)

    def _wrap(self, scope: str, key: bytes) -> bytes:
        newest = self._wrapping.newest
        sealed = seal(self._wrapping.get(newest), key, scope)
        return json.dumps({"wrapped_by": newest, "key": b64encode(sealed).decode()}).encode()

    def _unwrap(self, scope: str, stored: StoredObject) -> bytes:
        fields: dict[str, Any] = json.loads(stored.body)
        if "erased_at" in fields:
            raise ErasedError(f"erased at {fields['erased_at']}")
        wrapping = self._wrapping.get(fields["wrapped_by"])
        return unseal(wrapping, b64decode(fields["key"]), scope)

    def _remember(self, scope: str, key: bytes) -> bytes:
        with self._lock:
            self._cache[scope] = (self._clock(), key)
            while len(self._cache) > _CACHED:
                self._cache.popitem(last=False)
        return key


def _entry(scope: str) -> str:
    return f"{KEYS}{scope}.json"
