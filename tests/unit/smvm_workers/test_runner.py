import json
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from redis import Redis

from smvm_common.clock import ManualClock
from smvm_common.encryption.daily_keys import DailyKeys
from smvm_common.errors import StoreUnavailableError
from smvm_common.handover import Handover
from smvm_common.privacy.shredding import shred
from smvm_common.run import privacy_transitions, transitions
from smvm_common.run.progress import next_stage
from smvm_common.run.record import RunStatus, StageStatus
from smvm_common.run.repository import RunRepository
from smvm_common.run.stages import STAGE_NAMES
from smvm_common.settings import SimulationSettings
from smvm_common.store.memory import MemoryStore
from smvm_workers.documents import DocumentShelf
from smvm_workers.parts import PartShelf, WorkSharing
from smvm_workers.pipeline import BY_NAME
from smvm_workers.providers.offline import OfflineProvider
from smvm_workers.runner import StageRunner
from smvm_workers.stages.base import Rules, StageOutput
from support.handover import NothingKept
from support.runs import KEY, T0, complete_through, new_run, proceed

FIRST, SECOND = STAGE_NAMES[:2]


class Offline:
    """Opens the provider that asks nobody."""

    def open(self, run, time_limit):
        return Session()


class NobodySender:
    """There is nobody to share with."""


class Session(OfflineProvider):
    def alerts(self):
        return ()


class CountingStore(MemoryStore):
    def __init__(self):
        super().__init__()
        self.operations = []

    def get(self, key):
        self.operations.append("get")
        return super().get(key)

    def put(self, key, body, content_type="application/json"):
        self.operations.append("put")
        return super().put(key, body, content_type)

    def create(self, key, body, content_type="application/json"):
        self.operations.append("create")
        return super().create(key, body, content_type)

    def replace(self, key, body, etag, content_type="application/json"):
        self.operations.append("replace")
        return super().replace(key, body, etag, content_type)


class World:
    """A runner over a store in memory; ``stages`` hand back a line each, unless told otherwise."""

    def __init__(self, store=None, handover=None):
        self.clock = ManualClock(T0)
        self.store = store or CountingStore()
        self.repository = RunRepository(self.store, self.clock)
        if store is None:
            self.repository.create(new_run(), {"idea": {}})
        handover = handover or NothingKept()
        self.changes = []
        self.repository.subscribe(self.changes.append)
        self.calls = []
        self.before_answer = lambda: None
        stages = {n: replace(s, run=self._stage(s)) for n, s in BY_NAME.items()}
        self.runner = StageRunner(
            self.repository,
            handover,
            DocumentShelf(self.store, handover),
            stages,
            Offline(),
            Rules(),
            WorkSharing(PartShelf(self.store), NobodySender(), workers=1),
            SimulationSettings(),
        )

    def _stage(self, stage):
        def run(given):
            self.calls.append((stage.name, sorted(given.documents), given.missing))
            self.before_answer()
            written = {
                n: b"%PDF" if n.endswith("pdf") else {"from": stage.name} for n in stage.writes
            }
            return StageOutput(written, proceed() if stage.name == "gate" else {})

        return run

    def run(self):
        return self.repository.load(KEY)

    def start_round(self):
        self.clock.advance(timedelta(days=30))
        self.repository.update(KEY, lambda run, now: transitions.start_round(run, now, "T0+30"))

    def document(self, name):
        return json.loads(self.store.get(KEY.document(name)).body)


@pytest.fixture
def world():
    return World()


def test_a_stage_reads_writes_and_moves_the_run_on(world):
    world.runner.run(KEY, FIRST, 1)
    assert world.calls == [(FIRST, ["idea.input.json"], ())]
    assert world.document("personas.output.json")["from"] == FIRST
    assert next_stage(world.run()) == SECOND
    assert set(world.run().documents) >= {"idea.input.json", "personas.output.json"}
    assert len(world.changes) == 1


def test_each_stage_in_turn_brings_the_run_to_its_rest(world):
    for name in STAGE_NAMES:
        world.runner.run(KEY, name, 1)
    assert world.run().status is RunStatus.AWAITING_COMPLETION
    assert [name for name, *_ in world.calls] == list(STAGE_NAMES)


def test_a_stage_costs_one_read_and_one_swap_of_the_record_beside_its_documents(world):
    world.runner.run(KEY, FIRST, 1)
    world.store.operations.clear()
    world.runner.run(KEY, SECOND, 1)
    # the idea and the reading are remembered by the process that read and wrote them
    assert world.store.operations == ["get", "create", "replace"]


