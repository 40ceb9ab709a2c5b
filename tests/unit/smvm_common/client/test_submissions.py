"""Submitting through outages, and what becomes of the requests that were kept."""

import json
from dataclasses import replace
from threading import Event, Thread

import pytest

from smvm_common.client import (
    ApiError,
    ClientError,
    DisabledError,
    Idea,
    InvalidSubmissionError,
    SmvmClient,
    Submission,
)
from smvm_common.client.dead_letter_file import DeadLetterFile
from smvm_common.client.retries import Backoff
from support.misbehaving_smvm import (
    Naps,
    accept,
    answer,
    bodies,
    choose,
    hang_up,
    problem,
    serving,
)
from support.receivers import gated, status
from support.servers import free_port

IDEA = Idea("Budgets for nurses, reach me at jane@example.com", "finance", submitter="jane")
SUBMISSION = Submission("PROJ-1", IDEA, "https://tractionbuild.example/hook")


def client(server, tmp_path, **options) -> SmvmClient:
    port = server if isinstance(server, int) else server.port
    options = {"backoff": Backoff((0.0,)), "sleep": Naps(), **options}
    path = tmp_path / "letters.jsonl"
    return SmvmClient(f"http://127.0.0.1:{port}", "t", dead_letter_path=path, **options)


def queued(tmp_path, count: int) -> list[str]:
    """Keep so many submissions during an outage; their run ids."""
    away = client(free_port(), tmp_path, backoff=Backoff(()))
    found = [away.submit(replace(SUBMISSION, project_id=f"PROJ-{n}")) for n in range(count)]
    assert all(accepted.queued for accepted in found)
    return [accepted.run_id for accepted in found]


def by_project(refusals):
    """Answer by the number of the project."""
    return choose(lambda request: refusals.get(json.loads(request.body)["project_id"], accept()))


def test_a_submission_is_accepted(tmp_path):
    with serving(accept()) as server:
        found = client(server, tmp_path).submit(SUBMISSION)
    (body,) = bodies(server.requests)
    assert server.requests[0].path == "/api/v1/validation/runs"
    assert server.requests[0].headers["idempotency-key"] == body["run_id"] == found.run_id
    assert body["correlation_id"] == found.correlation_id
    assert (found.queued, found.replayed, found.degraded) == (False, False, False)


def test_a_retry_is_the_same_request(tmp_path):
    with serving(hang_up(), accept(200, Idempotent_Replayed="true")) as server:
        found = client(server, tmp_path).submit(SUBMISSION)
    first, second = server.requests
    assert (first.body, first.headers["idempotency-key"]) == (
        second.body,
        second.headers["idempotency-key"],
    )
    assert found.replayed


def test_an_outage_is_answered_with_the_checks_made_here(tmp_path):
    away = client(free_port(), tmp_path)
    found = away.submit(replace(SUBMISSION, run_id="RUN-20260302-143052-a1b2c3d4"))
    assert found.queued
    assert found.degraded
    assert found.validation_id == "VAL-20260302-143052-a1b2c3d4-001"
    assert found.checks["schema_compliance"] == "passed"
    assert found.checks["risk_assessment"] == "low"
    assert found.checks["pii"] == {"count": 1, "masked": {"email": 1}}
    (letter,) = away.waiting()
    assert letter.request["idea"] == IDEA.to_json()


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"project_id": "../etc"}, "$.project_id"),
        ({"run_id": "RUN-1"}, "$.run_id"),
        ({"idea": Idea("", "finance")}, "$.idea.description"),
        ({"idea": Idea("x", "y", metadata={"estimated_market_size": "a lot"})}, None),
        ({"idea": Idea("x", "y", metadata={"nested": {"a": 1}})}, None),
        ({"correlation_id": "a b"}, "$.correlation_id"),
    ],
)
def test_what_would_be_refused_is_not_kept(tmp_path, wrong, path):
    away = client(free_port(), tmp_path)
    with pytest.raises(InvalidSubmissionError) as raised:
        away.submit(replace(SUBMISSION, **wrong))
    assert path is None or path in raised.value.errors
    assert away.waiting() == []


def test_a_request_that_cannot_be_kept_is_told(tmp_path):
    (tmp_path / "letters.jsonl").mkdir()
    with pytest.raises(ClientError, match="could not be kept"):
        client(free_port(), tmp_path).submit(SUBMISSION)


def test_maintenance_of_hours_keeps_the_request_at_once(tmp_path):
    naps = Naps()
    with serving(problem(503, Retry_After="7200")) as server:
        found = client(server, tmp_path, sleep=naps).submit(SUBMISSION)
    assert found.queued
    assert len(server.requests) == 1
    assert naps.seconds == []


def test_being_rate_limited_is_told_and_nothing_is_kept(tmp_path):
    with serving(problem(429, Retry_After="90")) as server:
        limited = client(server, tmp_path)
        with pytest.raises(ApiError) as raised:
            limited.submit(SUBMISSION)
    assert raised.value.retry_after == 90.0
    assert limited.waiting() == []


def test_a_refused_submission_is_told_and_not_kept(tmp_path):
    with serving(problem(409, "exists already")) as server:
        refused = client(server, tmp_path)
        with pytest.raises(ApiError, match="exists already"):
            refused.submit(SUBMISSION)
    assert refused.waiting() == []


