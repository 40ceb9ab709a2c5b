"""One suite over every backend: memory, directory, and S3 on a real server."""

import json
import multiprocessing
import os
import signal
import time
from dataclasses import replace
from datetime import timedelta

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smvm_common.embedded.ports import free_port
from smvm_common.encryption import create_encryption_key
from smvm_common.errors import (
    ObjectNotFoundError,
    PreconditionFailedError,
    StoreUnavailableError,
)
from smvm_common.settings import StoreSettings
from smvm_common.store.factory import build_store
from smvm_common.store.memory import MemoryStore

FORK = multiprocessing.get_context("fork")


@pytest.fixture
def directory_settings(tmp_path):
    return StoreSettings(kind="directory", path=tmp_path / "store")


@pytest.fixture
def s3_settings(s3_server, request):
    prefix = f"{abs(hash(request.node.nodeid)):x}"
    return replace(s3_server.settings, prefix=prefix)


@pytest.fixture
def encrypted_settings(directory_settings, tmp_path):
    create_encryption_key(tmp_path / "keks")
    return replace(directory_settings, encryption_keys_directory=tmp_path / "keks")


@pytest.fixture(params=["memory", "directory", "encrypted", "s3"])
def store(request):
    if request.param == "memory":
        return MemoryStore()
    return build_store(request.getfixturevalue(f"{request.param}_settings"))


@pytest.fixture(params=["directory", "s3"])
def shared_settings(request):
    """A store that several processes can open."""
    return request.getfixturevalue(f"{request.param}_settings")


def test_what_was_put_is_read_back_with_its_type_and_version(store):
    etag = store.put("runs/P/a.json", b"{}", "application/json")
    stored = store.get("runs/P/a.json")
    assert (stored.body, stored.etag, stored.content_type) == (b"{}", etag, "application/json")
    info = store.head("runs/P/a.json")
    assert (info.size, info.etag) == (2, etag)


def test_absent_objects_are_not_found(store):
    for read in (store.get, store.head):
        with pytest.raises(ObjectNotFoundError):
            read("nothing/here.json")
    with pytest.raises(ObjectNotFoundError):
        list(store.open_range("nothing/here.json", 0, 1))
    store.delete("nothing/here.json")


def test_create_writes_once(store):
    store.create("a/b.json", b"first")
    with pytest.raises(PreconditionFailedError):
        store.create("a/b.json", b"second")
    assert store.get("a/b.json").body == b"first"


def test_replace_needs_the_version_that_was_read(store):
    old = store.put("a.json", b"1")
    new = store.replace("a.json", b"2", old)
    with pytest.raises(PreconditionFailedError):
        store.replace("a.json", b"3", old)
    store.replace("a.json", b"4", new)
    assert store.get("a.json").body == b"4"


def test_replace_of_an_absent_object_fails_as_a_lost_race(store):
    etag = store.put("a.json", b"1")
    store.delete("a.json")
    with pytest.raises(PreconditionFailedError):
        store.replace("a.json", b"2", etag)


def test_listing_is_in_byte_order_within_folders_and_starts_after(store):
    keys = ["b/2", "b/1", "b/10", "c/20260101/z", "c/20260102/a", "é/x", "b/1.json", "b/é"]
    for key in keys:
        store.put(key, b"x")
    ordered = sorted(keys, key=str.encode)
    assert list(store.list("")) == ordered
    assert list(store.list("b/")) == [k for k in ordered if k.startswith("b/")]
    assert list(store.list("b/1")) == ["b/1", "b/1.json", "b/10"]
    assert list(store.list("c/")) == ["c/20260101/z", "c/20260102/a"]
    assert list(store.list("b/", start_after="b/1.json")) == ["b/10", "b/2", "b/é"]
    assert list(store.list("", limit=3)) == ordered[:3]
    assert list(store.list("", limit=0)) == []
    assert list(store.list("none/")) == []


def test_long_listings_come_whole_and_page_by_page(store):
    keys = [f"many/{number:05d}.json" for number in range(1100)]
    for key in keys:
        store.put(key, b"x")
    assert list(store.list("many/")) == keys
    assert list(store.list("many/", start_after=keys[999])) == keys[1000:]
    assert list(store.list("many/", start_after=keys[49], limit=50)) == keys[50:100]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sets(st.text(alphabet="ab/-.0é", min_size=1, max_size=6), max_size=8),
    st.text(alphabet="ab/-", max_size=3),
    st.text(alphabet="ab/-", max_size=4),
)
def test_both_backends_list_alike(tmp_path_factory, keys, prefix, start_after):
    store = build_store(StoreSettings(path=tmp_path_factory.mktemp("store")))
    model = MemoryStore()
    for key in sorted(keys):
        try:
            store.put(key, b"x")
        except ValueError:  # a key that is no path, or another one's folder
            continue
        model.put(key, b"x")
    assert list(store.list(prefix, start_after)) == list(model.list(prefix, start_after))