@pytest.fixture
def pair(redis_url):
    """Two worker processes over one store, which keep copies for each other."""
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
        one = World()
        handover = Handover(redis, DailyKeys(MemoryStore(), one.clock))
        pair = World(one.store, handover), World(one.store, handover)
        for world in pair:
            world.repository.subscribe(handover.keep)
        yield pair


def test_a_stage_after_another_processs_costs_one_write_of_each_document_and_one_swap(pair):
    for number, name in enumerate(STAGE_NAMES):
        pair[0].store.operations.clear()
        pair[number % 2].runner.run(KEY, name, 1)
        written = ["create"] * len(BY_NAME[name].writes)
        if number > 1:  # each of them had to read the idea
            rest = ["put"] if name == "report" else []  # in the index of milestones
            assert pair[0].store.operations == [*written, *rest, "replace"]
    run = pair[0].run()
    assert run.status is RunStatus.AWAITING_COMPLETION
    assert run.documents == whole().documents


def whole():
    world = World()
    for name in STAGE_NAMES:
        world.runner.run(KEY, name, 1)
    return world.run()


def test_on_a_record_that_is_out_of_date_a_stage_moves_nothing(pair):
    one, other = pair
    one.runner.run(KEY, FIRST, 1)
    # by a process that died before it could say so
    unheard = RunRepository(one.store, one.clock)
    unheard.update(KEY, lambda run, now: transitions.cancel(run, now, "someone", None))
    before = one.run()
    other.runner.run(KEY, SECOND, 1)
    assert one.run() == before
    assert [name for name, *_ in other.calls] == [SECOND]
    assert other.changes == []
    one.runner.run(KEY, SECOND, 1)
    assert [name for name, *_ in one.calls] == [FIRST, SECOND]


def test_a_message_that_the_copy_does_not_explain_is_judged_by_the_store(pair):
    one, other = pair
    one.runner.run(KEY, FIRST, 1)
    unheard = RunRepository(one.store, one.clock)
    unheard.update(KEY, lambda run, now: transitions.time_out_stage(run, now, SECOND, "late"))
    other.runner.run(KEY, STAGE_NAMES[2], 1)
    assert one.run().stages[STAGE_NAMES[2]].status is StageStatus.COMPLETED


@pytest.mark.parametrize(("stage", "round_number"), [(FIRST, 1), ("gate", 1), (SECOND, 2)])
def test_a_message_that_comes_again_early_or_late_does_nothing(world, stage, round_number):
    world.runner.run(KEY, FIRST, 1)
    before = world.run()
    world.changes.clear()
    world.runner.run(KEY, stage, round_number)
    assert world.run() == before
    assert (len(world.calls), world.changes) == (1, [])


def test_a_stage_done_in_two_places_at_once_moves_the_run_once(world):
    def elsewhere():
        world.before_answer = lambda: None
        world.runner.run(KEY, FIRST, 1)

    world.before_answer = elsewhere
    world.runner.run(KEY, FIRST, 1)
    assert len(world.calls) == 2
    assert len(world.changes) == 1
    names = [event.name for event in world.run().events]
    assert names.count(f"stage.{FIRST}.completed") == 1


def test_what_a_worker_wrote_that_died_before_the_swap_is_written_over(world):
    for name in ("personas.output.json", "reading.output.json"):
        world.store.put(KEY.document(name), b"of another version, say")
    world.runner.run(KEY, FIRST, 1)
    assert world.document("personas.output.json")["from"] == FIRST
    assert next_stage(world.run()) == SECOND


def test_a_worker_that_is_late_leaves_the_documents_of_a_newer_round(world):
    for name in STAGE_NAMES[:-1]:
        world.runner.run(KEY, name, 1)

    def meanwhile():
        world.before_answer = lambda: None
        world.runner.run(KEY, "report", 1)
        world.start_round()
        for name in STAGE_NAMES[4:]:
            world.runner.run(KEY, name, 2)
        newer.update(documents_in(world))

    newer = {}
    world.before_answer = meanwhile
    world.runner.run(KEY, "report", 1)
    assert documents_in(world) == newer
    assert world.run().status is RunStatus.COMPLETED


