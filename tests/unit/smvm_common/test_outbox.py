from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smvm_common.errors import PreconditionFailedError
from smvm_common.outbox import DeliveryState, Outbox, pending
from smvm_common.run import transitions
from smvm_common.store.memory import MemoryStore
from support.runs import KEY, T0, new_run


def run_with(callbacks: int):
    run = new_run()
    for _ in range(callbacks):
        run = transitions.record_event(run, T0, "noted", "smvm", {})
        run = transitions.notify_update(run, T0, "told")
    return run


@given(st.integers(0, 8), st.integers(0, 8))
def test_pending_is_what_comes_after_the_settled_in_order(callbacks, settled):
    found = pending(run_with(callbacks), DeliveryState(settled_through=settled))
    assert [e.callback_sequence for e in found] == list(range(settled + 1, callbacks + 1))


def test_nothing_is_pending_once_the_receiver_is_gone():
    assert pending(run_with(3), DeliveryState(settled_through=1).stop()) == []


def test_a_state_is_read_back_as_it_was_saved():
    outbox = Outbox(MemoryStore())
    state = DeliveryState(settled_through=3).postpone(T0, timedelta(seconds=1.5))
    saved = outbox.save(KEY, state)
    assert outbox.state(KEY) == saved
    assert (saved.failures, saved.failing_since) == (1, T0)
    assert saved.not_before == T0 + timedelta(seconds=1.5)


def test_the_first_failure_is_remembered_until_the_callback_is_settled():
    later = T0 + timedelta(seconds=9)
    state = DeliveryState().postpone(T0, timedelta(1)).postpone(later, timedelta(1))
    assert (state.failures, state.failing_since) == (2, T0)
    assert state.settle(1) == DeliveryState(settled_through=1)


def test_a_state_that_another_wrote_meanwhile_is_not_overwritten():
    outbox = Outbox(MemoryStore())
    outbox.save(KEY, DeliveryState(settled_through=1))
    mine = theirs = outbox.state(KEY)
    outbox.save(KEY, theirs.settle(2))
    with pytest.raises(PreconditionFailedError):
        outbox.save(KEY, mine.settle(3))
    with pytest.raises(PreconditionFailedError):
        outbox.save(KEY, DeliveryState(settled_through=4))
    assert outbox.state(KEY).settled_through == 2


def test_a_run_is_undelivered_until_its_last_callback_is_settled():
    outbox, run = Outbox(MemoryStore()), run_with(2)
    assert not outbox.has_undelivered(run_with(0))
    assert outbox.has_undelivered(run)
    state = outbox.save(KEY, DeliveryState(settled_through=1))
    assert outbox.has_undelivered(run)
    outbox.save(KEY, state.settle(2))
    assert not outbox.has_undelivered(run)


def test_with_callbacks_switched_off_nothing_waits():
    assert not Outbox(MemoryStore(), enabled=False).has_undelivered(run_with(2))
