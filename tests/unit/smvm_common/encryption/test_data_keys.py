import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from smvm_common.encryption import DataKeys, KeyEncryptionKeys, create_encryption_key
from smvm_common.errors import ConfigurationError, ErasedError, ObjectNotFoundError
from smvm_common.store.memory import MemoryStore

SCOPE, OTHER = "runs/P/RUN-1", "runs/P/RUN-2"


class Processes:
    """Several processes over one store and one directory of keys."""

    def __init__(self, directory: Path) -> None:
        self.store = MemoryStore()
        self.directory = directory
        self.seconds = 0.0
        create_encryption_key(directory)

    def another(self) -> DataKeys:
        return DataKeys(self.store, KeyEncryptionKeys(self.directory), lambda: self.seconds)


@pytest.fixture
def processes(tmp_path: Path) -> Processes:
    return Processes(tmp_path)


def test_a_scope_has_one_key_whoever_asks(processes: Processes) -> None:
    key = processes.another().for_writing(SCOPE)
    assert len(key) == 32
    assert processes.another().for_writing(SCOPE) == key
    assert processes.another().for_reading(SCOPE) == key
    assert processes.another().for_writing(OTHER) != key
    assert key not in b"".join(processes.store.get(k).body for k in processes.store.list(""))


def test_all_who_make_it_at_once_get_the_same(processes: Processes) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: processes.another().for_writing(SCOPE), range(32)))
    assert len(made) == 1


def test_reading_makes_no_key(processes: Processes) -> None:
    with pytest.raises(ObjectNotFoundError):
        processes.another().for_reading(SCOPE)
    assert list(processes.store.list("")) == []


def test_a_destroyed_key_is_gone_for_good_also_where_it_was_known(processes: Processes) -> None:
    here, elsewhere = processes.another(), processes.another()
    here.for_writing(SCOPE)
    elsewhere.for_reading(SCOPE)
    here.destroy(SCOPE, "2026-01-01T00:00:00Z")
    here.destroy(SCOPE, "2026-02-02T00:00:00Z")
    processes.seconds += 31
    asks: list[Callable[[str], bytes]] = [
        here.for_reading,
        here.for_writing,
        elsewhere.for_reading,
        elsewhere.for_writing,
    ]
    for ask in asks:
        with pytest.raises(ErasedError, match="2026-01-01"):
            ask(SCOPE)


def test_what_never_had_a_key_can_be_destroyed_too(processes: Processes) -> None:
    processes.another().destroy(SCOPE, "2026-01-01T00:00:00Z")
    with pytest.raises(ErasedError):
        processes.another().for_writing(SCOPE)


def test_rotation_wraps_anew_and_the_old_key_may_go(processes: Processes) -> None:
    keys = processes.another()
    before = [keys.for_writing(scope) for scope in (SCOPE, OTHER)]
    keys.destroy("runs/P/RUN-3", "2026-01-01T00:00:00Z")
    (old,) = processes.directory.glob("*.kek")
    new = create_encryption_key(processes.directory)
    assert processes.another().rewrap() == 2
    assert processes.another().rewrap() == 0
    old.unlink()
    after = processes.another()
    assert [after.for_reading(scope) for scope in (SCOPE, OTHER)] == before
    assert set(after.wrapped_by()) == {new}


def test_a_process_learns_of_a_new_key_when_it_meets_it(processes: Processes) -> None:
    running = processes.another()
    running.for_writing(SCOPE)
    create_encryption_key(processes.directory)
    made = processes.another().for_writing(OTHER)
    assert running.for_reading(OTHER) == made


def test_without_its_wrapping_key_nothing_is_read(processes: Processes) -> None:
    processes.another().for_writing(SCOPE)
    (only,) = processes.directory.glob("*.kek")
    only.unlink()
    with pytest.raises(ConfigurationError, match="smvm encryption init"):
        processes.another().for_reading(SCOPE)
    create_encryption_key(processes.directory)
    with pytest.raises(ConfigurationError, match="lacks the key"):
        processes.another().for_reading(SCOPE)


@pytest.mark.parametrize("content", [b"", b"x", base64.b64encode(b"short"), b"\xff" * 44])
def test_a_file_that_is_no_key_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "0001-x.kek").write_bytes(content)
    with pytest.raises(ConfigurationError, match="0001-x"):
        assert KeyEncryptionKeys(tmp_path).newest
