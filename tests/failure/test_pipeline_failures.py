"""The guide's failure scenarios on the real stack, and processes killed in the middle of runs."""

import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
import requests
from redis import Redis

from smvm_common.client import Callback, Idea, Observation, SmvmClient
from smvm_common.clock import parse_rfc3339
from smvm_common.dead_letters import DeadLetter, DeadLetterBox, DeadLetterFilter
from smvm_common.embedded.ports import free_port
from smvm_common.receiver import CallbackReceiver
from smvm_common.run.stages import STAGE_NAMES
from smvm_common.settings import Settings
from support.callbacks import eventually
from support.faults import children_of
from support.receivers import ScriptedReceiver, hang
from support.stack import RunningStack, at_rest, running_stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

COURIER_THREADS = 16
"""What the Procfile gives it."""
PATIENCE = timedelta(seconds=240)
"""For a run to end on a machine that does other things too."""


def impatient(settings: Settings) -> Settings:
    """Production's settings with shorter waits: what stalls is seen after five seconds."""
    return replace(
        settings,
        scheduler=replace(settings.scheduler, reconcile_tick_seconds=2.0, stalled_after_seconds=5),
        callbacks=replace(settings.callbacks, retry_delays_seconds=(0.02, 0.04, 0.08, 0.16, 0.32)),
    )


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    with running_stack(tmp_path_factory.mktemp("failures"), adjust=impatient) as running:
        yield running


@pytest.fixture
def client(stack: RunningStack):
    return stack.client()


def submit(stack: RunningStack, client: SmvmClient, **changes: object) -> str:
    accepted = client.submit(stack.submission(**changes))
    assert not accepted.queued
    return accepted.validation_id


def wait_for_stage(client: SmvmClient, validation_id: str, stage: str) -> None:
    """Until the stage is the one being worked on."""
    client.wait(
        validation_id,
        lambda state: state.current_stage == stage,
        timeout=PATIENCE,
        poll=timedelta(seconds=0.05),
    )


def ends_whole(stack: RunningStack, client: SmvmClient, validation_id: str) -> None:
    """The run awaits completion, each stage was done once, and each callback came in order."""
    state = client.wait(validation_id, at_rest, timeout=PATIENCE)
    assert state.status == "awaiting_completion"
    assert set(state.stage_results.values()) == {"completed"}
    names = [event["name"] for event in client.events(validation_id)]
    done = [name for name in names if name.startswith("stage.")]
    assert done == [f"stage.{name}.completed" for name in STAGE_NAMES]
    heard_whole(stack.receiver, client, validation_id)


def heard_whole(receiver: CallbackReceiver, client: SmvmClient, validation_id: str) -> None:
    """The receiver has every callback of the run, once, in order."""
    events = client.events(validation_id)
    expected = [e["callback_sequence"] for e in events if e["callback"]]
    eventually(lambda: len(receiver.of(validation_id)) >= len(expected), within=240)
    assert [c.sequence for c in receiver.of(validation_id)] == expected
    assert receiver.refused == 0


def alerts(receiver: CallbackReceiver, validation_id: str) -> set[str]:
    return {c.payload["alert_type"] for c in receiver.of(validation_id) if c.kind == "alert"}


def test_bad_data_lowers_the_confidence_and_is_reported(stack: RunningStack, client: SmvmClient):
    doubtful = {
        "nearly empty": Idea("App", "finance"),
        "absurd size": replace_metadata(estimated_market_size=9e15),
        "unknown currency": replace_metadata(estimated_market_size=5e9, currency="QQQ"),
    }
    sound = submit(stack, client)
    found = {name: submit(stack, client, idea=idea) for name, idea in doubtful.items()}
    client.wait(sound, at_rest, timeout=PATIENCE)
    confidence = client.status(sound).gate["confidence_score"]
    for name, validation_id in found.items():
        state = client.wait(validation_id, at_rest, timeout=PATIENCE)
        assert state.status in ("awaiting_completion", "completed"), name
        assert state.raw["degraded"], name
        assert state.gate["confidence_score"] < confidence, name
        report = client.results(validation_id)["quality_report"]
        assert report["degraded"], name
        assert report["warnings"], name
        assert {finding["severity"] for finding in report["findings"]} & {"warning"}, name
        heard_whole(stack.receiver, client, validation_id)
        assert "quality_warning" in alerts(stack.receiver, validation_id), name
    assert not client.results(sound)["quality_report"]["degraded"]


def replace_metadata(**metadata: object) -> Idea:
    return Idea("AI-powered personal finance management platform", "finance", metadata=metadata)


def test_evidence_that_contradicts_the_prior_is_flagged(stack: RunningStack, client: SmvmClient):
    validation_id = submit(stack, client)
    client.wait(validation_id, at_rest, timeout=PATIENCE)
    client.submit_evidence(
        validation_id, [Observation("sign_ups", trials=100_000, successes=99_000)]
    )
    assert client.complete(validation_id)["status"] == "completed"
    report = client.results(validation_id)["quality_report"]
    assert report["degraded"]
    flagged = [f for f in report["findings"] if f["document"] == "simulation.result.json"]
    assert {f["severity"] for f in flagged} & {"warning"}
    heard_whole(stack.receiver, client, validation_id)
    assert "quality_warning" in alerts(stack.receiver, validation_id)


