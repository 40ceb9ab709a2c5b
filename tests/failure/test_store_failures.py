"""An S3 server that loses answers, hangs, dies and comes back."""

import time
from dataclasses import replace

import pytest

from smvm_common.errors import PreconditionFailedError, StoreUnavailableError
from smvm_common.store.factory import build_store
from support.lossy_proxy import lossy_proxy
from support.servers import weed_server


@pytest.fixture
def proxy(s3_server):
    with lossy_proxy(s3_server.port) as proxy:
        yield proxy


@pytest.fixture
def store(s3_server, proxy):
    """Through the proxy, one folder for each test."""
    endpoint = f"http://127.0.0.1:{proxy.port}"
    return build_store(
        replace(s3_server.settings, endpoint_url=endpoint, prefix=f"lossy{proxy.port}")
    )


def test_a_create_whose_answer_was_lost_has_succeeded(store, proxy):
    proxy.lose_next()
    etag = store.create("a.json", b"1")
    assert proxy.lost == 1
    assert store.get("a.json").etag == etag
    with pytest.raises(PreconditionFailedError):
        store.create("a.json", b"1")


def test_a_replace_whose_answer_was_lost_has_succeeded(store, proxy):
    old = store.put("a.json", b"1")
    proxy.lose_next()
    new = store.replace("a.json", b"2", old)
    assert proxy.lost == 1
    assert (store.get("a.json").body, store.head("a.json").etag) == (b"2", new)
    with pytest.raises(PreconditionFailedError):
        store.replace("a.json", b"2", old)


def test_a_lost_race_is_not_taken_for_ones_own_lost_answer(store, proxy):
    store.create("a.json", b"same")
    proxy.lose_next()
    with pytest.raises(PreconditionFailedError):
        store.create("a.json", b"same")
    assert proxy.lost == 1


@pytest.mark.slow
def test_a_server_that_hangs_is_given_up_and_one_that_died_is_found_again():
    with weed_server() as server:
        store = build_store(server.settings)
        etag = store.create("a.json", b"1")

        server.pause()
        started = time.monotonic()
        with pytest.raises(StoreUnavailableError):
            store.get("a.json")
        assert time.monotonic() - started < 15
        server.unpause()
        assert store.get("a.json").body == b"1"

        server.kill()
        with pytest.raises(StoreUnavailableError):
            store.replace("a.json", b"2", etag)
        server.start()
        store.replace("a.json", b"2", etag)
        assert store.get("a.json").body == b"2"
