from datetime import timedelta

import pytest

from smvm_common.run.progress import next_stage
from smvm_common.run.record import RunStatus, StageStatus
from smvm_common.settings import TimelineSettings
from smvm_workers.milestones import fire
from smvm_workers.reconciler import keep_gate_deadline
from support.runs import T0, complete_through, new_run, proceed

TIMELINE = TimelineSettings()


def after(seconds: float, run):
    return keep_gate_deadline(run, T0 + timedelta(seconds=seconds), TIMELINE)


def begun():
    return complete_through(new_run(), "persona_synthesis", gate=proceed())


def test_nothing_is_asked_before_the_margin():
    run = begun()
    assert after(164, run) is run


def test_in_the_margin_the_gate_goes_on_with_what_exists():
    run = after(166, begun())
    assert next_stage(run) == "gate"
    assert run.stages["competitor_analysis"].status is StageStatus.TIMED_OUT
    assert run.stages["persona_synthesis"].status is StageStatus.COMPLETED


def test_after_the_deadline_a_run_that_began_is_incomplete_with_an_alert_and_a_review():
    run = after(181, begun())
    assert run.status is RunStatus.INCOMPLETE
    assert run.manual_review is not None
    assert [e.data["alert_type"] for e in run.events if e.callback == "alert"] == ["timeline_slip"]


def test_a_run_that_could_not_begin_gets_its_three_minutes_when_it_can():
    run = after(600, new_run())
    assert run.status is RunStatus.ACCEPTED
    assert run.timeline.gate.due_at == T0 + timedelta(seconds=780)


def test_the_deadline_says_nothing_once_the_gate_is_decided():
    run = complete_through(new_run(), "gate", gate=proceed())
    assert after(10_000, run) is run


@pytest.mark.parametrize("days", [0, 29.9])
def test_no_milestone_fires_early(days):
    run = complete_through(new_run(), "report", gate=proceed())
    assert fire(run, T0 + timedelta(days=days)) is run


def test_completion_and_the_final_decision_fire_once_each():
    run = complete_through(new_run(), "report", gate=proceed())
    run = fire(run, T0 + timedelta(days=30))
    assert (run.status, run.round) == (RunStatus.RUNNING, 2)
    assert fire(run, T0 + timedelta(days=30, seconds=5)) is run
    run = complete_through(run, "report", gate=proceed())
    run = fire(run, T0 + timedelta(days=32))
    assert run.status is RunStatus.FINALIZED
    assert fire(run, T0 + timedelta(days=33)) is run
