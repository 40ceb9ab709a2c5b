"""The index of runs over the real stores: what is due, what moves, whose identifier it is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from smvm_common.errors import ObjectNotFoundError
from smvm_common.run.index import RunIndex, due_entry
from smvm_common.run.record import RunStatus
from smvm_common.store.directory import DirectoryStore
from smvm_common.store.memory import MemoryStore
from support.runs import KEY, T0, new_run


@pytest.fixture(params=["memory", "directory"])
def index(request, tmp_path) -> RunIndex:
    return RunIndex(MemoryStore() if request.param == "memory" else DirectoryStore(tmp_path))


def key(suffix: str, **changes):
    run_id = f"RUN-20260302-143052-{suffix * 8}"
    return replace(KEY, run_id=run_id, validation_id=f"VAL{run_id[3:]}-001", **changes)


def test_an_identifier_belongs_to_who_claims_it_first(index):
    assert index.claim_pointer(KEY) == KEY
    assert index.claim_pointer(KEY) == KEY
    other = replace(KEY, project_id="PROJ-OTHER")
    assert index.claim_pointer(other) == KEY
    assert index.resolve(KEY.tenant, KEY.validation_id) == KEY


def test_another_tenants_run_does_not_exist(index):
    index.claim_pointer(KEY)
    with pytest.raises(ObjectNotFoundError):
        index.resolve("acme", KEY.validation_id)
    own = replace(KEY, tenant="acme")
    assert index.claim_pointer(own) == own
    assert list(index.validations("acme")) == [KEY.validation_id]


def test_validations_are_listed_from_a_place(index):
    keys = [index.claim_pointer(key(suffix)) for suffix in "0123"]
    names = [k.validation_id for k in keys]
    assert list(index.validations(KEY.tenant)) == names
    assert list(index.validations(KEY.tenant, names[1])) == names[2:]
    assert list(index.validations(KEY.tenant, names[3])) == []


def test_what_moves_is_named_until_it_does_not(index):
    for suffix in "01":
        index.mark_moving(key(suffix))
        index.mark_moving(key(suffix))
    assert list(index.moving()) == [key("0"), key("1")]
    index.unmark_moving(key("0"))
    index.unmark_moving(key("0"))
    assert list(index.moving()) == [key("1")]


def test_what_is_due_comes_earliest_first_and_nothing_else(index):
    for days, suffix in ((3, "0"), (1, "1"), (40, "2")):
        index.schedule(new_run(T0 - timedelta(days=30) + timedelta(days=days), key(suffix)))
    at = T0 + timedelta(days=3)
    assert [entry.key for entry in index.due(at)] == [key("1"), key("0")]
    assert [entry.key for entry in index.due(at - timedelta(seconds=1))] == [key("1")]
    index.drop_due(next(index.due(at)).entry)
    assert [entry.key for entry in index.due(at)] == [key("0")]


def test_a_run_that_is_over_is_never_due(index):
    over = replace(new_run(), status=RunStatus.FINALIZED)
    assert due_entry(over) is None
    index.schedule(over)
    assert list(index.due(T0 + timedelta(days=4000))) == []


def test_an_advanced_clock_moves_the_entry():
    run = new_run()
    advanced = replace(run, clock_offset=timedelta(days=30))
    assert "20260401T143052Z" in due_entry(run)
    assert "20260302T143052Z" in due_entry(advanced)
