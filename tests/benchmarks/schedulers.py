"""What a tick of each scheduler takes with 100, 1,000 and 10,000 runs in the store.

``PYTHONPATH=.:tests python tests/benchmarks/schedulers.py``, with ``--store s3`` for a SeaweedFS in
the directory's place and ``--in DIR`` for where the store lies.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from smvm_common.audit.checkpoints import Checkpoints
from smvm_common.embedded.s3 import EmbeddedS3
from smvm_common.retention.classes import RETENTION_DAYS
from smvm_common.run import transitions
from smvm_common.settings import StoreSettings
from smvm_common.store.base import ObjectStore
from smvm_common.store.factory import build_store
from smvm_common.tokens.keys import create_key
from support.crowd import Crowd
from support.runs import T0

_SIZES = (100, 1_000, 10_000)
_FEW = 10
"""Runs that are new, or moved."""
_A_SECOND = 100
"""Runs accepted in a second."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", choices=("directory", "s3"), default="directory")
    parser.add_argument("--in", dest="parent", type=Path, default=None)
    parser.add_argument("--sizes", type=int, nargs="*", default=_SIZES)
    given = parser.parse_args()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    for size in given.sizes:
        with _store(given.store, given.parent) as store, TemporaryDirectory() as keys:
            _measure(size, Crowd(store), Path(keys))


@contextmanager
def _store(kind: str, parent: Path | None) -> Iterator[ObjectStore]:
    with TemporaryDirectory(dir=parent, ignore_cleanup_errors=True) as folder:
        if kind == "directory":
            yield build_store(StoreSettings(path=Path(folder) / "store"))
            return
        with EmbeddedS3(Path(folder) / "weed") as server:
            yield build_store(server.settings)


def _measure(size: int, crowd: Crowd, keys: Path) -> None:
    create_key(keys)
    checkpoints = Checkpoints(crowd.repository, keys)
    began = time.perf_counter()
    crowd.accept(size, apart=timedelta(seconds=1 / _A_SECOND))
    print(f"{size} runs: written in {time.perf_counter() - began:.0f} s", flush=True)
    _time(crowd, "reconciler, first look", crowd.reconciler.reconcile)
    crowd.accept(_FEW, apart=timedelta(0))
    _time(crowd, f"reconciler, {_FEW} new", crowd.reconciler.reconcile)
    _time(crowd, "reconciler, none due", crowd.reconciler.reconcile)
    crowd.analyse()
    checkpoints.take(crowd.clock.now())
    for key in crowd.keys[-_FEW:]:
        crowd.repository.update(key, lambda run, now: transitions.cancel(run, now, "x", None))
    crowd.clock.advance(timedelta(days=1))
    crowd.reconciler.reconcile()
    _time(crowd, f"checkpoint, {_FEW} moved", lambda: checkpoints.take(crowd.clock.now()))
    crowd.go_to(T0 + timedelta(days=29))
    _time(crowd, "milestones, none due", crowd.keeper.fire_due)
    crowd.go_to(T0 + timedelta(days=30, seconds=1) - timedelta(microseconds=1))
    _time(crowd, f"milestones, {_A_SECOND} due", crowd.keeper.fire_due)
    crowd.go_to(T0 + timedelta(days=RETENTION_DAYS["working"] - 1))
    _time(crowd, "cleaner, none due", crowd.cleaner.clean)


def _time(crowd: Crowd, what: str, tick: Callable[[], object]) -> None:
    crowd.store.take()
    began = time.perf_counter()
    tick()
    taken = time.perf_counter() - began
    counted = ", ".join(f"{n} {operation}" for operation, n in crowd.store.take().items())
    print(f"  {what}: {1000 * taken:.1f} ms ({counted})", flush=True)


if __name__ == "__main__":
    main()
