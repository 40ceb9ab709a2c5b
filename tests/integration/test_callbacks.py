"""Callbacks from the run record to a real receiver over HTTP, with a real Redis."""

import itertools
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import pytest

from smvm_common.client.verification import CallbackVerifier
from smvm_common.outbox import DeliveryState
from smvm_common.run import transitions
from smvm_common.run.progress import next_stage
from support.callbacks import (
    API_KEY,
    SECRET,
    CallbackWorkers,
    callback_settings,
    eventually,
)
from support.receivers import ScriptedReceiver, drip, flood, gated, hang, slowly, status
from support.runs import proceed
from support.servers import free_port

OK = status(204)


pytestmark = pytest.mark.usefixtures("redis")


def test_a_run_is_heard_in_order_and_each_callback_verifies(redis_url):
    verifier = CallbackVerifier(SECRET, API_KEY)
    with ScriptedReceiver([OK]) as receiver:
        with CallbackWorkers(callback_settings(receiver.host), redis_url) as workers:
            key = workers.start_run(receiver.url)
            for stage in iter(lambda: next_stage(workers.repository.load(key)), None):
                summary = {"gate": proceed()}.get(stage, {"confidence_score": 0.7})
                workers.repository.update(
                    key,
                    lambda run, now, stage=stage, summary=summary: transitions.complete_stage(
                        run, now, stage, {}, summary
                    ),
                )
            eventually(lambda: workers.settled(key))
        heard = [verifier.verify(r.headers, r.body) for r in receiver.requests]
    assert [callback.sequence for callback in heard] == list(range(1, 11))
    assert not any(callback.duplicate for callback in heard)
    assert {callback.correlation_id for callback in heard} == {"CORR-1"}
    assert {r.path for r in receiver.requests} == {"/hook/validation/update"}
    first = heard[0].payload
    assert first["validation_id"] == key.validation_id
    assert first["stage_results"]["persona_synthesis"] == "completed"
    assert first["current_stage"] == "competitor_analysis"


def test_an_alert_goes_to_its_own_path_with_its_context(redis_url):
    with ScriptedReceiver([OK]) as receiver:
        with CallbackWorkers(callback_settings(receiver.host), redis_url) as workers:
            key = workers.start_run(receiver.url)
            workers.repository.update(key, lambda run, now: transitions.miss_gate(run, now))
            eventually(lambda: workers.settled(key))
        alert, update = receiver.requests
    payload = json.loads(alert.body)
    assert alert.path == "/hook/validation/alert"
    assert (payload["alert_type"], payload["severity"]) == ("timeline_slip", "warning")
    assert payload["context"] == {"deadline": "gate"}
    assert json.loads(update.body)["run_status"] == "incomplete"


def test_a_callback_that_failed_comes_again_the_same_and_before_the_next(redis_url):
    with ScriptedReceiver([status(500), status(502), OK]) as receiver:
        with CallbackWorkers(callback_settings(receiver.host), redis_url) as workers:
            key = workers.start_run(receiver.url)
            workers.notify_at_once(key, 3)
            eventually(lambda: workers.settled(key))
            assert workers.dead() == []
        assert receiver.sequences() == [1, 1, 1, 2, 3]
        first = receiver.requests[:3]
        assert len({r.body for r in first}) == 1
        assert len({r.headers["webhook-id"] for r in first}) == 1


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (status(500), "HTTP 500"),
        (status(401), "HTTP 401"),
        (status(302, {"Location": "http://127.0.0.1/"}), "HTTP 302"),
        (hang(), "timed out"),
        (drip(), "timed out"),
    ],
    ids=["500", "401", "redirect", "hang", "drip"],
)
def test_what_stays_undeliverable_becomes_a_letter_and_the_next_is_tried(redis_url, reply, reason):
    settings = callback_settings("127.0.0.1", timeout=0.15, retries=2)
    with ScriptedReceiver([reply] * 3 + [OK]) as receiver:
        with CallbackWorkers(settings, redis_url) as workers:
            key = workers.start_run(receiver.url)
            workers.notify_at_once(key, 2)
            eventually(lambda: workers.settled(key))
            (letter,) = workers.dead()
        assert receiver.sequences() == [1, 1, 1, 2]
    assert (letter.sequence, letter.attempts, letter.reason) == (1, 3, reason)
    assert letter.first_attempt_at < letter.last_attempt_at
    assert letter.body.encode() == receiver.requests[0].body


def test_a_receiver_that_sends_a_huge_body_has_the_callback_and_no_memory_of_ours(redis_url):
    with ScriptedReceiver([flood()]) as receiver:
        with CallbackWorkers(callback_settings(receiver.host), redis_url) as workers:
            key = workers.start_run(receiver.url)
            workers.notify(key)
            eventually(lambda: workers.settled(key))
            assert workers.dead() == []
        assert receiver.sequences() == [1]


