"""Two hundred runs at once from twenty clients: all finished, none twice, callbacks in order."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from smvm_common.client import SmvmClient
from smvm_common.clock import SystemClock
from smvm_common.identifiers import ARTIFACT_NAMES, DEFAULT_TENANT
from smvm_common.run.repository import RunRepository
from smvm_common.run.stages import STAGE_NAMES
from support.callbacks import eventually
from support.stack import RunningStack, running_stack
from support.undisturbed import FEW_AGENTS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

CLIENTS = 20
RUNS_EACH = 10
PATIENCE = 900
"""Seconds; some three minutes on two cores that have nothing else to do."""


@pytest.fixture
def stack(tmp_path):
    # what is tested is not what the agents decide
    with running_stack(tmp_path, adjust=lambda s: replace(s, simulation=FEW_AGENTS)) as running:
        yield running


def test_two_hundred_runs_at_once(stack: RunningStack, capsys):
    clients = [stack.client(f"client-{number:02d}") for number in range(CLIENTS)]
    began = time.monotonic()

    def submit_all(number: int) -> list[str]:
        submissions = [stack.submission(number) for _ in range(RUNS_EACH)]
        return [clients[number].submit(one).validation_id for one in submissions]

    with ThreadPoolExecutor(CLIENTS) as pool:
        found = [v for ids in pool.map(submit_all, range(CLIENTS)) for v in ids]
    accepted = time.monotonic() - began
    assert len(set(found)) == CLIENTS * RUNS_EACH

    eventually(lambda: _rest(stack, found), within=PATIENCE)
    finished = time.monotonic() - began
    kept = Counter(key.split("/", 3)[-1] for key in stack.store.list("runs/"))
    assert set(kept) == {f"{run_id(v)}/{name}" for v in found for name in ARTIFACT_NAMES}
    expected = {v: _check_run(clients[0], v) for v in found}
    eventually(lambda: len(stack.receiver.received) >= sum(expected.values()), within=120)
    for validation_id, callbacks in expected.items():
        heard = [c.sequence for c in stack.receiver.of(validation_id)]
        assert heard == list(range(1, callbacks + 1))
    assert (stack.receiver.duplicates, stack.receiver.refused) == (0, 0)
    with capsys.disabled():
        print(
            f"\n{len(found)} runs by {CLIENTS} clients: accepted in {accepted:.1f} s, finished in"
            f" {finished:.1f} s, lost 0, doubled 0, {sum(expected.values())} callbacks in order"
        )


def run_id(validation_id: str) -> str:
    return "RUN-" + validation_id.removeprefix("VAL-")[:-4]


def _rest(stack: RunningStack, found: list[str]) -> bool:
    """Whether all have settled, looked up in the store so that the API is left alone."""
    time.sleep(1)
    repository = RunRepository(stack.store, SystemClock())
    runs = (repository.find(DEFAULT_TENANT, validation_id) for validation_id in found)
    return all(run.status == "awaiting_completion" for run in runs)


def _check_run(client: SmvmClient, validation_id: str) -> int:
    """Each stage was done once and the gate in time; how many callbacks the run has."""
    events = client.events(validation_id)
    names = Counter(event["name"] for event in events if event["name"].startswith("stage."))
    assert names == {f"stage.{name}.completed": 1 for name in STAGE_NAMES}
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    gate = client.status(validation_id).raw["timeline"]["T0+3min"]
    assert gate["done_at"] <= gate["due_at"]
    return sum(event["callback"] is not None for event in events)