def test_a_dead_receivers_callbacks_are_replayed_and_delivered_once(
    stack: RunningStack, client: SmvmClient
):
    port = free_port()
    validation_id = submit(stack, client, callback_url=f"http://127.0.0.1:{port}/hook")
    state = client.wait(validation_id, at_rest, timeout=PATIENCE)
    assert state.status == "awaiting_completion"
    expected = [e["callback_sequence"] for e in client.events(validation_id) if e["callback"]]

    def letters() -> list[DeadLetter]:
        wanted = DeadLetterFilter(validation_id=validation_id)
        return list(DeadLetterBox(stack.store).list(wanted))

    eventually(lambda: len(letters()) == len(expected), within=240)
    listed = stack.celery("dead-letters", "list", "--json", "--run", validation_id)
    buried = [json.loads(line) for line in listed.splitlines()]
    assert [letter["sequence"] for letter in buried] == expected
    assert buried[0]["attempts"] == 6
    shown = json.loads(stack.celery("dead-letters", "show", str(buried[0]["id"])))
    assert shown["payload"]["validation_id"] == validation_id

    with CallbackReceiver(stack.verifier(), port) as receiver:
        chosen = ("dead-letters", "replay", "--run", validation_id)
        assert str(buried[-1]["id"]) in stack.celery(*chosen, "--dry-run")
        assert receiver.received == []
        stack.celery(*chosen)
        heard = receiver.of(validation_id)
        assert [c.webhook_id for c in heard] == [letter["webhook_id"] for letter in buried]
        assert letters() == []
        stack.celery(*chosen)
        assert (len(receiver.received), receiver.duplicates) == (len(expected), 0)


def test_a_worker_killed_in_mid_stage_costs_nothing_but_time(
    stack: RunningStack, client: SmvmClient
):
    validation_id = submit(stack, client)
    wait_for_stage(client, validation_id, "market_simulation")
    stack.processes["worker"].kill()
    stack.processes["worker"].start()
    ends_whole(stack, client, validation_id)


def test_a_pool_process_killed_in_mid_stage_is_replaced(stack: RunningStack, client: SmvmClient):
    worker = stack.processes["worker"]
    eventually(lambda: len(children_of(worker.pid)) >= 2, within=240)
    validation_id = submit(stack, client)
    wait_for_stage(client, validation_id, "market_simulation")
    kill_pool(stack)
    ends_whole(stack, client, validation_id)
    assert worker.running


def test_a_courier_killed_in_mid_delivery_delivers_again_in_order(
    stack: RunningStack, client: SmvmClient
):
    taken, answer = Event(), Event()

    def hold_the_third(callback: Callback) -> None:
        if callback.sequence == 3 and not callback.duplicate:
            taken.set()
            answer.wait(240)

    with CallbackReceiver(stack.verifier(), on_callback=hold_the_third) as receiver:
        validation_id = submit(stack, client, callback_url=receiver.url)
        assert taken.wait(240)
        stack.processes["courier"].kill()
        answer.set()
        stack.processes["courier"].start()
        state = client.wait(validation_id, at_rest, timeout=PATIENCE)
        assert state.status == "awaiting_completion"
        heard_whole(receiver, client, validation_id)
        assert receiver.duplicates == 1


def test_a_dead_receiver_never_delays_anothers_callbacks(stack: RunningStack, client: SmvmClient):
    settings = stack.settings
    hangs_for = settings.integration.tractionbuild.timeout_seconds
    with ScriptedReceiver([hang()]) as dead:
        # cancelled at once, so that each has a callback and costs no analysis; more than there are
        # threads in the courier
        for _ in range(COURIER_THREADS + 4):
            client.cancel(submit(stack, client, callback_url=dead.url))
        places = settings.callbacks.concurrency_per_destination
        eventually(lambda: len(dead.requests) >= places, within=60)
        well = [submit(stack, client) for _ in range(3)]
        for validation_id in well:
            client.cancel(validation_id)
            heard_whole(stack.receiver, client, validation_id)
        delays = [
            received.received_at - parse_rfc3339(received.callback.payload["occurred_at"])
            for received in stack.receiver.received
            if received.callback.validation_id in well
        ]
        # whoever waited for the dead one would have waited until it was given up
        assert max(delays) < timedelta(seconds=hangs_for / 2)


@pytest.mark.parametrize("harm", ["flushed", "restarted", "killed and emptied"])
def test_a_redis_that_loses_everything_only_delays_a_run(
    stack: RunningStack, client: SmvmClient, harm: str
):
    validation_id = submit(stack, client)
    wait_for_stage(client, validation_id, "market_simulation")
    if harm == "flushed":
        flush(stack)
    elif harm == "restarted":
        stack.redis.restart()
    else:
        stack.redis.kill()
        stack.redis.start()
        flush(stack)
    ends_whole(stack, client, validation_id)