def test_an_answer_of_something_else_is_told(tmp_path):
    with serving(status(200, body=b"<html>")) as server, pytest.raises(ClientError, match="SMVM"):
        client(server, tmp_path).submit(SUBMISSION)
    with serving(answer(201, {})) as server, pytest.raises(ClientError, match="lacks"):
        client(server, tmp_path).submit(SUBMISSION)


def test_switched_off_nothing_is_sent(tmp_path):
    with serving(accept()) as server:
        off = client(server, tmp_path, enabled=False)
        for call in (lambda: off.submit(SUBMISSION), off.flush, lambda: off.finalize("VAL-1")):
            with pytest.raises(DisabledError):
                call()
    assert server.requests == []


def test_flush_sends_in_order_and_once(tmp_path):
    run_ids = queued(tmp_path, 3)
    with serving(accept()) as server:
        back = client(server, tmp_path)
        assert [found.run_id for found in back.flush()] == run_ids
        assert back.flush() == []
    assert [body["run_id"] for body in bodies(server.requests)] == run_ids


def test_flush_stops_at_the_next_outage_and_goes_on_there(tmp_path):
    run_ids = queued(tmp_path, 3)
    with serving(accept(), hang_up()) as server:
        assert [found.run_id for found in client(server, tmp_path).flush()] == run_ids[:1]
    with serving(accept()) as server:
        assert [found.run_id for found in client(server, tmp_path).flush()] == run_ids[1:]


@pytest.mark.parametrize("code", [400, 409, 413, 415])
def test_a_letter_refused_for_good_holds_up_no_other(tmp_path, code):
    run_ids = queued(tmp_path, 3)
    with serving(by_project({"PROJ-1": problem(code, "it is wrong")})) as server:
        back = client(server, tmp_path)
        assert [found.run_id for found in back.flush()] == [run_ids[0], run_ids[2]]
        assert back.waiting() == []
        assert back.flush() == []
    assert len(server.requests) == 3
    (letter,) = back.refused()
    assert (letter.run_id, letter.refusal.status) == (run_ids[1], code)
    assert letter.refusal.detail == "it is wrong"
    back.discard(letter.run_id)
    assert back.refused() == []


@pytest.mark.parametrize("code", [401, 403])
def test_a_refused_token_stops_the_flush_and_keeps_the_rest(tmp_path, code):
    run_ids = queued(tmp_path, 3)
    with serving(accept(), problem(code)) as server:
        back = client(server, tmp_path)
        with pytest.raises(ApiError, match=str(code)):
            back.flush()
    assert [letter.run_id for letter in back.waiting()] == run_ids[1:]


def test_a_used_up_allowance_stops_the_flush(tmp_path):
    run_ids = queued(tmp_path, 2)
    with serving(accept(), problem(429, Retry_After="61")) as server:
        back = client(server, tmp_path)
        assert len(back.flush()) == 1
    assert [letter.run_id for letter in back.waiting()] == run_ids[1:]


def test_a_letter_at_which_smvm_fails_goes_behind_the_others(tmp_path):
    run_ids = queued(tmp_path, 3)
    with serving(by_project({"PROJ-0": problem(500)})) as server:
        assert client(server, tmp_path).flush() == []
        back = client(server, tmp_path)
        assert [found.run_id for found in back.flush()] == run_ids[1:]
    assert [letter.run_id for letter in back.waiting()] == run_ids[:1]


def test_two_that_flush_at_once_send_each_letter_once(tmp_path):
    run_ids = queued(tmp_path, 4)
    gate, first = Event(), []
    with serving(gated(gate, accept()), accept()) as server:
        one = Thread(target=lambda: first.extend(client(server, tmp_path, timeout=60).flush()))
        one.start()
        while not server.requests:
            one.join(0.01)
        assert client(server, tmp_path).flush() == []
        gate.set()
        one.join()
    assert [found.run_id for found in first] == run_ids
    assert len(server.requests) == 4


class _DyingFile(DeadLetterFile):
    """Dies before it writes down what was sent."""

    def settle(self, sent, refused):
        raise KeyboardInterrupt


def test_dying_between_sending_and_forgetting_sends_the_same_again(tmp_path):
    (run_id,) = queued(tmp_path, 1)
    with serving(accept(), accept(200, Idempotent_Replayed="true")) as server:
        dying = client(server, tmp_path)
        dying._submissions._file = _DyingFile(tmp_path / "letters.jsonl")
        with pytest.raises(KeyboardInterrupt):
            dying.flush()
        (found,) = client(server, tmp_path).flush()
    assert found.replayed
    first, second = server.requests
    assert first.body == second.body
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] == run_id


def test_a_long_queue_is_written_down_in_between(tmp_path, monkeypatch):
    monkeypatch.setattr("smvm_common.client.submissions._BATCH", 2)
    run_ids = queued(tmp_path, 5)
    left = []

    def watching(request):
        left.append(len(DeadLetterFile(tmp_path / "letters.jsonl").read()))
        return accept()

    with serving(choose(watching)) as server:
        assert [found.run_id for found in client(server, tmp_path).flush()] == run_ids
    assert left == [5, 5, 3, 3, 1]
