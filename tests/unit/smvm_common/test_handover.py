"""Copies for the next stage in a real Redis, and without one."""

import hashlib
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from smvm_common import handover as module
from smvm_common.clock import ManualClock
from smvm_common.encryption.daily_keys import DailyKeys
from smvm_common.errors import StoreUnavailableError, TransitionError
from smvm_common.handover import Handover, build_handover
from smvm_common.run import transitions
from smvm_common.run.repository import RunRepository
from smvm_common.settings import RedisSettings
from smvm_common.store.memory import MemoryStore
from support.runs import KEY, T0, new_run, proceed
from support.servers import free_port

BODY = b'{"persona": "a baker in Basel"}'
DIGEST = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def clock():
    return ManualClock(T0)


@pytest.fixture
def repository(clock):
    repository = RunRepository(MemoryStore(), clock)
    repository.create(new_run(), {"idea": {}})
    return repository


@pytest.fixture
def handover(redis, repository, clock):
    """A worker's, told of each change."""
    handover = Handover(redis, DailyKeys(repository.store, clock))
    repository.subscribe(handover.keep)
    return handover


def do(stage):
    return lambda run, now: transitions.complete_stage(run, now, stage, {}, proceed())


def cancel(run, now):
    return transitions.cancel(run, now, "someone", None)


def test_the_next_stage_finds_the_record_as_stored(handover, repository):
    assert handover.record(KEY) is None
    repository.update(KEY, do("persona_synthesis"))
    assert handover.record(KEY) == repository.read(KEY)


def test_what_was_found_can_be_swapped_unless_it_changed(handover, repository):
    repository.update(KEY, do("persona_synthesis"))
    seen = handover.record(KEY)
    assert repository.update(KEY, do("competitor_analysis"), seen).before == seen.run
    repository.update(KEY, cancel)
    with pytest.raises(TransitionError):
        repository.update(KEY, do("competitor_analysis"), seen)


def test_of_a_run_that_no_stage_follows_nothing_is_kept(handover, repository, redis):
    repository.update(KEY, do("persona_synthesis"))
    handover.keep_documents(KEY, {DIGEST: BODY})
    repository.update(KEY, cancel)
    assert handover.record(KEY) is None
    assert handover.documents(KEY, [DIGEST]) == {}


def test_what_an_api_process_changes_is_forgotten(handover, repository, redis, clock):
    repository.update(KEY, do("persona_synthesis"))
    elsewhere = RunRepository(repository.store, clock)
    elsewhere.subscribe(Handover(redis, DailyKeys(repository.store, clock)).forget)
    digest = "ab" * 32
    elsewhere.update(KEY, lambda run, now: transitions.append_evidence(run, now, digest, "t"))
    assert handover.record(KEY) is None


def test_a_change_that_is_told_late_does_not_bring_the_older_record_back(handover, repository):
    heard = []
    repository.subscribe(heard.append)
    repository.update(KEY, do("persona_synthesis"))
    repository.update(KEY, cancel)
    handover.keep(heard[0])
    assert handover.record(KEY) is None
    handover.forget(heard[1])
    assert handover.record(KEY) is None


def test_documents_are_found_by_their_digests_by_run(handover):
    handover.keep_documents(KEY, {DIGEST: BODY})
    assert handover.documents(KEY, ["00" * 32, DIGEST]) == {DIGEST: BODY}
    assert handover.documents(replace(KEY, tenant="acme"), [DIGEST]) == {}
    assert handover.documents(KEY, []) == {}


def test_a_very_large_document_is_left_to_the_store(handover, monkeypatch):
    monkeypatch.setattr(module, "_LARGEST", 40)
    handover.keep_documents(KEY, {DIGEST: BODY})
    assert handover.documents(KEY, [DIGEST]) == {}


def test_redis_holds_nothing_that_can_be_read_there(handover, repository, redis):
    repository.update(KEY, do("persona_synthesis"))
    handover.keep_documents(KEY, {DIGEST: BODY})
    held = b"".join(b"".join(pair) for pair in redis.hgetall(redis.keys("*")[0]).items())
    assert b"Basel" not in held
    assert repository.load(KEY).correlation_id.encode() not in held


def test_what_was_changed_moved_or_is_of_yesterday_is_not_believed(handover, redis, clock):
    handover.keep_documents(KEY, {DIGEST: BODY})
    (name,) = redis.keys("*")
    copy = redis.hget(name, DIGEST)
    redis.hset(name, "11" * 32, copy)
    assert handover.documents(KEY, ["11" * 32]) == {}
    redis.hset(name, DIGEST, copy[:-1] + bytes([copy[-1] ^ 1]))
    assert handover.documents(KEY, [DIGEST]) == {}
    redis.hset(name, DIGEST, copy)
    clock.advance(timedelta(days=1))
    assert handover.documents(KEY, [DIGEST]) == {}


def test_copies_are_gone_by_themselves(handover, repository, redis, monkeypatch):
    monkeypatch.setattr(module, "_SECONDS", 1)
    repository.update(KEY, do("persona_synthesis"))
    handover.keep_documents(KEY, {DIGEST: BODY})
    deadline = time.monotonic() + 20
    while redis.keys("*"):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_without_redis_the_change_stands_and_nothing_is_found(repository, clock):
    settings = RedisSettings(url=f"redis://127.0.0.1:{free_port()}/0")
    handover = build_handover(settings, repository.store, clock)
    repository.subscribe(handover.keep)
    heard = []
    repository.subscribe(heard.append)
    repository.update(KEY, do("persona_synthesis"))
    handover.keep_documents(KEY, {DIGEST: BODY})
    assert handover.record(KEY) is None
    assert handover.documents(KEY, [DIGEST]) == {}
    assert len(heard) == 1


def test_without_the_key_the_change_stands_and_nothing_is_kept(repository, redis, monkeypatch):
    handover = Handover(redis, DailyKeys(repository.store, ManualClock(T0)))
    heard = []
    for observer in (handover.keep, heard.append):
        repository.subscribe(observer)

    def create(*_):
        raise StoreUnavailableError

    monkeypatch.setattr(repository.store, "create", create)
    repository.update(KEY, do("persona_synthesis"))
    assert (len(heard), redis.keys("*")) == (1, [])
