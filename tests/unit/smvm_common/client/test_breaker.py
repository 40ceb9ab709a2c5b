"""The client's circuit breaker, on a clock of its own."""

from smvm_common.client.breaker import Breaker


class Monotonic:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Monotonic) -> Breaker:
    breaker = Breaker(30.0, clock)
    for _ in range(5):
        assert breaker.admits()
        breaker.failed()
    return breaker


def test_opens_at_the_fifth_failure_in_a_row():
    breaker = opened(Monotonic())
    assert breaker.open
    assert not breaker.admits()


def test_one_success_begins_the_count_anew():
    breaker = Breaker(30.0, Monotonic())
    for _ in range(4):
        breaker.failed()
    breaker.succeeded()
    for _ in range(4):
        breaker.failed()
    assert breaker.admits()


def test_after_the_pause_one_request_tries_and_the_others_wait_for_it():
    clock = Monotonic()
    breaker = opened(clock)
    clock.now += 30.0
    assert breaker.admits()
    assert not breaker.admits()
    breaker.succeeded()
    assert breaker.admits()
    assert breaker.admits()


def test_a_failed_try_closes_the_way_for_another_pause():
    clock = Monotonic()
    breaker = opened(clock)
    clock.now += 30.0
    assert breaker.admits()
    breaker.failed()
    clock.now += 29.9
    assert not breaker.admits()
    clock.now += 0.1
    assert breaker.admits()


def test_a_try_that_never_came_back_does_not_close_it_for_ever():
    clock = Monotonic()
    breaker = opened(clock)
    clock.now += 30.0
    assert breaker.admits()
    clock.now += 30.0
    assert breaker.admits()
