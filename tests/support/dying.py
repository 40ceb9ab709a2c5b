"""Processes that kill themselves with ``kill -9`` just before their n-th write to the store."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta

from smvm_common.store.base import ObjectInfo, ObjectStore, StoredObject

_SECONDS = 120
"""For one stage on a machine that does other things too."""


class DyingStore:
    """Passes everything on, but kills its process before the write that is one too many."""

    def __init__(self, store: ObjectStore, writes: int) -> None:
        self._store = store
        self._left = writes

    def _count(self) -> None:
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1

    def put(self, key: str, body: bytes, content_type: str = "application/json") -> str:
        self._count()
        return self._store.put(key, body, content_type)

    def create(self, key: str, body: bytes, content_type: str = "application/json") -> str:
        self._count()
        return self._store.create(key, body, content_type)

    def replace(
        self, key: str, body: bytes, etag: str, content_type: str = "application/json"
    ) -> str:
        self._count()
        return self._store.replace(key, body, etag, content_type)

    def delete(self, key: str) -> None:
        self._count()
        self._store.delete(key)

    def get(self, key: str) -> StoredObject:
        return self._store.get(key)

    def head(self, key: str) -> ObjectInfo:
        return self._store.head(key)

    def list(self, prefix: str, start_after: str = "", limit: int | None = None) -> Iterator[str]:
        return self._store.list(prefix, start_after, limit)

    def open_range(self, key: str, start: int, end: int, chunk: int = 65536) -> Iterator[bytes]:
        return self._store.open_range(key, start, end, chunk)

    def presign(self, key: str, expires_in: timedelta) -> str | None:
        return self._store.presign(key, expires_in)

    def ping(self) -> None:
        self._store.ping()


def dies(work: Callable[[ObjectStore], object], store: ObjectStore, writes: int) -> bool:
    """Do the work in a process of its own, which may make so many writes; whether it came to be
    killed. What it raises fails the test."""
    child = multiprocessing.get_context("fork").Process(
        target=work, args=(DyingStore(store, writes),), daemon=True
    )
    child.start()
    child.join(_SECONDS)
    assert child.exitcode in (0, -signal.SIGKILL), f"ended with {child.exitcode}"
    return child.exitcode != 0
