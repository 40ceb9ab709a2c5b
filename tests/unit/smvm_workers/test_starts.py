import fakeredis

from smvm_workers.attempts import MAX_STARTS
from smvm_workers.starts import StartCounter
from support.runs import KEY


def test_as_many_starts_as_allowed_and_not_one_more():
    starts = StartCounter(fakeredis.FakeRedis())
    allowed = [starts.exhausted(KEY, "gate", 1) for _ in range(MAX_STARTS)]
    assert not any(allowed)
    assert starts.exhausted(KEY, "gate", 1)


def test_stages_and_rounds_are_counted_apart():
    starts = StartCounter(fakeredis.FakeRedis())
    for _ in range(MAX_STARTS):
        starts.exhausted(KEY, "gate", 1)
    assert not starts.exhausted(KEY, "gate", 2)
    assert not starts.exhausted(KEY, "report", 1)


def test_a_stage_that_ended_starts_afresh():
    starts = StartCounter(fakeredis.FakeRedis())
    for _ in range(MAX_STARTS):
        starts.exhausted(KEY, "gate", 1)
    starts.clear(KEY, "gate", 1)
    assert not starts.exhausted(KEY, "gate", 1)


def test_counts_are_forgotten_in_time():
    redis = fakeredis.FakeRedis()
    StartCounter(redis).exhausted(KEY, "gate", 1)
    (name,) = redis.keys()
    assert 0 < redis.ttl(name) <= 3600


def test_without_redis_no_start_is_refused():
    server = fakeredis.FakeServer()
    server.connected = False
    starts = StartCounter(fakeredis.FakeRedis(server=server))
    assert not any(starts.exhausted(KEY, "gate", 1) for _ in range(2 * MAX_STARTS))
    starts.clear(KEY, "gate", 1)
