"""Records over the real stores: created once, changed by whoever comes first, told when durable."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest

from smvm_common.clock import ManualClock
from smvm_common.errors import (
    ObjectNotFoundError,
    PreconditionFailedError,
    TransitionError,
    UnavailableError,
)
from smvm_common.run import transitions
from smvm_common.run.repository import RunRepository
from smvm_common.store.directory import DirectoryStore
from smvm_common.store.factory import build_store
from smvm_common.store.memory import MemoryStore
from support.runs import KEY, T0, new_run, proceed

IDEA = {"idea": {"description": "x"}}


@pytest.fixture(params=["directory", "s3"])
def store(request, tmp_path):
    if request.param == "directory":
        return DirectoryStore(tmp_path)
    server = request.getfixturevalue("s3_server")
    return build_store(replace(server.settings, prefix=f"t-{uuid4().hex}/"))


@pytest.fixture
def repository(store) -> RunRepository:
    return RunRepository(store, ManualClock(T0))


def claimed(repository, run):
    repository.index.claim_pointer(run.key)
    return repository.create(run, IDEA)


def test_a_run_is_created_once_with_its_idea(repository):
    run = claimed(repository, new_run())
    assert repository.load(KEY) == run == repository.find(KEY.tenant, KEY.validation_id)
    assert run.documents["idea.input.json"].size > 0
    assert list(repository.index.moving()) == [KEY]
    with pytest.raises(PreconditionFailedError):
        repository.create(new_run(), IDEA)


def test_a_creation_that_died_half_way_is_finished_by_the_same_request_alone(repository):
    run = new_run()
    body = repository._create_idea(run, IDEA)
    with pytest.raises(ObjectNotFoundError):
        repository.load(KEY)
    with pytest.raises(PreconditionFailedError):
        repository.create(replace(run, request_digest="e" * 64), IDEA)
    created = repository.create(run, {"idea": "worded otherwise by another version"})
    assert created.documents["idea.input.json"].size == len(body)


def test_of_many_that_create_at_once_one_does(repository):
    barrier = Barrier(6)

    def create(_):
        barrier.wait(30)
        try:
            return repository.create(new_run(), IDEA)
        except PreconditionFailedError:
            return None

    with ThreadPoolExecutor(6) as racers:
        won = [run for run in racers.map(create, range(6)) if run is not None]
    assert len(won) == 1
    assert repository.load(KEY) == won[0]


def test_no_change_is_lost_among_many_at_once(repository):
    claimed(repository, new_run())
    heard = []
    repository.subscribe(heard.append)
    digests = [f"{n:064d}" for n in range(8)]

    def append(digest):
        step = lambda run, now: transitions.append_evidence(run, now, digest, "tests")  # noqa: E731
        repository.update(KEY, step)

    with ThreadPoolExecutor(4) as writers:
        list(writers.map(append, digests))
    run = repository.load(KEY)
    assert sorted(reference.sha256 for reference in run.evidence) == digests
    assert [event.sequence for event in run.events] == list(range(1, len(run.events) + 1))
    assert len(heard) == 8


def test_what_changes_nothing_writes_nothing_and_tells_nobody(repository):
    run = claimed(repository, new_run())
    heard = []
    repository.subscribe(heard.append)
    change = repository.update(KEY, lambda run, now: run)
    assert change.before is change.after
    assert (change.after, heard) == (run, [])


def test_a_transition_that_is_not_allowed_leaves_the_record(repository):
    run = claimed(repository, new_run())
    with pytest.raises(TransitionError):
        repository.update(KEY, lambda run, now: transitions.finalize(run, now, "tests"))
    assert repository.load(KEY) == run


def test_there_is_no_updating_what_does_not_exist(repository):
    with pytest.raises(ObjectNotFoundError):
        repository.update(KEY, lambda run, now: run)
    with pytest.raises(ObjectNotFoundError):
        repository.find(KEY.tenant, KEY.validation_id)


def test_a_run_that_rests_is_due_and_no_later_than_its_record_says(repository):
    claimed(repository, new_run())
    for stage in ("persona_synthesis", "competitor_analysis", "market_analysis"):
        repository.update(KEY, _complete(stage))
    assert list(repository.index.due(T0 + timedelta(days=31))) == []
    repository.update(KEY, lambda run, now: transitions.miss_gate(run, now))
    (entry,) = repository.index.due(T0 + timedelta(days=31))
    assert entry.key == KEY
    advance = lambda run, now: transitions.advance_clock(run, now, timedelta(days=30), "t")  # noqa: E731
    repository.update(KEY, advance)
    (moved,) = repository.index.due(T0 + timedelta(seconds=1))
    assert moved.entry != entry.entry


def _complete(stage):
    return lambda run, now: transitions.complete_stage(run, now, stage, {}, proceed())


def test_a_record_that_others_always_change_first_is_given_up(monkeypatch):
    store = MemoryStore()
    repository = RunRepository(store, ManualClock(T0))
    claimed(repository, new_run())
    monkeypatch.setattr("smvm_common.run.repository.time.sleep", lambda seconds: None)

    def overtaken(run, now):
        found = store.get(KEY.document("validation_summary.json"))
        store.put(found.key, found.body + b" ")
        return transitions.append_evidence(run, now, "d" * 64, "tests")

    with pytest.raises(UnavailableError, match="too many"):
        repository.update(KEY, overtaken)
