"""What a directory store must do beyond the common suite: locks, leftovers, full disks."""

import multiprocessing
import os
import resource
import threading
import time

import pytest

from smvm_common.errors import StoreUnavailableError
from smvm_common.store import directory_files
from smvm_common.store.directory import DirectoryStore
from smvm_common.store.directory_files import DurableFiles

FORK = multiprocessing.get_context("fork")


@pytest.fixture
def root(tmp_path):
    return tmp_path / "store"


def _visible(root):
    return sorted(
        str(p.relative_to(root))
        for p in root.rglob("*")
        if ".store" not in p.relative_to(root).parts
    )


def test_the_tree_is_the_one_the_keys_name(root):
    DirectoryStore(root).put("runs/P/validation/R/idea.input.json", b"{}")
    assert (root / "runs/P/validation/R/idea.input.json").read_bytes() == b"{}"


def test_deleting_prunes_the_folders_it_empties_and_no_others(root):
    store = DirectoryStore(root)
    store.put("index/due/20260101/a.json", b"1")
    store.put("index/due/20260102/b.json", b"2")
    store.delete("index/due/20260101/a.json")
    assert _visible(root) == [
        "index",
        "index/due",
        "index/due/20260102",
        "index/due/20260102/b.json",
    ]
    store.delete("index/due/20260102/b.json")
    assert _visible(root) == []
    assert root.exists()


def test_writers_and_deleters_of_neighbours_do_not_disturb_each_other(root):
    """Deleting prunes the folder that the other is about to write into."""
    errors = []

    def churn(name):
        store = DirectoryStore(root)
        try:
            for number in range(100):
                store.create(f"index/moving/t/{name}.json", str(number).encode())
                assert store.get(f"index/moving/t/{name}.json").body == str(number).encode()
                store.delete(f"index/moving/t/{name}.json")
        except Exception as error:  # noqa: BLE001 (reported by the assertion below)
            errors.append(error)

    threads = [threading.Thread(target=churn, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert _visible(root) == []


@pytest.mark.parametrize("write", ["put", "create"])
def test_an_object_cannot_be_another_ones_folder(root, write):
    store = DirectoryStore(root)
    store.put("a/b", b"1")
    for key in ("a", "a/b/c"):
        with pytest.raises(ValueError, match="clash"):
            getattr(store, write)(key, b"2")
        store.delete(key)
    assert list(store.list("")) == ["a/b"]


def test_its_own_folder_is_out_of_reach(root):
    store = DirectoryStore(root)
    store.put("a", b"1")
    for use in (store.get, store.delete, lambda key: store.put(key, b"x")):
        with pytest.raises(ValueError, match="reserved"):
            use(".store/locks/000")
    assert list(store.list("")) == ["a"]
    assert list(store.list(".store/")) == []


def test_a_dead_writers_file_is_removed_once_it_is_old(root):
    DirectoryStore(root).put("a", b"1")
    fresh, old = (root / ".store/tmp" / name for name in ("fresh", "old"))
    for leftover in (fresh, old):
        leftover.write_bytes(b"half of")
    os.utime(old, (time.time() - 7200,) * 2)
    store = DirectoryStore(root)
    store.put("b", b"1")
    assert fresh.exists()
    assert not old.exists()
    assert list(store.list("")) == ["a", "b"]


def _overfill(root, outcome):
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    store = DirectoryStore(root)
    try:
        store.put("a.bin", b"x" * 1_000_000)
    except StoreUnavailableError as error:
        outcome.put(error.detail)


def test_a_disk_that_takes_no_more_leaves_the_old_object_and_no_leftover(root):
    """The limit on file sizes makes the kernel fail the write half-way, as a full disk does."""
    store = DirectoryStore(root)
    store.put("a.bin", b"old")
    outcome = FORK.Queue()
    process = FORK.Process(target=_overfill, args=(root, outcome))
    process.start()
    assert "File too large" in outcome.get(timeout=20)
    process.join()
    assert store.get("a.bin").body == b"old"
    assert list((root / ".store/tmp").iterdir()) == []


def test_a_child_forked_while_a_lock_is_held_does_not_keep_it(root):
    files = DurableFiles(root)
    with files.locked("a"):
        child = FORK.Process(target=time.sleep, args=(30,))
        child.start()
    started = time.monotonic()
    with files.locked("a"):
        assert time.monotonic() - started < 1
    child.kill()
    child.join()


def test_a_lock_whose_holder_hangs_is_given_up(root, monkeypatch):
    monkeypatch.setattr(directory_files, "_LOCK_SECONDS", 0.05)
    files = DurableFiles(root)
    with (
        files.locked("a"),
        pytest.raises(StoreUnavailableError, match="lock"),
        DurableFiles(root).locked("a"),
    ):
        pytest.fail("held twice")


def test_ping_leaves_nothing(root):
    DirectoryStore(root).ping()
    assert _visible(root) == []
    assert list((root / ".store/tmp").iterdir()) == []
