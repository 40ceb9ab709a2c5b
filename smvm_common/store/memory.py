"""The store in memory, for unit tests: the same meaning, no durability."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Lock

from smvm_common.errors import ObjectNotFoundError, PreconditionFailedError
from smvm_common.store.base import ObjectInfo, StoredObject
from smvm_common.store.keys import check_key, content_etag


class MemoryStore:
    """An :class:`~smvm_common.store.base.ObjectStore` in a dictionary."""

    def __init__(self) -> None:
        self._objects: dict[str, tuple[bytes, str]] = {}
        self._lock = Lock()

    def get(self, key: str) -> StoredObject:
        body, content_type = self._find(key)
        return StoredObject(key, body, content_etag(body), content_type)

    def head(self, key: str) -> ObjectInfo:
        body, content_type = self._find(key)
        return ObjectInfo(key, len(body), content_etag(body), content_type)

    def put(self, key: str, body: bytes, content_type: str = "application/json") -> str:
        with self._lock:
            self._objects[check_key(key)] = (body, content_type)
        return content_etag(body)

    def create(self, key: str, body: bytes, content_type: str = "application/json") -> str:
        with self._lock:
            if check_key(key) in self._objects:
                raise PreconditionFailedError(f"{key} exists already")
            self._objects[key] = (body, content_type)
        return content_etag(body)

    def replace(
        self, key: str, body: bytes, etag: str, content_type: str = "application/json"
    ) -> str:
        with self._lock:
            current = self._objects.get(check_key(key))
            if current is None or content_etag(current[0]) != etag:
                raise PreconditionFailedError(f"{key} changed since it was read")
            self._objects[key] = (body, content_type)
        return content_etag(body)

    def delete(self, key: str) -> None:
        with self._lock:
            self._objects.pop(check_key(key), None)

    def list(self, prefix: str, start_after: str = "", limit: int | None = None) -> Iterator[str]:
        with self._lock:
            keys = sorted(self._objects, key=str.encode)
        wanted = (k for k in keys if k.startswith(prefix) and k.encode() > start_after.encode())
        for count, key in enumerate(wanted):
            if limit is not None and count >= limit:
                return
            yield key

    def open_range(self, key: str, start: int, end: int, chunk: int = 65536) -> Iterator[bytes]:
        body, _ = self._find(key)
        wanted = body[start : end + 1]
        return (wanted[i : i + chunk] for i in range(0, len(wanted), chunk))

    def presign(self, key: str, expires_in: timedelta) -> str | None:
        return None

    def ping(self) -> None:
        return None

    def _find(self, key: str) -> tuple[bytes, str]:
        with self._lock:
            found = self._objects.get(check_key(key))
        if found is None:
            raise ObjectNotFoundError(f"no object under {key}")
        return found