def test_a_closed_port_fills_the_box_and_a_replay_sends_each_exactly_once(redis_url):
    port = free_port()
    with CallbackWorkers(callback_settings("127.0.0.1"), redis_url) as workers:
        key = workers.start_run(f"http://127.0.0.1:{port}/hook")
        workers.notify_at_once(key, 3)
        eventually(lambda: workers.settled(key))
        letters = workers.dead()
        assert [letter.attempts for letter in letters] == [6, 6, 6]
        with ScriptedReceiver([OK], port) as receiver:
            outcomes = [workers.replayer.replay(letter.id) for letter in letters]
            again = [workers.replayer.replay(letter.id) for letter in letters]
            workers.dispatcher.dispatch(key)
            assert receiver.sequences() == [1, 2, 3]
            assert [r.body.decode() for r in receiver.requests] == [x.body for x in letters]
            assert receiver.webhook_ids() == [letter.webhook_id for letter in letters]
            verifier = CallbackVerifier(SECRET, API_KEY)
            assert all(verifier.verify(r.headers, r.body) for r in receiver.requests)
        assert {outcome.result for outcome in outcomes} == {"delivered"}
        assert {outcome.result for outcome in again} == {"skipped"}
        assert workers.dead() == []


def test_many_replays_of_one_letter_at_once_send_it_once(redis_url):
    port, gate = free_port(), Event()
    with CallbackWorkers(callback_settings("127.0.0.1", retries=0), redis_url) as workers:
        key = workers.start_run(f"http://127.0.0.1:{port}/hook")
        workers.notify(key)
        eventually(lambda: workers.settled(key))
        (letter,) = workers.dead()
        with ScriptedReceiver([gated(gate, OK)], port) as receiver, ThreadPoolExecutor(8) as pool:
            replays = [pool.submit(workers.replayer.replay, letter.id) for _ in range(8)]
            eventually(lambda: sum(replay.done() for replay in replays) == 7)
            gate.set()
            results = sorted(replay.result().result for replay in replays)
            assert len(receiver.requests) == 1
    assert results == ["delivered"] + ["skipped"] * 7


def test_a_replay_that_fails_keeps_the_letter_and_counts(redis_url):
    port = free_port()
    with CallbackWorkers(callback_settings("127.0.0.1", retries=0), redis_url) as workers:
        key = workers.start_run(f"http://127.0.0.1:{port}/hook")
        workers.notify(key)
        eventually(lambda: workers.settled(key))
        (letter,) = workers.dead()
        with ScriptedReceiver([status(503)], port):
            outcome = workers.replayer.replay(letter.id)
        (kept,) = workers.dead()
    assert (outcome.result, outcome.reason) == ("failed", "HTTP 503")
    assert (kept.attempts, kept.reason) == (letter.attempts + 1, "HTTP 503")
    assert (kept.body, kept.webhook_id) == (letter.body, letter.webhook_id)


def test_410_stops_the_runs_callbacks_for_good_and_no_other_runs(redis_url):
    with ScriptedReceiver([OK, status(410), OK]) as receiver:
        with CallbackWorkers(callback_settings(receiver.host), redis_url) as workers:
            key, other = workers.start_run(receiver.url, 1), workers.start_run(receiver.url, 2)
            workers.notify_at_once(key, 3)
            eventually(lambda: workers.settled(key))
            workers.notify(key, 2)
            workers.dispatcher.dispatch(key)
            assert workers.state(key).stopped
            assert receiver.sequences() == [1, 2]
            workers.notify(other)
            eventually(lambda: workers.settled(other))
            assert workers.dead() == []
        assert receiver.webhook_ids()[2] == f"msg_{other.validation_id}_1"


def test_a_receiver_that_asks_for_time_gets_it(redis_url):
    asked = status(429, {"Retry-After": "1"})
    with (
        ScriptedReceiver([asked, OK]) as receiver,
        CallbackWorkers(callback_settings(receiver.host), redis_url) as workers,
    ):
        key = workers.start_run(receiver.url)
        began = time.monotonic()
        workers.notify(key)
        eventually(lambda: workers.settled(key))
        assert time.monotonic() - began >= 1.0
        assert receiver.sequences() == [1, 1]


def test_a_wake_up_does_not_cut_a_wait_short(redis_url):
    with (
        ScriptedReceiver([status(503, {"Retry-After": "60"}), OK]) as receiver,
        CallbackWorkers(callback_settings(receiver.host), redis_url) as workers,
    ):
        key = workers.start_run(receiver.url)
        workers.notify(key)
        eventually(lambda: workers.state(key).failures == 1)
        workers.dispatcher.dispatch(key)
        assert receiver.sequences() == [1]
        assert max(workers.sender.delays) >= 60


