from datetime import timedelta

import pytest

from smvm_common.clock import ManualClock
from smvm_common.identifiers import RunKey
from smvm_common.run.progress import next_milestone
from smvm_common.run.record import RunStatus
from smvm_common.run.repository import RunRepository
from smvm_common.run.transitions import advance_clock
from smvm_common.store.memory import MemoryStore
from smvm_workers.milestones import MilestoneKeeper, fire
from support.runs import KEY, T0, complete_through, new_run, proceed


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


def key_with(suffix):
    """The key of another run, which sorts before."""
    stem = f"20260302-143052-{suffix}"
    return RunKey(KEY.tenant, "PROJ-2", f"RUN-{stem}", f"VAL-{stem}-001")


class World:
    """A keeper over a store in memory, one run in it that awaits completion."""

    def __init__(self):
        self.clock = ManualClock(T0)
        self.store = MemoryStore()
        self.repository = RunRepository(self.store, self.clock)
        self.repository.create(new_run(), {"idea": {}})
        self.analyse()
        self.keeper = MilestoneKeeper(self.repository, self.clock)

    def analyse(self):
        self.repository.update(KEY, lambda run, _: complete_through(run, "report", gate=proceed()))

    def entries(self):
        return list(self.store.list("index/due/"))

    @property
    def run(self):
        return self.repository.load(KEY)


@pytest.fixture
def world():
    return World()


def test_what_is_due_fires_once_however_often_it_is_looked_for(world):
    assert world.keeper.fire_due() == 0
    world.clock.advance(timedelta(days=30))
    assert [world.keeper.fire_due() for _ in range(3)] == [1, 0, 0]
    assert world.run.round == 2
    world.analyse()
    world.clock.advance(timedelta(days=2))
    assert [world.keeper.fire_due() for _ in range(3)] == [1, 0, 0]
    assert world.run.status is RunStatus.FINALIZED
    assert world.entries() == []


def test_two_keepers_that_saw_the_same_entry_fire_it_once(world):
    world.clock.advance(timedelta(days=30))
    entry = next(world.repository.index.due(world.clock.now()))
    assert [world.keeper._follow(entry), world.keeper._follow(entry)] == [True, False]
    assert [e.name for e in world.run.events].count("round.started") == 1


def test_a_milestone_that_comes_months_late_fires_all_the_same(world):
    world.clock.advance(timedelta(days=400))
    assert world.keeper.fire_due() == 1
    world.analyse()
    assert world.keeper.fire_due() == 1
    assert next_milestone(world.run) is None


@pytest.mark.parametrize("key", ["index/due/20200101/20200101T000000Z-x.json", "record"])
def test_what_cannot_be_read_keeps_nothing_behind_it_waiting(world, key):
    other_clock = ManualClock(T0)
    other = RunRepository(world.store, other_clock)
    before = key_with("00000000")
    other.create(new_run(key=before), {"idea": {}})
    other.update(before, lambda run, _: complete_through(run, "report", gate=proceed()))
    name = before.document("validation_summary.json") if key == "record" else key
    world.store.put(name, b"not JSON")
    world.clock.advance(timedelta(days=30))
    assert world.keeper.fire_due() == (1 if key == "record" else 2)
    assert world.run.round == 2


def test_an_entry_without_its_run_is_dropped(world):
    world.store.delete(KEY.document("validation_summary.json"))
    world.clock.advance(timedelta(days=30))
    assert world.keeper.fire_due() == 0
    assert world.entries() == []


def advanced(run, now):
    return advance_clock(run, now, timedelta(days=30), "tests")


def once_before(monkeypatch, store, name, work):
    """Have ``work`` done just before the store's next operation of this name."""
    operation = getattr(store, name)

    def first(*arguments, **options):
        monkeypatch.setattr(store, name, operation)
        work()
        return operation(*arguments, **options)

    monkeypatch.setattr(store, name, first)


def test_an_entry_met_before_the_record_was_swapped_is_written_again(world, monkeypatch):
    once_before(monkeypatch, world.store, "replace", world.keeper.fire_due)
    world.repository.update(KEY, advanced)
    assert world.keeper.fire_due() == 1
    assert world.run.round == 2


def test_an_entry_whose_record_was_swapped_while_it_was_dropped_is_written_again(
    world, monkeypatch
):
    world.repository.index.schedule(advanced(world.run, world.clock.now()))
    once_before(monkeypatch, world.store, "delete", lambda: world.repository.update(KEY, advanced))
    assert world.keeper.fire_due() == 0
    assert world.keeper.fire_due() == 1
    assert world.run.round == 2
