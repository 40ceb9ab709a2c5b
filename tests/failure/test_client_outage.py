"""The API killed under a client: every submission becomes one run, and none is lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from smvm_common.client import Accepted
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
