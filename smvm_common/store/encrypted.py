"""A store whose objects are encrypted before they leave the process."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from smvm_common.encryption.data_keys import DataKeys
from smvm_common.encryption.envelope import is_sealed, seal, unseal
from smvm_common.encryption.scopes import KEYS, scope_of
from smvm_common.errors import ErasedError
from smvm_common.store.base import ObjectInfo, ObjectStore, StoredObject


class EncryptedStore:
    """An :class:`~smvm_common.store.base.ObjectStore` over another one.

    Objects that were written before are read as they are. Reading raises ``ErasedError`` once the
    scope's key was destroyed, ``IntegrityError`` for what was tampered with. No links are presigned:
    they would lead to ciphertext. The wrapped keys, which lie in the inner store, are not listed.
    """

    def __init__(self, inner: ObjectStore, keys: DataKeys) -> None:
        self._inner = inner
        self.keys = keys

    def get(self, key: str) -> StoredObject:
        stored = self._inner.get(key)
        body = self._open(key, stored.body)
        return StoredObject(key, body, stored.etag, stored.content_type)

    def head(self, key: str) -> ObjectInfo:
        # the size of the ciphertext is nobody's business, and what is stored is small
        stored = self.get(key)
        return ObjectInfo(key, len(stored.body), stored.etag, stored.content_type)

    def put(self, key: str, body: bytes, content_type: str = "application/json") -> str:
        return self._inner.put(key, self._seal(key, body), content_type)

    def create(self, key: str, body: bytes, content_type: str = "application/json") -> str:
        return self._inner.create(key, self._seal(key, body), content_type)

    def replace(
        self, key: str, body: bytes, etag: str, content_type: str = "application/json"
    ) -> str:
        return self._inner.replace(key, self._seal(key, body), etag, content_type)

    def delete(self, key: str) -> None:
        self._inner.delete(key)

    def list(self, prefix: str, start_after: str = "", limit: int | None = None) -> Iterator[str]:
        found = self._inner.list(prefix, start_after)
        return islice((key for key in found if not key.startswith(KEYS)), limit)

    def open_range(self, key: str, start: int, end: int, chunk: int = 65536) -> Iterator[bytes]:
        wanted = self.get(key).body[start : end + 1]
        return (wanted[at : at + chunk] for at in range(0, len(wanted), chunk))

    def presign(self, key: str, expires_in: timedelta) -> str | None:
        return None if scope_of(key) else self._inner.presign(key, expires_in)

    def ping(self) -> None:
        self._inner.ping()

    def _seal(self, key: str, body: bytes) -> bytes:
        scope = scope_of(key)
        return body if scope is None else seal(self.keys.for_writing(scope), body, key)

    def _open(self, key: str, body: bytes) -> bytes:
        scope = scope_of(key)
        if scope is None or not is_sealed(body):
            return body
        try:
            return unseal(self.keys.for_reading(scope), body, key)
        except ErasedError as error:
            raise ErasedError(f"{key}: {error.detail}") from error
