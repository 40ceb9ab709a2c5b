"""A simulation shared between worker processes over a real Redis: the same bytes as in one."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from smvm_common.run.progress import next_stage
from smvm_common.run.record import RunStatus
from smvm_common.run.stages import STAGE_NAMES
from smvm_common.settings import SchedulerSettings, Settings, SimulationSettings
from smvm_common.store.base import ObjectStore
from smvm_workers.services import WorkerServices, build_services
from support.runs import KEY, new_run
from support.stack import RunningStack, running_stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

AGENTS = 12_000
_IDEA = {
    "idea": {
        "description": "AI-powered personal finance management platform",
        "domain": "finance",
        "urgency": "high",
        "metadata": {"target_customers": "millennials"},
    }
}


def _sharing(shards: int) -> Callable[[Settings], Settings]:
    def adjust(settings: Settings) -> Settings:
        return replace(
            settings,
            simulation=SimulationSettings(agents=AGENTS, shards=shards),
            scheduler=SchedulerSettings(stalled_after_seconds=0.1),
        )

    return adjust


def _wait(condition: Callable[[], bool], within: timedelta = timedelta(seconds=240)) -> None:
    deadline = time.monotonic() + within.total_seconds()
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def _submit(services: WorkerServices) -> None:
    """The same run everywhere, to the second."""
    services.repository.index.claim_pointer(KEY)
    run = services.repository.create(new_run(), _IDEA)
    services.sender.run_next_stage(KEY, "persona_synthesis", 1, run.correlation_id)


def _result(stack: RunningStack, services: WorkerServices) -> bytes:
    def done() -> bool:
        run = services.repository.load(KEY)
        assert run.status is not RunStatus.FAILED, run.manual_review
        assert stack.processes["worker"].running, stack.log("worker")[-2000:]
        return next_stage(run) != "market_simulation" and "risk.output.json" in run.documents

    _wait(done)
    return services.store.get(KEY.document("simulation.result.json")).body


def _parts(store: ObjectStore) -> list[str]:
    return list(store.list(f"{KEY.working_prefix}parts/"))


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What one process makes of the run, unshared."""
    directory = tmp_path_factory.mktemp("alone")
    with running_stack(directory, adjust=_sharing(1), names=()) as stack:
        services = build_services(stack.settings)
        _submit(services)
        for name in STAGE_NAMES[: STAGE_NAMES.index("market_simulation") + 1]:
            services.runner.run(KEY, name, 1)
        return services.store.get(KEY.document("simulation.result.json")).body


@pytest.mark.parametrize("shards", [2, 5])
def test_any_number_of_shards_gives_the_same_bytes(
    tmp_path: Path, alone: bytes, shards: int
) -> None:
    with running_stack(tmp_path, adjust=_sharing(shards), names=("worker",)) as stack:
        services = build_services(stack.settings)
        _submit(services)
        assert _result(stack, services) == alone
        assert "smvm.share.market_simulation" in stack.log("worker")
        _wait(lambda: not _parts(stack.store))


def test_workers_killed_in_mid_shard_do_no_harm(tmp_path: Path, alone: bytes) -> None:
    with running_stack(tmp_path, adjust=_sharing(5), names=("worker",)) as stack:
        services = build_services(stack.settings)
        _submit(services)
        _kill_once(stack, lambda: bool(_parts(stack.store)))
        assert next_stage(services.repository.load(KEY)) == "market_simulation"
        # Redis too: what is in the store is all that is left
        services.redis.flushall()
        kept = _parts(stack.store)
        assert kept
        stack.processes["worker"].start()
        # beat does this every ten seconds
        services.reconciler.reconcile()
        assert _result(stack, services) == alone


def _kill_once(stack: RunningStack, condition: Callable[[], bool]) -> None:
    _wait(condition)
    stack.processes["worker"].kill()
