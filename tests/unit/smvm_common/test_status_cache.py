"""Rendered statuses in a real Redis, and without one."""

import time
from dataclasses import replace

import pytest
from redis import Redis

from smvm_common.redis_client import connect
from smvm_common.run.repository import Change
from smvm_common.status_cache import StatusCache
from support.runs import KEY, new_run
from support.servers import free_port


@pytest.fixture
def cache(redis_url):
    with Redis.from_url(redis_url) as client:
        client.flushdb()
        yield StatusCache(client)


def test_keeps_what_was_rendered_until_the_run_changes(cache):
    assert cache.get(KEY.tenant, KEY.validation_id) is None
    cache.put(KEY.tenant, KEY.validation_id, b"\x00rendered")
    assert cache.get(KEY.tenant, KEY.validation_id) == b"\x00rendered"
    run = new_run()
    cache.forget(Change(run, run))
    assert cache.get(KEY.tenant, KEY.validation_id) is None


def test_tenants_and_runs_are_apart(cache):
    cache.put(KEY.tenant, KEY.validation_id, b"1")
    assert cache.get("acme", KEY.validation_id) is None
    assert cache.get(KEY.tenant, "VAL-20260302-143052-a1b2c3d4-002") is None
    other = new_run(key=replace(KEY, tenant="acme"))
    cache.forget(Change(other, other))
    assert cache.get(KEY.tenant, KEY.validation_id) == b"1"


def test_is_out_of_date_by_itself_soon(cache):
    cache.put(KEY.tenant, KEY.validation_id, b"1")
    deadline = time.monotonic() + 10
    while cache.get(KEY.tenant, KEY.validation_id) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_without_redis_it_holds_nothing():
    began = time.monotonic()
    with connect(f"redis://127.0.0.1:{free_port()}/0", patience=1.0) as nobody:
        cache = StatusCache(nobody)
        cache.put(KEY.tenant, KEY.validation_id, b"1")
        assert cache.get(KEY.tenant, KEY.validation_id) is None
        run = new_run()
        cache.forget(Change(run, run))
    assert time.monotonic() - began < 3