def test_the_breaker_opens_after_five_failures_and_lets_one_try_through_later(redis_url):
    settings = callback_settings("127.0.0.1", breaker_failures=5, breaker_reset_seconds=2.0)
    gate = Event()
    with ScriptedReceiver([status(500)] * 5 + [gated(gate, OK), OK]) as receiver:
        with CallbackWorkers(settings, redis_url) as workers:
            key = workers.start_run(receiver.url)
            workers.notify_at_once(key, 3)
            eventually(lambda: workers.settled(key))
            assert len(receiver.requests) == 5
            assert [x.reason for x in workers.dead()] == ["breaker open"] * 3
            keys = [workers.start_run(receiver.url, number) for number in range(2, 5)]
            time.sleep(2.1)
            for one in keys:
                workers.notify(one)
            eventually(lambda: sum(workers.settled(one) for one in keys) == 2)
            assert len(receiver.requests) == 6, "only one may try while the breaker is half-open"
            gate.set()
            eventually(lambda: all(workers.settled(one) for one in keys))
            last = workers.start_run(receiver.url, 5)
            workers.notify(last)
            eventually(lambda: workers.settled(last))
        assert receiver.webhook_ids()[-1] == f"msg_{last.validation_id}_1"


def test_the_breaker_is_shared_and_is_each_destinations_own(redis_url):
    settings = callback_settings("127.0.0.1", breaker_failures=5, breaker_reset_seconds=60.0)
    with ScriptedReceiver([status(500)]) as bad, ScriptedReceiver([OK]) as good:
        with (
            CallbackWorkers(settings, redis_url) as one,
            CallbackWorkers(settings, redis_url, one.store) as two,
        ):
            key = one.start_run(bad.url)
            one.notify(key)
            eventually(lambda: one.settled(key))
            other = two.start_run(bad.url, 2)
            two.notify(other)
            eventually(lambda: two.settled(other))
            assert len(bad.requests) == 5
            well = two.start_run(good.url, 3)
            two.notify(well)
            eventually(lambda: two.settled(well))
        assert good.sequences() == [1]


def test_dispatchers_at_once_send_nothing_twice(redis_url):
    with ScriptedReceiver([slowly(OK)]) as receiver:
        settings = callback_settings(receiver.host)
        with (
            CallbackWorkers(settings, redis_url, announce=False) as one,
            CallbackWorkers(settings, redis_url, one.store, announce=False) as two,
            ThreadPoolExecutor(8) as pool,
        ):
            key = one.start_run(receiver.url)
            one.notify(key, 12)
            dispatchers = itertools.islice(itertools.cycle([one.dispatcher, two.dispatcher]), 8)
            for done in [pool.submit(each.dispatch, key) for each in dispatchers]:
                done.result()
            assert one.settled(key)
        assert receiver.sequences() == list(range(1, 13))


def test_what_is_appended_during_a_delivery_is_delivered_too(redis_url):
    gate = Event()
    with ScriptedReceiver([gated(gate, OK), OK]) as receiver:
        with CallbackWorkers(callback_settings(receiver.host, timeout=5), redis_url) as workers:
            key = workers.start_run(receiver.url)
            workers.notify(key)
            eventually(lambda: len(receiver.requests) == 1)
            workers.notify(key, 2)
            eventually(lambda: all(o.done() for o in workers.sender.outcomes[1:]))
            gate.set()
            eventually(lambda: workers.settled(key))
        assert receiver.sequences() == [1, 2, 3]


def test_a_dead_receiver_does_not_delay_other_runs(redis_url):
    settings = callback_settings("127.0.0.1", timeout=3.0, retries=1, concurrency_per_destination=2)
    with (
        ScriptedReceiver([hang()]) as dead,
        ScriptedReceiver([OK]) as well,
        CallbackWorkers(settings, redis_url, workers=4) as workers,
    ):
        for number in range(1, 9):
            workers.notify(workers.start_run(dead.url, number))
        eventually(lambda: len(dead.requests) == 2)
        began = time.monotonic()
        key = workers.start_run(well.url, 99)
        workers.notify_at_once(key, 5)
        eventually(lambda: workers.settled(key), within=1.0)
        took = time.monotonic() - began
        assert len(dead.requests) == 2
        # waiting for a free place is not an attempt
        waiting = [workers.state(k).failures for k in workers.repository.index.moving()]
        assert sum(waiting) == 0
    assert well.sequences() == [1, 2, 3, 4, 5]
    assert took < 1.0


