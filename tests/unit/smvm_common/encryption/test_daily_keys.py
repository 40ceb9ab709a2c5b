from datetime import timedelta

import pytest

from smvm_common.clock import ManualClock
from smvm_common.encryption import DataKeys, KeyEncryptionKeys, create_encryption_key
from smvm_common.encryption.daily_keys import DailyKeys
from smvm_common.errors import PreconditionFailedError
from smvm_common.store.encrypted import EncryptedStore
from smvm_common.store.memory import MemoryStore
from support.runs import T0

DAY = timedelta(days=1)


@pytest.fixture
def store():
    return MemoryStore()


def test_all_processes_have_the_same_key_of_a_day_and_another_the_next(store):
    clock = ManualClock(T0)
    one, other = DailyKeys(store, clock), DailyKeys(store, clock)
    today = one.current()
    assert len(today) == 32
    assert other.current() == one.current() == today
    clock.advance(DAY)
    assert other.current() == one.current() != today


def test_the_key_of_a_day_that_is_over_is_nowhere(store):
    clock = ManualClock(T0)
    keys = DailyKeys(store, clock)
    kept = keys.current()
    clock.advance(DAY)
    keys.current()
    (entry,) = store.list("")
    assert store.get(entry).body != kept


def test_a_clock_that_is_behind_does_no_harm_to_the_newer_key(store):
    newer = DailyKeys(store, ManualClock(T0 + DAY)).current()
    assert DailyKeys(store, ManualClock(T0)).current() != newer
    assert DailyKeys(store, ManualClock(T0 + DAY)).current() == newer


def test_a_process_reads_it_once_a_day(store):
    keys = DailyKeys(store, ManualClock(T0))
    kept = keys.current()
    for entry in list(store.list("")):
        store.delete(entry)
    assert keys.current() == kept


def test_it_is_sealed_where_the_store_is_encrypted(store, tmp_path):
    create_encryption_key(tmp_path)
    sealed = EncryptedStore(store, DataKeys(store, KeyEncryptionKeys(tmp_path)))
    key = DailyKeys(sealed, ManualClock(T0)).current()
    assert all(key not in store.get(name).body for name in store.list(""))


def test_of_two_that_make_it_at_once_the_first_counts(store, monkeypatch):
    create = store.create

    def late(key, body, content_type="application/json"):
        create(key, b"the first", content_type)
        raise PreconditionFailedError

    monkeypatch.setattr(store, "create", late)
    assert DailyKeys(store, ManualClock(T0)).current() == b"the first"
