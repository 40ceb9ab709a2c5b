"""Operations a second of one client against each store; run it as a script."""

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from smvm_common.embedded.s3 import EmbeddedS3
from smvm_common.settings import StoreSettings
from smvm_common.store.base import ObjectStore
from smvm_common.store.factory import build_store

_OPERATIONS = 300
_BODY = b"x" * 4096
"""A few kilobytes, as run records have."""


def _rate(operation: Callable[[int], object]) -> float:
    started = time.perf_counter()
    for number in range(_OPERATIONS):
        operation(number)
    return _OPERATIONS / (time.perf_counter() - started)


def _measure(name: str, store: ObjectStore) -> None:
    store.ping()
    etag = store.put("bench/record.json", _BODY)

    def replace(number: int) -> None:
        nonlocal etag
        etag = store.replace("bench/record.json", _BODY + str(number).encode(), etag)

    operations: dict[str, Callable[[int], object]] = {
        "create": lambda n: store.create(f"bench/{n:05d}.json", _BODY),
        "replace": replace,
        "get": lambda n: store.get(f"bench/{n:05d}.json"),
        "head": lambda n: store.head(f"bench/{n:05d}.json"),
        "delete": lambda n: store.delete(f"bench/{n:05d}.json"),
    }
    rates = ", ".join(f"{what} {_rate(do):,.0f}/s" for what, do in operations.items())
    print(f"{name}: {rates}")


def main() -> None:
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        _measure("directory", build_store(StoreSettings(path=Path(folder) / "store")))
        with EmbeddedS3(Path(folder) / "weed") as server:
            _measure("S3 (weed)", build_store(server.settings))


if __name__ == "__main__":
    main()
