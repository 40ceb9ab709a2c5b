"""What follows from a durable change."""

from dataclasses import replace

import pytest

from smvm_common.errors import UnavailableError
from smvm_common.run import transitions
from smvm_common.run.announcer import Announcer
from smvm_common.run.record import RunStatus
from smvm_common.run.repository import Change
from support.api import RecordingSender
from support.runs import KEY, T0, complete_through, new_run, proceed


@pytest.fixture
def sender() -> RecordingSender:
    return RecordingSender()


def test_the_next_stage_is_handed_on_and_callbacks_are_sent(sender):
    before = new_run()
    after = complete_through(before, "persona_synthesis", proceed())
    Announcer(sender, async_callbacks=True)(Change(before, after))
    assert sender.stages == [(KEY.validation_id, "competitor_analysis")]
    assert sender.deliveries == {KEY.validation_id: 1}


def test_what_changes_neither_is_announced_to_nobody(sender):
    run = new_run()
    noted = transitions.append_evidence(run, T0, "d" * 64, "tests")
    announcer = Announcer(sender, async_callbacks=True)
    announcer(Change(run, noted))
    announcer(Change(run, run))
    assert (sender.stages, dict(sender.deliveries)) == ([], {})


def test_a_new_round_begins_although_its_first_stage_is_the_same(sender):
    run = complete_through(new_run(), "gate", proceed())
    Announcer(sender, async_callbacks=True)(Change(run, replace(run, round=2)))
    assert sender.stages == [(KEY.validation_id, "market_simulation")]


def test_a_run_at_rest_has_no_stage_to_hand_on(sender):
    announcer = Announcer(sender, async_callbacks=True)
    announcer.hand_on(replace(new_run(), status=RunStatus.CANCELLED))
    assert sender.stages == []


def test_without_async_callbacks_none_are_sent(sender):
    before = new_run()
    after = complete_through(before, "persona_synthesis", proceed())
    Announcer(sender, async_callbacks=False)(Change(before, after))
    assert sender.stages
    assert not sender.deliveries


def test_a_broker_that_is_down_is_no_error_of_the_change(sender):
    sender.down = True
    before = new_run()
    announcer = Announcer(sender, async_callbacks=True)
    announcer(Change(before, complete_through(before, "persona_synthesis", proceed())))
    with pytest.raises(UnavailableError):
        announcer.hand_on(before)