@pytest.mark.parametrize("stage", STAGE_NAMES[4:])
def test_nor_does_one_that_wakes_at_any_stage_of_the_newer_round(world, stage):
    for name in STAGE_NAMES[:4]:
        world.runner.run(KEY, name, 1)

    def meanwhile():
        world.before_answer = lambda: None
        for name in STAGE_NAMES[4:]:
            world.runner.run(KEY, name, 1)
        world.start_round()
        for name in STAGE_NAMES[4 : STAGE_NAMES.index(stage)]:
            world.runner.run(KEY, name, 2)
        newer.update(documents_in(world))

    newer = {}
    world.before_answer = meanwhile
    world.runner.run(KEY, "market_simulation", 1)
    assert documents_in(world) == newer


def documents_in(world):
    return {key: world.store.get(key).body for key in world.store.list("")}


def test_doing_a_stage_again_writes_the_same_bytes(world):
    world.runner.run(KEY, FIRST, 1)
    written = world.store.get(KEY.document("personas.output.json")).body
    other = World()
    other.clock.advance(timedelta(hours=1))
    other.runner.run(KEY, FIRST, 1)
    assert other.store.get(KEY.document("personas.output.json")).body == written


def test_what_changed_meanwhile_is_kept(world):
    digest = "ab" * 32
    world.before_answer = lambda: world.repository.update(
        KEY, lambda run, now: transitions.append_evidence(run, now, digest, "someone")
    )
    world.runner.run(KEY, FIRST, 1)
    assert [e.sha256 for e in world.run().evidence] == [digest]
    assert next_stage(world.run()) == SECOND


def test_a_run_cancelled_in_mid_stage_stays_cancelled(world):
    world.before_answer = lambda: world.repository.update(
        KEY, lambda run, now: transitions.cancel(run, now, "someone", None)
    )
    world.runner.run(KEY, FIRST, 1)
    assert world.run().status is RunStatus.CANCELLED


def erase(world):
    step = partial(privacy_transitions.erase, actor="officer", reason=None)
    shred(world.store, KEY, "2026-03-02T14:30:52Z")
    world.repository.update(KEY, step)
    shred(world.store, KEY, "2026-03-02T14:30:52Z")


def documents_of_run(world):
    return {*world.store.list(KEY.prefix), *world.store.list(KEY.working_prefix)}


def test_what_a_stage_writes_of_a_run_that_was_erased_meanwhile_does_not_stay(world):
    world.before_answer = lambda: erase(world)
    world.runner.run(KEY, FIRST, 1)
    assert documents_of_run(world) == {KEY.document("validation_summary.json")}
    assert world.run().documents == {}


def test_nor_does_it_where_the_worker_died_before_it_could_know(world):
    erase(world)
    world.store.put(KEY.document("personas.output.json"), b"{}")
    world.runner.run(KEY, FIRST, 1)
    assert documents_of_run(world) == {KEY.document("validation_summary.json")}


def test_without_its_document_written_a_stage_is_not_done(world, monkeypatch):
    def fail(*_):
        raise StoreUnavailableError

    monkeypatch.setattr(world.store, "create", fail)
    with pytest.raises(StoreUnavailableError):
        world.runner.run(KEY, FIRST, 1)
    assert next_stage(world.run()) == FIRST


def test_a_rapid_stage_out_of_time_is_left_out_and_later_ones_know_it(world):
    world.runner.time_out(KEY, FIRST, 1, "longer than 30 s")
    assert world.run().stages[FIRST].status is StageStatus.TIMED_OUT
    world.runner.run(KEY, SECOND, 1)
    assert world.calls == [(SECOND, ["idea.input.json"], (FIRST,))]


@pytest.mark.parametrize("stage", ["gate", "market_simulation"])
def test_a_stage_that_nothing_can_stand_for_fails_the_run_when_out_of_time(world, stage):
    before = STAGE_NAMES[STAGE_NAMES.index(stage) - 1]
    world.repository.update(KEY, lambda run, _: complete_through(run, before, gate=proceed()))
    world.runner.time_out(KEY, stage, 1, "longer than 20 s")
    assert world.run().status is RunStatus.FAILED


def test_giving_up_fails_the_run_once_with_its_reason(world):
    world.runner.fail(KEY, FIRST, 1, "ZeroDivisionError")
    world.runner.fail(KEY, FIRST, 1, "again")
    assert world.run().manual_review.reason == f"{FIRST}: ZeroDivisionError"
    assert len(world.changes) == 1


def test_giving_up_a_stage_that_is_done_meanwhile_changes_nothing(world):
    world.runner.run(KEY, FIRST, 1)
    world.runner.fail(KEY, FIRST, 1, "too late")
    assert world.run().status is RunStatus.RUNNING
