import base64
import json

import fakeredis
import pytest
from redis import Redis, RedisError

from smvm_common.celery_sender import CelerySender, create_producer
from smvm_common.settings import RedisSettings
from smvm_workers.waiting import WaitingStages, named_run
from support.runs import KEY

NAMED = (KEY.tenant, KEY.validation_id)


@pytest.mark.parametrize("stage", ["gate", "report"])
def test_a_run_whose_stage_waits_in_a_queue_is_found(redis_url: str, stage: str):
    """Against the broker as Celery fills it."""
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
        sender = CelerySender(create_producer(RedisSettings(redis_url)))
        assert WaitingStages(redis).runs() == frozenset()
        sender.deliver_callbacks(KEY, "CORR-1")
        assert WaitingStages(redis).runs() == frozenset()
        sender.run_next_stage(KEY, stage, 1, "CORR-1")
        assert WaitingStages(redis).runs() == {NAMED}
        redis.delete("rapid", "analysis")
        assert WaitingStages(redis).runs() == frozenset()


def test_a_share_of_a_stage_waits_for_its_run_too():
    arguments = base64.b64encode(json.dumps([[], KEY.to_message(), {}]).encode()).decode()
    message = {"headers": {"task": "smvm.share.market_simulation"}, "body": arguments}
    assert named_run(json.dumps(message).encode()) == NAMED


def test_long_queues_are_read_to_their_end(redis_url: str):
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
        CelerySender(create_producer(RedisSettings(redis_url))).run_next_stage(KEY, "gate", 1, "C")
        redis.lpush("rapid", *[b"{}"] * 1234)
        assert WaitingStages(redis).runs() == {NAMED}
        redis.flushdb()


def test_without_redis_nothing_is_known_to_wait(monkeypatch):
    redis = fakeredis.FakeRedis()

    def fail(*_):
        raise RedisError

    monkeypatch.setattr(redis, "lrange", fail)
    assert WaitingStages(redis).runs() == frozenset()


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"headers": {"task": 5}}',
        b'{"headers": {"task": "smvm.stage.gate"}, "body": "!"}',
        b'{"headers": {"task": "smvm.stage.gate"}, "body": "W10="}',
        b'{"headers": {"task": "other"}, "body": ""}',
    ],
)
def test_what_is_no_stages_message_names_no_run(message: bytes):
    assert named_run(message) is None
