import pytest

from smvm_common.clock import ManualClock
from smvm_common.store.memory import MemoryStore
from smvm_workers.callbacks.breakers import BreakerBoard
from smvm_workers.engine.domain import Idea
from smvm_workers.providers.budget import TokenBudget
from smvm_workers.providers.chat import ChatEndpoint
from smvm_workers.providers.consultant import Consultant
from smvm_workers.providers.errors import (
    BusyError,
    EndpointFailedError,
    MalformedError,
    OverBudgetError,
    RefusedError,
    TooSlowError,
)
from smvm_workers.providers.guard import GuardedEndpoint
from smvm_workers.providers.questions import reading_question
from support.chat_server import READING, ChatServer, completion, sensible
from support.providers import NOW, UNREACHABLE_REDIS, model_settings
from support.receivers import status
from support.runs import KEY

QUESTION = reading_question(Idea("Budgets for young households", "finance", "high"))


class Time:
    """A monotonic clock that moves only when somebody sleeps."""

    def __init__(self):
        self.now, self.slept = 100.0, []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def consult(server, *, patience=20.0, per_run=100_000, per_month=100_000, **changes):
    time, budget = Time(), TokenBudget(MemoryStore(), ManualClock(NOW), per_run, per_month)
    endpoint = ChatEndpoint(model_settings(server.base_url, **changes))
    guarded = GuardedEndpoint(endpoint, BreakerBoard(UNREACHABLE_REDIS, 5, 30.0, 1.0))
    consultant = Consultant(guarded, budget, time.sleep, lambda: time.now)
    try:
        return consultant.ask(KEY, QUESTION, time.now + patience), budget, time
    except Exception as error:
        error.seen = (budget, time)
        raise


def test_an_answer_is_checked_and_booked():
    with ChatServer() as server:
        answer, budget, _ = consult(server)
    assert answer == READING
    assert budget.month().account.used == 600
    assert budget.month().account.reserved == 0


@pytest.mark.parametrize(
    "first",
    [
        status(500),
        status(429),
        completion("not json"),
        completion('{"domain": "finance"}'),
        completion(
            '{"domain": "the moon", "buyer": null, "segment": null, "technologies": [], '
            '"regulations": []}'
        ),
    ],
)
def test_a_second_attempt_mends_what_may_pass(first):
    with ChatServer([first, sensible()]) as server:
        answer, _, time = consult(server)
    assert answer == READING
    assert len(server.requests) == 2
    assert time.slept == [0.5]


def test_there_is_no_third_attempt_and_each_use_is_booked():
    with (
        ChatServer([completion("{}", tokens=40)]) as server,
        pytest.raises(MalformedError) as caught,
    ):
        consult(server)
    assert len(server.requests) == 2
    assert caught.value.seen[0].month().account.used == 80


def test_what_will_not_pass_is_not_tried_again():
    with ChatServer([status(401)]) as server, pytest.raises(RefusedError):
        consult(server)
    assert len(server.requests) == 1


def test_a_server_that_knows_no_schemas_is_asked_plainly():
    with ChatServer([status(400), sensible()]) as server:
        answer, _, _ = consult(server)
    assert answer == READING
    assert "response_format" in server.asked[0]
    assert "response_format" not in server.asked[1]


def test_a_wait_that_outlasts_the_stage_is_not_waited():
    with (
        ChatServer([status(429, {"Retry-After": "60"})]) as server,
        pytest.raises(BusyError) as caught,
    ):
        consult(server)
    assert caught.value.seen[1].slept == []
    assert len(server.requests) == 1


def test_no_time_left_means_no_call():
    with ChatServer() as server, pytest.raises(TooSlowError):
        consult(server, patience=0.0)
    assert server.requests == []


@pytest.mark.parametrize("limits", [{"per_run": 100}, {"per_month": 100}, {"per_month": 0}])
def test_over_budget_nothing_is_asked(limits):
    with ChatServer() as server, pytest.raises(OverBudgetError) as caught:
        consult(server, **limits)
    assert server.requests == []
    budget = caught.value.seen[0]
    assert {s.account.reserved for s in budget.standings(KEY)} == {0}
    assert {s.account.used for s in budget.standings(KEY)} == {0}


def test_a_call_that_failed_before_the_model_worked_costs_nothing():
    with ChatServer([status(500)]) as server, pytest.raises(EndpointFailedError) as caught:
        consult(server)
    assert caught.value.seen[0].month().account.used == 0


def test_an_untold_use_counts_as_a_likely_one():
    with (
        ChatServer([completion("{}", tokens=None)]) as server,
        pytest.raises(MalformedError) as caught,
    ):
        consult(server)
    used = caught.value.seen[0].month().account.used
    sizes = [len(request.body) for request in server.requests]
    assert used == sum(size // 4 + 800 for size in sizes)
