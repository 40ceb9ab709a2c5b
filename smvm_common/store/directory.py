"""The store in a local directory: the tree exactly as the guide draws it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from smvm_common.errors import (
    ObjectNotFoundError,
    PreconditionFailedError,
    StoreUnavailableError,
)
from smvm_common.store.base import ObjectInfo, StoredObject
from smvm_common.store.directory_files import INTERNAL, DurableFiles
from smvm_common.store.directory_listing import keys_below
from smvm_common.store.keys import check_key, content_etag, content_type_of


class DirectoryStore:
    """An :class:`~smvm_common.store.base.ObjectStore` below ``root``.

    Objects carry no metadata but their name: the content type follows from the extension, the etag
    from the content. A key that is another object's folder raises ``ValueError``.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._files = DurableFiles(self._root)

    def get(self, key: str) -> StoredObject:
        with _reading(key):
            body = self._path(key).read_bytes()
        return StoredObject(key, body, content_etag(body), content_type_of(key))

    def head(self, key: str) -> ObjectInfo:
        stored = self.get(key)
        return ObjectInfo(key, len(stored.body), stored.etag, stored.content_type)

    def put(self, key: str, body: bytes, content_type: str = "application/json") -> str:
        with self._writing(key) as path:
            self._files.install(path, body)
        return content_etag(body)

    def create(self, key: str, body: bytes, content_type: str = "application/json") -> str:
        with self._writing(key) as path:
            if path.is_file():
                raise PreconditionFailedError(f"{key} exists already")
            self._files.install(path, body)
        return content_etag(body)

    def replace(
        self, key: str, body: bytes, etag: str, content_type: str = "application/json"
    ) -> str:
        with self._writing(key) as path:
            if not path.is_file() or content_etag(path.read_bytes()) != etag:
                raise PreconditionFailedError(f"{key} changed since it was read")
            self._files.install(path, body)
        return content_etag(body)

    def delete(self, key: str) -> None:
        with self._writing(key) as path:
            self._files.remove(path)

    def list(self, prefix: str, start_after: str = "", limit: int | None = None) -> Iterator[str]:
        with _available():
            yield from islice(keys_below(self._root, prefix, start_after), limit)

    def open_range(self, key: str, start: int, end: int, chunk: int = 65536) -> Iterator[bytes]:
        with _reading(key):
            file = self._path(key).open("rb")
        return _read_range(file, start, end, chunk)

    def presign(self, key: str, expires_in: timedelta) -> str | None:
        return None

    def ping(self) -> None:
        with _available():
            self._files.probe()

    @contextmanager
    def _writing(self, key: str) -> Iterator[Path]:
        path = self._path(key)
        with _available(), self._files.locked(key):
            yield path

    def _path(self, key: str) -> Path:
        if check_key(key).split("/")[0] == INTERNAL:
            raise ValueError(f"{key!r} is reserved")
        return self._root / key


def _read_range(file: BinaryIO, start: int, end: int, chunk: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = end - start + 1
        while left > 0 and (piece := file.read(min(chunk, left))):
            left -= len(piece)
            yield piece


@contextmanager
def _reading(key: str) -> Iterator[None]:
    with _available():
        try:
            yield
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise ObjectNotFoundError(f"no object under {key}") from error


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreUnavailableError(f"the store cannot be used: {error.strerror}") from error
