"""Callbacks when a worker is killed while it delivers."""

import time

import pytest
from redis import Redis

from smvm_common.celery_sender import CelerySender, create_producer
from smvm_common.store.factory import build_store
from support.callbacks import CallbackWorkers, callback_settings, eventually
from support.celery_commands import CeleryCommands
from support.receivers import ScriptedReceiver, hang, status


@pytest.mark.slow
def test_what_a_killed_worker_was_delivering_is_delivered_in_order(redis_url, tmp_path):
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
    with ScriptedReceiver([status(200), hang(), status(200)]) as receiver:
        commands = CeleryCommands(tmp_path, callback_settings(receiver.host, timeout=5), redis_url)
        producer = CelerySender(create_producer(commands.settings.redis))
        store = build_store(commands.settings.store)
        with CallbackWorkers(commands.settings, redis_url, store, announce=False) as here:
            key = here.start_run(receiver.url)
            here.notify(key, 4)
            with commands.worker("callbacks") as killed:
                producer.deliver_callbacks(key, "CORR-1")
                eventually(lambda: len(receiver.requests) == 2, within=40)
                killed.kill()
            with commands.worker("callbacks"):
                began = time.monotonic()
                while not here.settled(key):
                    assert time.monotonic() - began < 60
                    # the reconciler's tick
                    producer.deliver_callbacks(key, "CORR-1")
                    time.sleep(1)
        assert receiver.sequences() == [1, 2, 2, 3, 4]
        assert receiver.requests[1].body == receiver.requests[2].body
