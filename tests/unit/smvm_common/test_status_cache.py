"""Rendered statuses in a real Redis, and without one."""

import time
from dataclasses import replace

import pytest

from smvm_common.redis_client import connect
from smvm_common.run.repository import Change
from smvm_common.status_cache import StatusCache, status_key
from support.runs import KEY, new_run
from support.servers import free_port

NAME = status_key(KEY.tenant, KEY.validation_id)


@pytest.fixture
def cache(redis):
    return StatusCache(redis)


def test_keeps_what_was_rendered_until_the_run_changes(cache, redis):
    cache.put(KEY.tenant, KEY.validation_id, b"\x00rendered")
    assert redis.get(NAME) == b"\x00rendered"
    run = new_run()
    cache.forget(Change(run, run))
    assert redis.get(NAME) is None


def test_tenants_and_runs_are_apart(cache, redis):
    cache.put(KEY.tenant, KEY.validation_id, b"1")
    assert redis.get(status_key("acme", KEY.validation_id)) is None
    assert redis.get(status_key(KEY.tenant, "VAL-20260302-143052-a1b2c3d4-002")) is None
    other = new_run(key=replace(KEY, tenant="acme"))
    cache.forget(Change(other, other))
    assert redis.get(NAME) == b"1"


def test_is_out_of_date_by_itself_soon(cache, redis):
    cache.put(KEY.tenant, KEY.validation_id, b"1")
    deadline = time.monotonic() + 10
    while redis.get(NAME) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_without_redis_nothing_fails_or_waits_long():
    began = time.monotonic()
    with connect(f"redis://127.0.0.1:{free_port()}/0", patience=1.0) as nobody:
        cache = StatusCache(nobody)
        cache.put(KEY.tenant, KEY.validation_id, b"1")
        run = new_run()
        cache.forget(Change(run, run))
    assert time.monotonic() - began < 3
