from types import SimpleNamespace

import fakeredis
import pytest
from celery.exceptions import Retry, SoftTimeLimitExceeded

from smvm_common.errors import StoreUnavailableError
from smvm_common.run.stages import STAGE_NAMES
from smvm_common.settings import Settings
from smvm_common.tasks import STAGE_PREFIX
from smvm_workers import tasks
from smvm_workers.attempts import MAX_STARTS
from smvm_workers.celery import create_celery
from smvm_workers.pipeline import BY_NAME
from smvm_workers.starts import StartCounter
from support.runs import KEY

MESSAGE = {**KEY.to_message(), "round_number": 1, "correlation_id": "CORR-1"}


class RecordingRunner:
    """Raises what it is told to, and notes what it is asked for."""

    def __init__(self):
        self.asked = []
        self.error = None

    def run(self, key, name, round_number):
        self.asked.append("run")
        if self.error is not None:
            raise self.error

    def fail(self, key, name, round_number, reason):
        self.asked.append(f"fail: {reason}")

    def time_out(self, key, name, round_number, reason):
        self.asked.append(f"time out: {reason}")


@pytest.fixture
def runner(monkeypatch):
    found = SimpleNamespace(runner=RecordingRunner(), starts=StartCounter(fakeredis.FakeRedis()))
    monkeypatch.setattr(tasks, "worker_services", lambda: found)
    found.runner.starts = found.starts
    return found.runner


@pytest.fixture(scope="module")
def app():
    return create_celery(Settings())


@pytest.fixture
def gate(app):
    return app.tasks[STAGE_PREFIX + "gate"]


def test_each_stage_is_a_task_within_its_limits_and_below_the_redelivery(app):
    for name in STAGE_NAMES:
        task = app.tasks[STAGE_PREFIX + name]
        limit = BY_NAME[name].time_limit.total_seconds()
        assert task.soft_time_limit == limit < task.time_limit
        assert task.time_limit < Settings().redis.visibility_timeout_seconds
        assert task.acks_late
        assert task.ignore_result


def test_a_message_has_the_runner_do_the_stage(gate, runner):
    gate(**MESSAGE)
    assert runner.asked == ["run"]


def test_out_of_time_the_stage_is_left_out(gate, runner):
    runner.error = SoftTimeLimitExceeded()
    gate(**MESSAGE)
    assert runner.asked == ["run", "time out: longer than 20 s"]


def test_an_outage_is_tried_again(gate, runner, monkeypatch):
    runner.error = StoreUnavailableError()
    delays = []

    def retry(exc, countdown):
        delays.append(countdown)
        return Retry()

    monkeypatch.setattr(gate, "retry", retry)
    with pytest.raises(Retry):
        gate(**MESSAGE)
    assert 0.8 <= delays[0] <= 1.2
    assert runner.asked == ["run"]


def test_a_bug_tried_again_in_vain_fails_the_run(gate, runner):
    runner.error = ZeroDivisionError("x")
    gate.push_request(retries=1)
    try:
        gate.run(**MESSAGE)
    finally:
        gate.pop_request()
    assert runner.asked == ["run", "fail: ZeroDivisionError: x"]


def test_a_stage_that_killed_its_worker_each_time_is_poison_and_may_be_resumed(gate, runner):
    for _ in range(MAX_STARTS):
        runner.starts.exhausted(KEY, "gate", 1)
    gate(**MESSAGE)
    assert runner.asked == ["fail: the worker died each time"]
    gate(**MESSAGE)
    assert runner.asked[-1] == "run"
