from dataclasses import replace
from datetime import timedelta

import pytest

from smvm_common.clock import ManualClock
from smvm_common.identifiers import RunKey
from smvm_common.run import transitions
from smvm_common.run.progress import next_stage
from smvm_common.run.record import RunStatus, StageStatus
from smvm_common.run.repository import RunRepository
from smvm_common.run.serialization import from_bytes, to_bytes
from smvm_common.settings import SchedulerSettings, TimelineSettings
from smvm_common.store.memory import MemoryStore
from smvm_workers.reconciler import Reconciler, keep_gate_deadline
from support.runs import KEY, T0, complete_through, new_run, proceed

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


def test_a_resumed_run_gets_the_gates_time_anew():
    run = after(181, begun())
    run = transitions.resume(run, T0 + timedelta(hours=1), "x", timedelta(seconds=180))
    assert after(3600 + 10, run) is run
    assert after(3600 + 181, run).status is RunStatus.INCOMPLETE


class RecordingAnnouncer:
    def __init__(self):
        self.handed_on, self.woken = [], []

    def hand_on(self, run):
        self.handed_on.append(next_stage(run))

    def wake_dispatcher(self, run):
        self.woken.append(run.key)


class World:
    """A reconciler over a store in memory, one accepted run in it."""

    def __init__(self):
        self.clock = ManualClock(T0)
        self.store = MemoryStore()
        self.repository = RunRepository(self.store, self.clock)
        self.repository.create(new_run(), {"idea": {}})
        self.announcer = RecordingAnnouncer()
        self.undelivered = False
        self.queued = frozenset()
        self.reconciler = Reconciler(
            self.repository,
            self.announcer,
            self,
            self,
            SchedulerSettings(stalled_after_seconds=30),
            TIMELINE,
            self.clock,
        )

    def has_undelivered(self, run):
        return self.undelivered

    def runs(self):
        return self.queued

    def after(self, seconds):
        self.clock.advance(timedelta(seconds=seconds))
        return self.reconciler.reconcile()

    def rest(self):
        self.repository.update(KEY, lambda run, now: transitions.cancel(run, now, "x", None))

    def moving(self):
        return list(self.repository.index.moving())


@pytest.fixture
def world():
    return World()


def test_a_run_that_moves_is_left_alone(world):
    assert world.after(29) == 1
    assert world.announcer.handed_on == []


def test_a_run_that_stalls_is_handed_on_again(world):
    world.after(31)
    assert world.announcer.handed_on == ["persona_synthesis"]


def test_by_default_a_lost_hand_off_is_found_within_a_minute():
    settings = SchedulerSettings()
    assert settings.stalled_after_seconds + settings.reconcile_tick_seconds < 60


def test_a_run_that_waits_in_a_queue_has_not_stalled(world):
    world.queued = frozenset({(KEY.tenant, KEY.validation_id)})
    world.after(100)
    assert world.announcer.handed_on == []


def test_callbacks_left_behind_are_sent_also_of_runs_at_rest(world):
    world.rest()
    world.undelivered = True
    world.after(200)
    assert world.announcer.woken == [KEY]
    assert world.moving() == [KEY]


def test_a_settled_run_is_let_go(world):
    world.rest()
    world.after(100)
    assert world.moving() == [KEY]
    world.after(100)
    assert world.moving() == []


def test_a_run_that_begins_to_move_while_it_is_let_go_stays(world, monkeypatch):
    world.rest()
    delete = world.store.delete

    def delete_late(key):
        body = world.store.get(KEY.document("validation_summary.json")).body
        delete(key)
        moved = to_bytes(replace(from_bytes(body), status=RunStatus.RUNNING))
        world.store.put(KEY.document("validation_summary.json"), moved)

    monkeypatch.setattr(world.store, "delete", delete_late)
    world.after(200)
    assert world.moving() == [KEY]


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b'{"record": {"key": {}}}'])
def test_a_record_that_cannot_be_read_keeps_no_other_waiting(world, body):
    suffix = "20260302-143052-ffffffff"
    other = RunKey(KEY.tenant, "PROJ-2", f"RUN-{suffix}", f"VAL-{suffix}-001")
    world.repository.create(new_run(key=other), {"idea": {}})
    world.store.put(KEY.document("validation_summary.json"), body)
    assert world.after(31) == 2
    assert world.announcer.handed_on == ["persona_synthesis"]


def test_an_index_entry_that_cannot_be_read_keeps_no_other_waiting(world):
    world.store.put("index/moving/tractionbuild/AAA.json", b"not JSON")
    assert world.after(31) == 1
    assert world.announcer.handed_on == ["persona_synthesis"]


def test_between_two_looks_a_tick_reads_no_record(world, monkeypatch):
    world.after(1)
    read = []
    monkeypatch.setattr(world.repository, "load", lambda key: read.append(key))
    assert [world.after(10), world.after(10)] == [1, 1]
    assert read == []


def test_the_margin_of_the_gate_is_not_slept_through(world):
    world.repository.update(
        KEY, lambda run, _: complete_through(run, "persona_synthesis", gate=proceed())
    )
    world.after(160)
    world.after(6)
    assert next_stage(world.repository.load(KEY)) == "gate"
