"""The store in a local directory: the tree exactly as the guide draws it.

A body is written to a temporary file, flushed to disk and put in place by link (create) or rename
(replace), so that a reader or a crash sees the old or the new object and never half of one.
Conditional writes hold across processes by ``flock`` on one of a fixed number of lock files.
"""

import errno
import fcntl
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from smvm_common.errors import (
    ObjectNotFoundError,
    PreconditionFailedError,
    StoreUnavailableError,
)
from smvm_common.store.base import ObjectInfo, StoredObject
from smvm_common.store.keys import check_key, content_etag, content_type_of

_LOCKS = 256
"""Lock files; two keys that share one wait for each other, which harms nothing but speed."""
_ABANDONED_AFTER = 3600
"""Seconds after which a temporary file can only be a dead writer's."""


class DirectoryStore:
    """An :class:`~smvm_common.store.base.ObjectStore` below ``root``.

    Objects carry no metadata but their name: the content type follows from the extension.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._internal = self._root / ".store"
        self._ready = False

    def get(self, key: str) -> StoredObject:
        with _translated(key):
            body = self._path(key).read_bytes()
        return StoredObject(key, body, content_etag(body), content_type_of(key))

    def head(self, key: str) -> ObjectInfo:
        stored = self.get(key)
        return ObjectInfo(key, len(stored.body), stored.etag, stored.content_type)

    def put(self, key: str, body: bytes, content_type: str = "application/json") -> str:
        path = self._path(key)
        with _writing(), self._locked(key):
            self._install(path, body)
        return content_etag(body)

    def create(self, key: str, body: bytes, content_type: str = "application/json") -> str:
        path = self._path(key)
        with _writing(), self._locked(key):
            if path.exists():
                raise PreconditionFailedError(f"{key} exists already")
            self._install(path, body)
        return content_etag(body)

    def replace(
        self, key: str, body: bytes, etag: str, content_type: str = "application/json"
    ) -> str:
        path = self._path(key)
        with _writing(), self._locked(key):
            if not path.exists() or content_etag(path.read_bytes()) != etag:
                raise PreconditionFailedError(f"{key} changed since it was read")
            self._install(path, body)
        return content_etag(body)

    def delete(self, key: str) -> None:
        path = self._path(key)
        with _writing(), self._locked(key):
            path.unlink(missing_ok=True)

    def list(self, prefix: str, start_after: str = "", limit: int | None = None) -> Iterator[str]:
        keys = self._walk(self._root, "", prefix, start_after)
        for count, key in enumerate(keys):
            if limit is not None and count >= limit:
                return
            yield key

    def open_range(self, key: str, start: int, end: int, chunk: int = 65536) -> Iterator[bytes]:
        with _translated(key):
            file = self._path(key).open("rb")
        return _read_range(file, start, end, chunk)

    def presign(self, key: str, expires_in: timedelta) -> str | None:
        return None

    def ping(self) -> None:
        probe = f"index/ping/{os.getpid()}.json"
        self.put(probe, b"{}")
        self.delete(probe)

    def _path(self, key: str) -> Path:
        if check_key(key).startswith(".store"):
            raise ValueError(f"{key!r} is reserved")
        return self._root / key

    def _install(self, path: Path, body: bytes) -> None:
        temporary = self._internal / "tmp" / f"{os.getpid()}-{secrets.token_hex(8)}"
        try:
            with temporary.open("wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        _sync_directory(path.parent)

    @contextmanager
    def _locked(self, key: str) -> Iterator[None]:
        self._prepare()
        number = int(content_etag(key.encode())[:8], 16) % _LOCKS
        with (self._internal / "locks" / f"{number:03d}").open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _prepare(self) -> None:
        if self._ready:
            return
        for name in ("tmp", "locks"):
            (self._internal / name).mkdir(parents=True, exist_ok=True)
        for leftover in (self._internal / "tmp").iterdir():
            with suppress(FileNotFoundError):
                if time.time() - leftover.stat().st_mtime > _ABANDONED_AFTER:
                    leftover.unlink(missing_ok=True)
        self._ready = True

    def _walk(self, folder: Path, base: str, prefix: str, start_after: str) -> Iterator[str]:
        """Yield keys below a folder in the order of their bytes, entering only what can match.

        A folder sorts as its name with a slash, which is where its keys begin.
        """
        for name, is_folder in self._entries(folder):
            key = base + name
            if is_folder:
                matches = key.startswith(prefix) or prefix.startswith(key)
                passed = start_after.encode() > key.encode() and not start_after.startswith(key)
                if matches and not passed:
                    yield from self._walk(folder / name, key, prefix, start_after)
            elif key.startswith(prefix) and key.encode() > start_after.encode():
                yield key

    def _entries(self, folder: Path) -> Sequence[tuple[str, bool]]:
        try:
            with os.scandir(folder) as entries:
                found = [(e.name + "/" * e.is_dir(), e.is_dir()) for e in entries]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreUnavailableError(f"the store cannot be listed: {error.strerror}") from error
        visible = [entry for entry in found if entry[0] != ".store/"]
        return sorted(visible, key=lambda entry: entry[0].encode())


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_range(file: BinaryIO, start: int, end: int, chunk: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = end - start + 1
        while left > 0 and (piece := file.read(min(chunk, left))):
            left -= len(piece)
            yield piece


@contextmanager
def _translated(key: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise ObjectNotFoundError(f"no object under {key}") from error
    except OSError as error:
        raise _unavailable(error) from error


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unavailable(error) from error


def _unavailable(error: OSError) -> Exception:
    if error.errno in (errno.ENAMETOOLONG, errno.EINVAL):
        return ValueError("the key cannot be a file name")
    return StoreUnavailableError(f"the store cannot be used: {error.strerror}")