def flush(stack: RunningStack) -> None:
    with Redis.from_url(stack.redis.url) as redis:
        redis.flushall()


def test_a_run_accepted_without_redis_starts_by_itself(stack: RunningStack, client: SmvmClient):
    stack.redis.kill()
    try:
        answer = requests.post(
            f"{stack.url}/api/v1/validation/runs",
            json={k: v for k, v in stack.submission().to_json().items() if v is not None},
            headers={"Authorization": f"Bearer {stack.token()}"},
            timeout=30,
        )
        assert (answer.status_code, answer.json()["degraded"]) == (201, True)
        validation_id = answer.json()["validation_id"]
        assert client.status(validation_id).status == "accepted"
    finally:
        stack.redis.start()
    ends_whole(stack, client, validation_id)


def test_two_beats_fire_each_milestone_once(stack: RunningStack, client: SmvmClient):
    with stack.another("beat", "beat-2"):
        found = [submit(stack, client) for _ in range(2)]
        for validation_id in found:
            client.wait(validation_id, at_rest, timeout=PATIENCE)
        moves = ((timedelta(days=30), "completed"), (timedelta(days=2), "finalized"))
        for by, status in moves:
            for validation_id in found:
                client.advance_clock(validation_id, by)
            for validation_id in found:
                client.wait(validation_id, status_is(status), timeout=PATIENCE)
        for validation_id in found:
            names = [event["name"] for event in client.events(validation_id)]
            assert names.count("round.started") == 1
            assert names.count("run.finalized") == 1
            assert names.count("stage.report.completed") == 2
            heard_whole(stack.receiver, client, validation_id)


def status_is(status: str) -> Callable[[object], bool]:
    return lambda state: state.status == status


def test_messages_that_nobody_can_read_do_no_harm(stack: RunningStack, client: SmvmClient):
    sound = {"body": "W10=", "content-encoding": "utf-8", "content-type": "application/json"}
    properties = {"delivery_tag": "1", "delivery_info": {"exchange": "", "routing_key": "rapid"}}
    properties["body_encoding"] = "base64"
    headers = {"task": "smvm.stage.unheard_of", "id": "x", "lang": "py"}
    poison = (
        json.dumps({**sound, "headers": headers, "properties": properties}),
        json.dumps({**sound, "headers": {}, "properties": properties}),
        json.dumps({**sound, "body": "!", "headers": headers, "properties": properties}),
        json.dumps({**sound, "content-type": "x/y", "headers": headers, "properties": properties}),
    )
    with Redis.from_url(stack.redis.url) as redis:
        for queue in ("rapid", "analysis", "callbacks", "schedule"):
            redis.lpush(queue, *poison)
    ends_whole(stack, client, submit(stack, client))
    assert stack.processes["worker"].running
    assert stack.processes["courier"].running


def test_a_stage_that_kills_its_worker_each_time_is_given_up(
    stack: RunningStack, client: SmvmClient
):
    validation_id = submit(stack, client)
    wait_for_stage(client, validation_id, "market_simulation")
    killed = 0

    def given_up() -> bool:
        nonlocal killed
        if (begun := starts(stack)) > killed:
            kill_pool(stack)
            killed = begun
        time.sleep(0.1)
        return at_rest(client.status(validation_id))

    eventually(given_up, within=PATIENCE.total_seconds())
    state = client.status(validation_id)
    assert state.status == "failed"
    assert "market_simulation: the worker died" in state.raw["manual_review"]["reason"]
    heard_whole(stack.receiver, client, validation_id)
    ends_whole(stack, client, submit(stack, client))


def starts(stack: RunningStack) -> int:
    """How often the stages that have not ended were begun."""
    with Redis.from_url(stack.redis.url) as redis:
        return sum(int(redis.get(name) or 0) for name in redis.scan_iter("smvm:starts:*"))


def kill_pool(stack: RunningStack) -> None:
    for pid in children_of(stack.processes["worker"].pid):
        # it may have ended by itself meanwhile
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_a_stage_that_always_fails_ends_in_a_failed_run_with_its_reason(
    stack: RunningStack, client: SmvmClient
):
    # the worker is stopped while the idea is made unreadable
    stack.processes["worker"].pause()
    validation_id = submit(stack, client)
    run_id = client.status(validation_id).raw["run_id"]
    key = f"runs/PROJ-000/validation/{run_id}/idea.input.json"
    stack.store.put(key, b"not JSON at all")
    stack.processes["worker"].unpause()
    state = client.wait(validation_id, at_rest, timeout=PATIENCE)
    assert state.status == "failed"
    assert "persona_synthesis" in state.raw["manual_review"]["reason"]
    heard_whole(stack.receiver, client, validation_id)
    assert "timeline_slip" in alerts(stack.receiver, validation_id)
    ends_whole(stack, client, submit(stack, client))
