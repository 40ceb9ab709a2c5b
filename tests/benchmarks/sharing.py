"""What sharing a simulation gains in production: real workers, Redis and store, from the gate's end
to the stage's.

Run: ``PYTHONPATH=.:tests python tests/benchmarks/sharing.py [--agents N] [--times N]``. Each stack has
two worker processes; in one stack a process does all alone, in the other two share. It is the same
run each time, and turns alternate, so that other work on the machine meets both. Processor time is
that of the busier process: it tells of the sharing also where the machine has no two cores free.
"""

import argparse
import logging
import os
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import structlog

from smvm_common.identifiers import DEFAULT_TENANT, RunKey
from smvm_common.run.progress import next_stage
from smvm_common.run.stages import STAGE_NAMES
from smvm_common.settings import Settings, SimulationSettings
from smvm_workers.services import WorkerServices, build_services
from support.analysis import FINANCE_IDEA
from support.runs import T0, new_run
from support.stack import running_stack

_STAGE = "market_simulation"
_SHARDS = (1, 2)
_PATIENCE = 600.0
_SUFFIX = f"{T0:%Y%m%d-%H%M%S}-a1b2c3d4"


@dataclass(frozen=True, slots=True)
class Workers:
    """Those of one stack: what they work on, and the processor time of each so far."""

    services: WorkerServices
    parent: psutil.Process

    def used(self) -> dict[int, float]:
        """Seconds by process id."""
        times = {child.pid: child.cpu_times() for child in self.parent.children()}
        return {pid: spent.user + spent.system for pid, spent in times.items()}


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds that the stage took: on the wall, and of the busier process's processor time."""

    wall: float
    processor: float


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=5)
    asked = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with ExitStack() as stacks:
        both = [_workers(stacks, asked.agents, shards) for shards in _SHARDS]
        turns = []
        for number in range(1, asked.times + 1):
            turns.append([_time_stage(workers, number) for workers in both])
            _print(*turns[-1])
    _print_medians(asked.agents, turns)


def _workers(stacks: ExitStack, agents: int, shards: int) -> Workers:
    def adjust(settings: Settings) -> Settings:
        return replace(settings, simulation=SimulationSettings(agents=agents, shards=shards))

    folder = stacks.enter_context(TemporaryDirectory(ignore_cleanup_errors=True))
    stack = stacks.enter_context(running_stack(Path(folder), adjust=adjust, names=("worker",)))
    return Workers(build_services(stack.settings), psutil.Process(stack.processes["worker"].pid))


def _time_stage(workers: Workers, number: int) -> Took:
    """Do a run; its seed follows from the run id, which is the same for all."""
    services = workers.services
    project, validation = f"PROJ-{number}", f"VAL-{_SUFFIX}-{number:03d}"
    key = RunKey(DEFAULT_TENANT, project, f"RUN-{_SUFFIX}", validation)
    services.repository.index.claim_pointer(key)
    run = services.repository.create(new_run(key=key), {"idea": FINANCE_IDEA})
    services.sender.run_next_stage(key, STAGE_NAMES[0], 1, run.correlation_id)

    def following() -> str | None:
        return next_stage(services.repository.load(key))

    _until(lambda: following() == _STAGE)
    before = workers.used()
    _until(lambda: following() != _STAGE)
    after = workers.used()
    _until(lambda: following() is None)
    stages = services.repository.load(key).stages
    began, ended = (stages[name].finished_at for name in ("gate", _STAGE))
    wall = (ended - began).total_seconds()
    return Took(wall, max(spent - before[pid] for pid, spent in after.items()))


def _until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError("the workers did not get there")
        # not more often: to read a record takes processor time that the workers need
        time.sleep(0.1)


def _print(alone: Took, shared: Took) -> None:
    print(
        f"  one {alone.wall:.2f} s, two {shared.wall:.2f} s, {alone.wall / shared.wall:.2f} times as"
        f" fast; processor time {alone.processor:.2f} s and {shared.processor:.2f} s,"
        f" {alone.processor / shared.processor:.2f} times; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def _print_medians(agents: int, turns: list[list[Took]]) -> None:
    wall = statistics.median(alone.wall / shared.wall for alone, shared in turns)
    processor = statistics.median(alone.processor / shared.processor for alone, shared in turns)
    print(f"{agents:,} agents, medians: {wall:.2f} times on the wall, {processor:.2f} by processor")


if __name__ == "__main__":
    main()
