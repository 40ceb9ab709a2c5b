"""What the pipeline costs beside the analysis: emptied stages against a bare Celery chain.

``PYTHONPATH=.:tests:tests/benchmarks python tests/benchmarks/pipeline_overhead.py``, with
``--store s3`` for a SeaweedFS in the directory's place. Two worker processes serve both.
"""

import argparse
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from celery import chain
from redis import Redis

from smvm_common.celery_sender import CelerySender, create_producer
from smvm_common.clock import SystemClock
from smvm_common.embedded.process import ServerProcess
from smvm_common.identifiers import DEFAULT_TENANT, RunKey
from smvm_common.run.repository import RunRepository
from smvm_common.run.stages import STAGE_NAMES
from smvm_common.store.base import ObjectStore
from support.runs import T0, new_run
from support.stack import RunningStack, running_stack, stack_environment

_RUNS = 100
_OPERATIONS = 300
_COUNTS = "benchmark:store"
_CHAINS_DONE = "benchmark:chains"


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", choices=("directory", "s3"), default="directory")
    kind = parser.parse_args().store
    with (
        TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        running_stack(Path(folder), store=kind, names=("web",)) as stack,
    ):
        with _worker(stack, {}):
            bare = _time_chains(stack)
            whole = _time_runs(stack, 0)
        with _worker(stack, {"SMVM_COUNT_STORE": "1"}):
            counts = _count(stack)
        cost = {name: _seconds(stack.store, name) for name in ("get", "put", "replace", "delete")}
    _print(kind, bare, whole, counts, cost)


@contextmanager
def _worker(stack: RunningStack, extra: dict[str, str]) -> Iterator[None]:
    here = Path(__file__).parent
    environment = {
        **stack_environment(stack.directory, stack.port),
        "PYTHONPATH": f"{here}:{here.parents[1]}",
        **extra,
    }
    command = [sys.executable, "-m", "celery", "-A", "emptied_pipeline", "worker"]
    command += ["-Q", "rapid,analysis,bare", "-c", "2", "--without-gossip", "--without-mingle"]
    log = stack.directory / "logs" / "emptied.log"
    with ServerProcess([*command, "--loglevel", "INFO"], lambda: True, log, environment):
        producer = create_producer(stack.settings.redis)
        producer.send_task("benchmark.end", queue="bare")
        with Redis.from_url(stack.redis.url) as redis:
            _until(lambda: int(redis.get(_CHAINS_DONE) or 0) > 0)
            redis.delete(_CHAINS_DONE, _COUNTS)
        yield


def _time_chains(stack: RunningStack) -> float:
    """Seconds a chain of as many no-op tasks as there are stages."""
    producer = create_producer(stack.settings.redis)
    steps = [producer.signature("benchmark.noop", immutable=True)] * (len(STAGE_NAMES) - 1)
    steps.append(producer.signature("benchmark.end", immutable=True))
    began = time.perf_counter()
    for _ in range(_RUNS):
        chain(*[step.set(queue="bare") for step in steps]).apply_async()
    with Redis.from_url(stack.redis.url) as redis:
        _until(lambda: int(redis.get(_CHAINS_DONE) or 0) == _RUNS)
    return (time.perf_counter() - began) / _RUNS


def _time_runs(stack: RunningStack, first: int) -> float:
    """Seconds a run from its first hand-off to its rest."""
    repository = RunRepository(stack.store, SystemClock())
    sender = CelerySender(create_producer(stack.settings.redis))
    keys = [_accept(repository, first + number) for number in range(_RUNS)]
    began = time.perf_counter()
    for key in keys:
        sender.run_next_stage(key, STAGE_NAMES[0], 1, "benchmark")
    for key in keys:
        _until(lambda key=key: repository.load(key).status == "awaiting_completion")
    return (time.perf_counter() - began) / _RUNS


def _count(stack: RunningStack) -> dict[str, float]:
    _time_runs(stack, _RUNS)
    with Redis.from_url(stack.redis.url) as redis:
        found = redis.hgetall(_COUNTS)
    return {name.decode(): int(count) / _RUNS for name, count in sorted(found.items())}


def _accept(repository: RunRepository, number: int) -> RunKey:
    suffix = f"{T0:%Y%m%d-%H%M%S}-{number:08x}"
    key = RunKey(DEFAULT_TENANT, "PROJ-1", f"RUN-{suffix}", f"VAL-{suffix}-001")
    repository.index.claim_pointer(key)
    repository.create(new_run(SystemClock().now(), key), {"idea": {}})
    return key


def _seconds(store: ObjectStore, name: str) -> float:
    """Seconds one operation takes one client."""
    body = b"x" * 4096
    for number in range(_OPERATIONS):
        store.put(f"benchmark/{number:04d}.json", body)
    etags = [store.head(f"benchmark/{number:04d}.json").etag for number in range(_OPERATIONS)]
    began = time.perf_counter()
    for number, etag in enumerate(etags):
        key = f"benchmark/{number:04d}.json"
        if name == "get":
            store.get(key)
        elif name == "put":
            store.put(key, body)
        elif name == "replace":
            store.replace(key, body + b"y", etag)
        else:
            store.delete(key)
    return (time.perf_counter() - began) / _OPERATIONS


def _until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 300
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError("the workers did not get there")
        time.sleep(0.01)


def _print(
    kind: str, bare: float, whole: float, counts: dict[str, float], cost: dict[str, float]
) -> None:
    operations = sum(counts.values())
    # head and list are as quick as get; create as slow as put
    seconds = sum(
        count * cost[{"head": "get", "list": "get", "create": "put"}.get(name, name)]
        for name, count in counts.items()
    )
    print(f"store: {kind}; {_RUNS} runs of {len(STAGE_NAMES)} stages, two worker processes")
    print(f"bare chain: {1000 * bare:.1f} ms; run with emptied stages: {1000 * whole:.1f} ms")
    listed = ", ".join(f"{name} {count:.1f}" for name, count in counts.items())
    print(f"store operations a run: {operations:.1f} ({listed})")
    print(f"a stage: {operations / len(STAGE_NAMES):.2f}")
    apiece = ", ".join(f"{name} {1000 * value:.2f} ms" for name, value in cost.items())
    print(f"one client's operation: {apiece}; a run's together: {1000 * seconds:.1f} ms")
    allowed = 2 * bare + seconds
    print(f"aim: at most {1000 * allowed:.1f} ms; {'met' if whole <= allowed else 'missed'}")


if __name__ == "__main__":
    main()