def test_what_waited_for_a_place_is_delivered_when_there_is_one(redis_url):
    gate = Event()
    settings = callback_settings("127.0.0.1", timeout=5, concurrency_per_destination=1)
    with ScriptedReceiver([gated(gate, OK)]) as receiver:
        with CallbackWorkers(settings, redis_url) as workers:
            keys = [workers.start_run(receiver.url, number) for number in (1, 2)]
            for key in keys:
                workers.notify(key)
            eventually(lambda: 1.0 in workers.sender.delays)
            eventually(lambda: bool(receiver.requests))
            assert len(receiver.requests) == 1
            gate.set()
            eventually(lambda: all(workers.settled(key) for key in keys))
        assert len(set(receiver.webhook_ids())) == len(receiver.webhook_ids()) == 2


def test_without_redis_callbacks_go_on_in_order(redis_server):
    with ScriptedReceiver([status(500), OK]) as receiver:
        settings = callback_settings(receiver.host)
        with CallbackWorkers(settings, redis_server.url) as workers:
            key = workers.start_run(receiver.url)
            redis_server.kill()
            workers.notify_at_once(key, 3)
            eventually(lambda: workers.settled(key))
        assert receiver.sequences() == [1, 1, 2, 3]


def test_the_breaker_works_without_redis_and_is_shared_again_with_it(redis_server):
    settings = callback_settings("127.0.0.1", breaker_failures=5, breaker_reset_seconds=60.0)
    with (
        ScriptedReceiver([status(500)]) as receiver,
        CallbackWorkers(settings, redis_server.url) as workers,
    ):
        redis_server.kill()
        key = workers.start_run(receiver.url)
        workers.notify_at_once(key, 2)
        eventually(lambda: workers.settled(key))
        assert len(receiver.requests) == 5
        redis_server.start()
        workers.notify(key)
        eventually(lambda: workers.settled(key))
        assert len(receiver.requests) == 10


def test_a_flushed_redis_loses_nothing(redis_url):
    with ScriptedReceiver([status(503, {"Retry-After": "0"})] * 2 + [OK]) as receiver:
        settings = callback_settings(receiver.host)
        with CallbackWorkers(settings, redis_url, announce=False) as workers:
            key = workers.start_run(receiver.url)
            workers.notify(key, 2)
            workers.sender.deliver = None  # every message is lost
            workers.dispatcher.dispatch(key)
            workers.redis.flushall()
            run = workers.repository.load(key)
            assert workers.dispatcher.outbox.has_undelivered(run)
            workers.sender.deliver = workers.dispatcher.dispatch
            workers.sender.deliver_callbacks(key, "CORR-1")  # as the reconciler does
            eventually(lambda: workers.settled(key))
        assert receiver.sequences() == [1, 1, 1, 2]


def test_a_dispatcher_that_lost_its_lease_sends_no_more(redis_url):
    with ScriptedReceiver([OK]) as receiver:
        settings = callback_settings(receiver.host)
        with CallbackWorkers(settings, redis_url, announce=False) as workers:
            key = workers.start_run(receiver.url)
            workers.notify(key, 3)
            lock = f"smvm:dispatch:{key.tenant}:{key.validation_id}"
            taken_over = receiver.take

            def take(request):
                workers.redis.set(lock, "another dispatcher")
                return taken_over(request)

            receiver.take = take
            workers.dispatcher.dispatch(key)
        assert receiver.sequences() == [1]


def test_a_crash_between_burying_and_settling_is_repeated_without_harm(redis_url):
    settings = callback_settings("127.0.0.1", retries=1)
    with ScriptedReceiver([status(500)] * 2 + [OK]) as receiver:
        with CallbackWorkers(settings, redis_url) as workers:
            key = workers.start_run(receiver.url)
            workers.notify(key)
            eventually(lambda: workers.settled(key))
            (letter,) = workers.dead()
            state = workers.state(key)
            before = replace(DeliveryState(failures=1, etag=state.etag))
            workers.dispatcher.outbox.save(key, before)
            workers.dispatcher.dispatch(key)
            assert workers.settled(key)
            assert workers.dead() == [], "what was delivered after all must not be replayed"
        assert letter.sequence == 1
        assert receiver.sequences() == [1, 1, 1]


def test_another_tenants_callbacks_carry_its_own_key_and_identifiers(redis_url):
    with ScriptedReceiver([OK]) as receiver:
        with CallbackWorkers(callback_settings(receiver.host), redis_url) as workers:
            key = workers.start_run(receiver.url, tenant="acme")
            workers.notify(key)
            eventually(lambda: workers.settled(key))
        (request,) = receiver.requests
    assert request.headers["x-api-key"] == "acme-key"
    assert request.headers["webhook-id"] == f"msg_acme_{key.validation_id}_1"
