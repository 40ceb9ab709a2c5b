"""How much each process of the stack grows a run.

``PYTHONPATH=.:tests:tests/benchmarks python tests/benchmarks/memory.py --runs 1000``: emptied stages;
with ``--real`` they are production's, on 100 agents. Every run is submitted, followed by its status,
completed and finalized over HTTP, and its callbacks are delivered. The slope is fitted by least
squares to the resident memory over the runs after the first third.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from smvm_common.client import SmvmClient
from smvm_common.embedded.process import ServerProcess
from smvm_common.settings import Settings
from support.callbacks import eventually
from support.stack import RunningStack, at_rest, running_stack, stack_environment

_BATCH = 25
"""Runs at work at once; memory is read after each batch."""
_PATIENCE = timedelta(minutes=5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--in", dest="parent", type=Path, default=None)
    given = parser.parse_args()
    names = ("web", "courier", "beat", *(("worker",) if given.real else ()))
    with (
        TemporaryDirectory(dir=given.parent, ignore_cleanup_errors=True) as folder,
        running_stack(Path(folder), adjust=_unlimited, names=names) as stack,
        nullcontext() if given.real else _emptied_worker(stack),
    ):
        _print(_follow(stack, given.runs))


def _unlimited(settings: Settings) -> Settings:
    limits = replace(
        settings.limits, status_rpm=10**7, other_rpm=10**7, complete_rpm=10**7, finalize_rpm=10**7
    )
    receiver = replace(settings.integration.tractionbuild, rate_limit_rpm=10**7)
    integration = replace(settings.integration, tractionbuild=receiver)
    simulation = replace(settings.simulation, agents=100)
    return replace(settings, limits=limits, integration=integration, simulation=simulation)


@contextmanager
def _emptied_worker(stack: RunningStack) -> Iterator[None]:
    here = Path(__file__).parent
    path = f"{here}:{here.parents[1]}"
    environment = {**stack_environment(stack.directory, stack.port), "PYTHONPATH": path}
    command = [sys.executable, "-m", "celery", "-A", "emptied_pipeline", "worker", "-c", "2"]
    command += ["-Q", "rapid,analysis", "--without-gossip", "--without-mingle"]
    log = stack.directory / "logs" / "worker.log"
    with ServerProcess(command, lambda: True, log, environment) as worker:
        stack.processes["worker"] = worker
        yield


def _follow(stack: RunningStack, runs: int) -> Mapping[str, list[tuple[int, float]]]:
    """Resident memory in MiB after so many runs, by process."""
    client = stack.client()
    seen: dict[str, list[tuple[int, float]]] = {}
    began = time.monotonic()
    for done in range(_BATCH, runs + 1, _BATCH):
        _batch(stack, client, done)
        for process, memory in _resident(stack).items():
            seen.setdefault(process, []).append((done, memory))
        if done % (10 * _BATCH) == 0:
            print(f"{done} runs in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return seen


def _batch(stack: RunningStack, client: SmvmClient, done: int) -> None:
    submissions = [stack.submission(done * _BATCH + number) for number in range(_BATCH)]
    found = [client.submit(one).validation_id for one in submissions]
    for validation_id in found:
        client.wait(validation_id, at_rest, timeout=_PATIENCE)
        client.complete(validation_id)
        client.finalize(validation_id)
    last = found[-1]
    eventually(lambda: len(stack.receiver.of(last)) > 0, within=_PATIENCE.total_seconds())


def _resident(stack: RunningStack) -> dict[str, float]:
    found = {}
    for name, process in sorted(stack.processes.items()):
        found[name] = _memory(process.pid)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        found |= {f"{name}, child {n}": _memory(int(pid)) for n, pid in enumerate(children, 1)}
    return found


def _memory(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    kibibytes = next(line.split()[1] for line in status if line.startswith("VmRSS"))
    return int(kibibytes) / 1024


def _print(seen: Mapping[str, list[tuple[int, float]]]) -> None:
    for process, points in seen.items():
        runs, memory = np.array(points).T
        warm = runs > runs[-1] / 3
        slope = np.polyfit(runs[warm], memory[warm], 1)[0]
        print(
            f"{process}: {memory[0]:.1f} MiB at first, {memory[warm][0]:.1f} warm, {memory[-1]:.1f}"
            f" at last; {1024 * slope:+.2f} KiB a run"
        )


if __name__ == "__main__":
    main()
