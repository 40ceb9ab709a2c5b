"""The one interface of the system of record, whatever holds it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object as read: its bytes, and the version tag that a compare-and-swap needs."""

    key: str
    body: bytes
    etag: str
    content_type: str


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What is known of an object without reading its body; ``size`` in bytes."""

    key: str
    size: int
    etag: str
    content_type: str


class ObjectStore(Protocol):
    """Keyed objects with conditional writes; keys are relative POSIX paths.

    Every method raises :class:`~smvm_common.errors.StoreUnavailableError` when the backend does not
    answer. A write that returned is durable: it survives ``kill -9`` of any process.
    Keys with empty, ``.`` or ``..`` segments, a leading slash, or control characters raise
    ``ValueError``.
    """

    def get(self, key: str) -> StoredObject:
        """Read a whole object; ``ObjectNotFoundError`` where there is none."""
        ...

    def head(self, key: str) -> ObjectInfo:
        """Describe an object; ``ObjectNotFoundError`` where there is none."""
        ...

    def put(self, key: str, body: bytes, content_type: str = "application/json") -> str:
        """Write unconditionally and return the new etag."""
        ...

    def create(self, key: str, body: bytes, content_type: str = "application/json") -> str:
        """Write only if absent (``If-None-Match: *``); ``PreconditionFailedError`` otherwise."""
        ...

    def replace(
        self, key: str, body: bytes, etag: str, content_type: str = "application/json"
    ) -> str:
        """Write only if the etag still matches (``If-Match``); ``PreconditionFailedError`` otherwise
        (also where the object is gone)."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object; removing one that is absent is no error."""
        ...

    def list(self, prefix: str, start_after: str = "", limit: int | None = None) -> Iterator[str]:
        """Yield keys that begin with ``prefix`` and sort after ``start_after``, in order, lazily.

        Order is that of the keys' UTF-8 bytes, except that SeaweedFS sorts a folder ``a/`` before its
        neighbour ``a-b``: rely on the order of names within one folder, and of folders among
        themselves where none is the beginning of another.
        """
        ...

    def open_range(self, key: str, start: int, end: int, chunk: int = 65536) -> Iterator[bytes]:
        """Yield bytes ``start`` to ``end`` (inclusive) in chunks; ``ObjectNotFoundError``."""
        ...

    def presign(self, key: str, expires_in: timedelta) -> str | None:
        """A time-limited download link, or None where the backend offers none."""
        ...

    def ping(self) -> None:
        """Return if the backend answers and is writable, else raise ``StoreUnavailableError``."""
        ...
