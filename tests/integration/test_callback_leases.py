"""What workers share through Redis while they deliver, and what becomes of it when one dies."""

import time

import structlog
from prometheus_client import REGISTRY

from smvm_workers.callbacks.breakers import REFUSED, BreakerBoard
from smvm_workers.callbacks.lease import DispatchLease
from smvm_workers.callbacks.policy import Answer
from smvm_workers.callbacks.slots import DestinationSlots
from support.callbacks import CallbackWorkers, callback_settings, eventually
from support.receivers import ScriptedReceiver, status
from support.runs import KEY
from support.servers import free_port

FAILED, DELIVERED = Answer(500, "HTTP 500"), Answer(200, "HTTP 200")
HERE = "https://a.example"


def test_a_slot_of_a_worker_that_died_comes_free(redis):
    slots = DestinationSlots(redis, slots=1, lease_seconds=0.2)
    assert slots.take(HERE, "died")
    assert not slots.take(HERE, "waits")
    assert slots.take("https://b.example", "another destination")
    time.sleep(0.25)
    assert slots.take(HERE, "waits")


def test_a_slot_given_back_is_free_and_one_refused_was_never_held(redis):
    slots = DestinationSlots(redis, slots=2, lease_seconds=60)
    assert slots.take(HERE, "one")
    assert slots.take(HERE, "two")
    assert not slots.take(HERE, "three")
    slots.give_back(HERE, "one")
    assert slots.take(HERE, "three")
    assert not slots.take(HERE, "one")


def test_a_lease_of_a_dispatcher_that_died_runs_out(redis):
    lease = DispatchLease(redis, 0.2)
    died = lease.hold(KEY)
    assert died.__enter__() is not None
    with lease.hold(KEY) as refused:
        assert refused is None
    time.sleep(0.25)
    with lease.hold(KEY) as prolong:
        assert prolong is not None
        assert prolong()


def test_a_lease_is_prolonged_while_its_holder_works(redis):
    lease = DispatchLease(redis, 0.3)
    with lease.hold(KEY) as prolong:
        for _ in range(4):
            time.sleep(0.15)
            assert prolong()
        with lease.hold(KEY) as other:
            assert other is None


def board(redis, probe_seconds=60.0):
    # pybreaker notes the second at which a breaker opened, no finer
    return BreakerBoard(redis, failures=3, reset_seconds=2.0, probe_seconds=probe_seconds)


def open_up(breakers):
    answers = [breakers.attempt(HERE, lambda: FAILED) for _ in range(4)]
    assert answers == [FAILED, FAILED, FAILED, REFUSED]


def test_failures_count_only_in_a_row(redis):
    breakers = board(redis)
    for answer in (FAILED, FAILED, DELIVERED, FAILED, FAILED, DELIVERED):
        assert breakers.attempt(HERE, lambda answer=answer: answer) == answer
    open_up(breakers)


def test_a_receiver_that_says_gone_is_there(redis):
    breakers = board(redis)
    for _ in range(5):
        assert breakers.attempt(HERE, lambda: Answer(410, "HTTP 410")).status == 410


def test_workers_count_together_and_another_destination_apart(redis):
    one, two = board(redis), board(redis)
    answers = [worker.attempt(HERE, lambda: FAILED) for worker in (one, two, one, two)]
    assert answers == [FAILED, FAILED, FAILED, REFUSED]
    assert two.attempt("https://b.example", lambda: DELIVERED) == DELIVERED


def test_a_probe_that_fails_opens_it_again_and_one_that_succeeds_closes_it(redis):
    breakers = board(redis)
    open_up(breakers)
    time.sleep(2.1)
    assert breakers.attempt(HERE, lambda: FAILED) == FAILED
    assert breakers.attempt(HERE, lambda: DELIVERED) == REFUSED
    time.sleep(2.1)
    assert breakers.attempt(HERE, lambda: DELIVERED) == DELIVERED
    open_up(breakers)


def test_a_probe_that_never_came_back_keeps_others_waiting_only_so_long(redis):
    breakers = board(redis, probe_seconds=0.2)
    open_up(breakers)
    time.sleep(2.1)
    redis.set(f"smvm:probe:{HERE}", "1", px=200)
    assert breakers.attempt(HERE, lambda: DELIVERED) == REFUSED
    time.sleep(0.25)
    assert breakers.attempt(HERE, lambda: DELIVERED) == DELIVERED


def test_a_receiver_reached_by_hand_is_let_through_again(redis):
    breakers = board(redis)
    open_up(breakers)
    breakers.close(HERE)
    assert breakers.attempt(HERE, lambda: DELIVERED) == DELIVERED


def test_closing_what_is_closed_sets_its_count_back_and_warns_nobody(redis):
    breakers = board(redis)
    assert breakers.attempt(HERE, lambda: FAILED) == FAILED
    with structlog.testing.capture_logs() as said:
        breakers.close(HERE)
    assert said == []
    open_up(breakers)
    with structlog.testing.capture_logs() as said:
        breakers.close(HERE)
    assert [(line["event"], line["state"]) for line in said] == [("breaker_changed", "closed")]


def test_attempts_letters_and_the_breaker_are_counted(redis, redis_url):
    def value(name, **labels):
        return REGISTRY.get_sample_value(name, labels) or 0.0

    names = ("unreachable", "breaker_open", "delivered")
    before = {n: value("smvm_callback_attempts_total", outcome=n) for n in names}
    letters = value("smvm_dead_letter_events_total", event="created")
    port = free_port()
    settings = callback_settings("127.0.0.1", retries=2, breaker_failures=2)
    with CallbackWorkers(settings, redis_url) as workers:
        key = workers.start_run(f"http://127.0.0.1:{port}/hook")
        workers.notify(key)
        eventually(lambda: workers.settled(key))
        assert value("smvm_breaker_state", destination=f"http://127.0.0.1:{port}") == 2
        (letter,) = workers.dead()
        with ScriptedReceiver([status(200)], port):
            assert workers.replayer.replay(letter.id).result == "delivered"
        assert value("smvm_breaker_state", destination=f"http://127.0.0.1:{port}") == 0
    after = {n: value("smvm_callback_attempts_total", outcome=n) - before[n] for n in names}
    assert after == {"unreachable": 2, "breaker_open": 1, "delivered": 1}
    assert value("smvm_dead_letter_events_total", event="created") == letters + 1