@pytest.mark.parametrize(("start", "end"), [(0, 9), (5, 5), (90_000, 199_999), (0, 199_999)])
def test_ranges(store, start, end):
    body = bytes(range(256)) * 1000
    store.put("big.bin", body, "application/octet-stream")
    assert b"".join(store.open_range("big.bin", start, end)) == body[start : end + 1]


def test_a_range_behind_the_end_is_empty_and_one_across_it_is_cut(store):
    store.put("a.bin", b"0123456789", "application/octet-stream")
    assert b"".join(store.open_range("a.bin", 10, 20)) == b""
    assert b"".join(store.open_range("a.bin", 8, 20)) == b"89"


@pytest.mark.parametrize(
    "key", ["", "/a", "a//b", "../a", "a/../b", "a/.", "a\x00b", "a\nb", "a\\b", "x" * 1000]
)
def test_hostile_keys_are_refused(store, key):
    with pytest.raises(ValueError, match=r".+"):
        store.put(key, b"x")


def test_ping(store):
    store.ping()


def test_a_presigned_link_downloads_and_expires(s3_settings):
    store = build_store(s3_settings)
    store.put("a.json", b"hello")
    link = store.presign("a.json", timedelta(seconds=2))
    assert requests.get(link, timeout=5).content == b"hello"
    assert requests.get(link.replace("a.json", "b.json"), timeout=5).status_code == 403
    time.sleep(3)
    assert requests.get(link, timeout=5).status_code == 403


def test_an_s3_server_that_is_away_or_refuses_is_unavailable(s3_settings):
    away = replace(s3_settings, endpoint_url=f"http://127.0.0.1:{free_port()}")
    wrong = replace(s3_settings, secret_access_key="wrong")
    for bad, reason in ((away, "does not answer"), (wrong, "credentials")):
        with pytest.raises(StoreUnavailableError, match=reason):
            build_store(bad).get("a.json")


def test_a_directory_that_cannot_be_written_is_unavailable(tmp_path):
    (tmp_path / "file").write_text("in the way")
    store = build_store(StoreSettings(path=tmp_path / "file" / "store"))
    with pytest.raises(StoreUnavailableError):
        store.put("a.json", b"x")


def _create(settings, results, barrier, number):
    store = build_store(settings)
    barrier.wait()
    try:
        store.create("race.json", str(number).encode())
        results.put(number)
    except PreconditionFailedError:
        results.put(None)


def test_of_many_creators_one_wins(shared_settings):
    results, barrier = FORK.Queue(), FORK.Barrier(8)
    processes = [
        FORK.Process(target=_create, args=(shared_settings, results, barrier, n)) for n in range(8)
    ]
    for process in processes:
        process.start()
    outcomes = [results.get(timeout=30) for _ in processes]
    winners = [n for n in outcomes if n is not None]
    assert len(winners) == 1
    assert build_store(shared_settings).get("race.json").body == str(winners[0]).encode()


def _increment(settings, times):
    store = build_store(settings)
    for number in range(times):
        while True:
            current = store.get("counter.json")
            body = json.dumps(
                {"n": json.loads(current.body)["n"] + 1, "by": os.getpid(), "at": number}
            ).encode()
            try:
                store.replace("counter.json", body, current.etag)
                break
            except PreconditionFailedError:
                continue


def test_no_compare_and_swap_is_lost(shared_settings):
    store = build_store(shared_settings)
    store.put("counter.json", b'{"n": 0}')
    processes = [FORK.Process(target=_increment, args=(shared_settings, 25)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert json.loads(store.get("counter.json").body)["n"] == 100


def _write_for_ever(settings):
    store = build_store(settings)
    bodies = [bytes([n]) * 3_000_000 for n in (1, 2)]
    while True:
        for body in bodies:
            store.put("big.bin", body)


def test_a_writer_killed_in_mid_write_leaves_the_old_or_the_new(directory_settings):
    store = build_store(directory_settings)
    store.put("big.bin", bytes([1]) * 3_000_000)
    for pause in (0.02, 0.05, 0.08, 0.11):
        process = FORK.Process(target=_write_for_ever, args=(directory_settings,))
        process.start()
        time.sleep(pause)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        body = store.get("big.bin").body
        assert len(body) == 3_000_000
        assert len(set(body)) == 1
        store.put("big.bin", body)  # the dead writer's lock is free
    assert list(store.list("")) == ["big.bin"]
