from datetime import timedelta

import pytest

from smvm_workers.agenda import Agenda
from support.runs import T0

LONGEST = timedelta(seconds=30)


@pytest.fixture
def agenda():
    return Agenda(LONGEST)


def after(seconds):
    return T0 + timedelta(seconds=seconds)


def test_what_is_new_is_looked_at_at_once_and_then_when_it_is_due(agenda):
    assert agenda.to_look_at(["a", "b"], T0) == ["a", "b"]
    agenda.look_again("a", after(10))
    agenda.look_again("b", after(20))
    assert agenda.to_look_at(["a", "b"], after(9)) == []
    assert agenda.to_look_at(["a", "b"], after(10)) == ["a"]


def test_what_is_listed_no_more_is_forgotten(agenda):
    for entry in agenda.to_look_at(["a", "b"], T0):
        agenda.look_again(entry, after(10))
    agenda.to_look_at(["b"], after(1))
    assert len(agenda) == 1
    assert agenda.to_look_at(["a", "b"], after(2)) == ["a"]


@pytest.mark.parametrize("jump", [timedelta(days=32), timedelta(days=-32)])
def test_a_clock_that_jumps_leaves_nothing_unattended(agenda, jump):
    agenda.to_look_at(["a"], T0)
    agenda.look_again("a", after(10))
    assert agenda.to_look_at(["a"], T0 + jump) == ["a"]
