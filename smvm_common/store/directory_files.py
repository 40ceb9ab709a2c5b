"""Files that are whole or absent, whatever happens to their writer.

A body is written to a temporary file, flushed to disk and renamed into place, so that a reader or a
crash sees the old or the new file and never half of one.
"""

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from smvm_common.errors import StoreUnavailableError
from smvm_common.store.keys import content_etag

INTERNAL = ".store"
"""The folder below the root that holds temporary files and locks, invisible to listings."""
_LOCKS = 256
"""Lock files; two keys that share one wait for each other, which harms nothing but speed."""
_LOCK_SECONDS = 10.0
"""A lock is held for one flush to disk; a holder that takes longer hangs, and must not hang all."""
_LOCK_POLL_SECONDS = 0.002
_ABANDONED_SECONDS = 3600
"""Age at which a temporary file can only be a dead writer's."""
_PRUNE_RACES = 100
"""How often a folder may vanish under a writer, pruned by a delete, before it gives up."""


class DurableFiles:
    """Writes and removes files below ``root``; raises ``OSError`` and ``ValueError``."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._temporary = root / INTERNAL / "tmp"
        self._locks = root / INTERNAL / "locks"
        self._prepared = False

    @contextmanager
    def locked(self, key: str) -> Iterator[None]:
        """Hold the key against every other thread and process; released also by ``kill -9``."""
        self._prepare()
        number = int(content_etag(key.encode())[:8], 16) % _LOCKS
        with (self._locks / f"{number:03d}").open("wb") as file:
            _acquire(file)
            try:
                yield
            finally:
                # closing is not enough: a child forked meanwhile has the file open too
                fcntl.flock(file, fcntl.LOCK_UN)

    def install(self, path: Path, body: bytes) -> None:
        """Put a file in place, with its folders; ``ValueError`` where a file and a folder clash."""
        temporary = self._write_temporary(body)
        try:
            self._move(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)

    def remove(self, path: Path) -> None:
        """Remove a file, if there is one, and the folders that this empties."""
        try:
            path.unlink()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return
        for folder in path.parents:
            _sync_if_present(folder)
            if folder == self._root:
                return
            try:
                folder.rmdir()
            except OSError:
                return

    def probe(self) -> None:
        """Write a file and remove it."""
        self._prepare()
        self._write_temporary(b"probe").unlink(missing_ok=True)

    def _write_temporary(self, body: bytes) -> Path:
        temporary = self._temporary / secrets.token_hex(16)
        try:
            with temporary.open("xb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        return temporary

    def _move(self, temporary: Path, path: Path) -> None:
        for _ in range(_PRUNE_RACES):
            try:
                new = [folder for folder in path.parents if not folder.exists()]
                path.parent.mkdir(parents=True, exist_ok=True)
                temporary.replace(path)
            except FileNotFoundError:
                continue
            except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
                # mkdir also says "exists" of a folder that vanished since
                if path.is_dir() or any(folder.is_file() for folder in path.parents):
                    raise ValueError(f"{path.name} and another object's folder clash") from error
                continue
            for folder in (path.parent, *(folder.parent for folder in new)):
                _sync_if_present(folder)
            return
        raise StoreUnavailableError("the folder is being removed again and again")

    def _prepare(self) -> None:
        if self._prepared:
            return
        self._temporary.mkdir(parents=True, exist_ok=True)
        self._locks.mkdir(parents=True, exist_ok=True)
        for leftover in self._temporary.iterdir():
            with suppress(FileNotFoundError):
                if time.time() - leftover.stat().st_mtime > _ABANDONED_SECONDS:
                    leftover.unlink()
        self._prepared = True


def _acquire(file: BinaryIO) -> None:
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise StoreUnavailableError("another process holds the store's lock") from None
            time.sleep(_LOCK_POLL_SECONDS)
        else:
            return


def _sync_if_present(folder: Path) -> None:
    """Make a folder's entries durable; one that was removed meanwhile has none."""
    with suppress(FileNotFoundError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
