"""The API killed under a client: every submission becomes one run, and none is lost."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path

import pytest

from smvm_common.client import Accepted
from smvm_common.identifiers import validation_id_for
from support.callbacks import eventually
from support.faults import children_of
from support.stack import RunningStack, at_rest, running_stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    with running_stack(tmp_path_factory.mktemp("outage")) as running:
        yield running


def test_an_api_killed_in_the_middle_costs_no_submission_and_doubles_none(stack: RunningStack):
    clients = [stack.client(f"sender-{n}") for n in range(3)]
    web = stack.processes["web"]

    def send(number: int) -> Accepted:
        if number == 2:
            web.kill()
        return clients[number % 3].submit(stack.submission(number))

    with ThreadPoolExecutor(3) as senders:
        outcomes = list(senders.map(send, range(6)))
    queued = [outcome for outcome in outcomes if outcome.queued]
    assert len(queued) >= 3
    assert all(outcome.checks["schema_compliance"] == "passed" for outcome in queued)
    assert sum(len(client.waiting()) for client in clients) == len(queued)

    web.start()
    clients = [stack.client(f"sender-{n}") for n in range(3)]  # as if started after the outage
    sent = [accepted for client in clients for accepted in client.flush()]
    assert {accepted.run_id for accepted in sent} == {outcome.run_id for outcome in queued}
    assert [client.waiting() for client in clients] == [[], [], []]

    runs = list(stack.client().runs())
    assert sorted(r["run_id"] for r in runs) == sorted(o.run_id for o in outcomes)
    assert {o.validation_id for o in outcomes} == {r["validation_id"] for r in runs}
    last = stack.client().wait(sent[-1].validation_id, at_rest, timeout=timedelta(seconds=120))
    assert last.status == "awaiting_completion"

    for client in clients:
        assert client.flush() == []


@contextmanager
def store_held(stack: RunningStack) -> Iterator[None]:
    """Have every lock of the directory store: a request waits at its first write."""
    folder = stack.settings.store.path / ".store" / "locks"
    with ExitStack() as held:
        for number in range(256):
            file = held.enter_context((folder / f"{number:03d}").open("wb"))
            flock(file, LOCK_EX)
            held.callback(flock, file, LOCK_UN)
        yield


@contextmanager
def broker_hangs(stack: RunningStack) -> Iterator[None]:
    """A request waits for the broker, when its run is durable."""
    stack.redis.pause()
    try:
        yield
    finally:
        stack.redis.unpause()


def waits_for_a_lock(pid: int) -> bool:
    """Whether a process of the API has a lock file open, which it has only while it wants the lock."""
    files = [fd for child in children_of(pid) for fd in Path(f"/proc/{child}/fd").iterdir()]
    return any("/.store/locks/" in str(fd.readlink()) for fd in files if fd.is_symlink())


@pytest.mark.parametrize(
    ("held_up", "durable"), [(store_held, False), (broker_hangs, True)], ids=["before", "after"]
)
def test_a_post_whose_answer_never_comes_is_one_run_when_it_is_repeated(
    stack: RunningStack, held_up, durable: bool
):
    run_id = f"RUN-20260302-143052-0000000{durable:d}"
    record = f"runs/PROJ-007/validation/{run_id}/validation_summary.json"
    client, web = stack.client(f"impatient-{durable}"), stack.processes["web"]
    submission = stack.submission(7, run_id=run_id)
    with ThreadPoolExecutor(1) as pool:
        with held_up(stack):
            sent = pool.submit(client.submit, submission)
            if durable:
                eventually(lambda: (stack.settings.store.path / record).exists(), within=60)
            else:
                eventually(lambda: waits_for_a_lock(web.pid), within=60)
            web.kill()
        assert sent.result(120).queued
    web.start()
    client = stack.client(f"impatient-{durable}")  # as if started after the outage
    (accepted,) = client.flush()
    again = client.submit(submission)
    assert again.replayed
    assert accepted.validation_id == again.validation_id == validation_id_for(run_id)
    runs = [run for run in stack.client().runs() if run["run_id"] == run_id]
    assert len(runs) == 1
    names = [event["name"] for event in client.events(again.validation_id)]
    assert names.count("run.accepted") == 1
