from datetime import timedelta
from pathlib import Path

import pytest

from smvm_common.encryption import DataKeys, KeyEncryptionKeys, create_encryption_key, scope_of
from smvm_common.errors import ErasedError, IntegrityError
from smvm_common.store.encrypted import EncryptedStore
from smvm_common.store.memory import MemoryStore

IDEA = "runs/PROJ-1/validation/RUN-1/idea.input.json"
EVIDENCE = "work/PROJ-1/RUN-1/evidence/1.json"
RECORD = "runs/PROJ-1/validation/RUN-1/validation_summary.json"
OTHER = "runs/PROJ-1/validation/RUN-2/idea.input.json"


@pytest.fixture
def inner() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def store(inner: MemoryStore, tmp_path: Path) -> EncryptedStore:
    create_encryption_key(tmp_path)
    return EncryptedStore(inner, DataKeys(inner, KeyEncryptionKeys(tmp_path)))


def test_nothing_of_it_is_to_be_read_in_the_inner_store(
    store: EncryptedStore, inner: MemoryStore
) -> None:
    for key in (IDEA, EVIDENCE, RECORD, "dead-letters/x.json"):
        store.put(key, b'{"who": "John Doe"}')
        assert b"John" not in inner.get(key).body
        assert store.get(key).body == b'{"who": "John Doe"}'


def test_names_in_the_index_stay_as_they_are(store: EncryptedStore, inner: MemoryStore) -> None:
    store.put("index/moving/x.json", b"{}")
    assert inner.get("index/moving/x.json").body == b"{}"


def test_destroying_a_runs_key_erases_the_run_but_its_record_and_no_other(
    store: EncryptedStore,
) -> None:
    for key in (IDEA, EVIDENCE, RECORD, OTHER):
        store.put(key, b"{}")
    scope = scope_of(IDEA)
    assert scope is not None
    store.keys.destroy(scope, "2026-01-01T00:00:00Z")
    for key in (IDEA, EVIDENCE):
        with pytest.raises(ErasedError, match="2026-01-01"):
            store.get(key)
        with pytest.raises(ErasedError):
            store.put(key, b"{}")
    assert store.get(RECORD).body == store.get(OTHER).body == b"{}"


def test_what_somebody_swaps_or_changes_does_not_pass(
    store: EncryptedStore, inner: MemoryStore
) -> None:
    store.put(IDEA, b"one")
    store.put(EVIDENCE, b"two")
    inner.put(IDEA, inner.get(EVIDENCE).body)
    with pytest.raises(IntegrityError, match="idea"):
        store.get(IDEA)


def test_what_was_there_before_encryption_is_read_as_it_is(
    store: EncryptedStore, inner: MemoryStore
) -> None:
    etag = inner.put(IDEA, b"{}")
    assert store.get(IDEA).body == b"{}"
    store.replace(IDEA, b"{}", etag)
    assert inner.get(IDEA).body != b"{}"


def test_no_link_leads_to_ciphertext(store: EncryptedStore) -> None:
    assert store.presign(IDEA, timedelta(minutes=1)) is None
