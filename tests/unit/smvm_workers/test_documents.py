import hashlib
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from redis import Redis

from smvm_common.clock import ManualClock
from smvm_common.encryption.daily_keys import DailyKeys
from smvm_common.errors import IntegrityError, ObjectNotFoundError, PreconditionFailedError
from smvm_common.handover import Handover
from smvm_common.run import transitions
from smvm_common.run.record import DocumentInfo
from smvm_common.store.memory import MemoryStore
from smvm_workers import documents
from smvm_workers.documents import DocumentShelf, encode, envelope, seed_of
from support.handover import NothingKept
from support.runs import KEY, T0, new_run


@pytest.fixture
def store():
    return MemoryStore()


def written(store, body, name="personas.output.json"):
    run = new_run()
    store.delete(KEY.document(name))
    return replace(run, documents=DocumentShelf(store, NothingKept()).write(run, {name: body}, {}))


def read(shelf, run, name):
    return shelf.read(run, [name])[name]


def test_a_document_says_whose_it_is_and_what_it_rests_on(store):
    run = written(store, {"sources": []})
    document = read(DocumentShelf(store, NothingKept()), run, "personas.output.json")
    assert document["run_id"] == KEY.run_id
    assert document["engine"]["seed"] == seed_of(KEY.run_id)
    assert document["retention_days"] == 730
    assert envelope(run, "reading.output.json")["retention_days"] == 90


def test_the_record_knows_each_document_by_its_digest(store):
    run = written(store, {"a": 1})
    info = run.documents["personas.output.json"]
    body = store.get(KEY.document("personas.output.json")).body
    assert (info.size, info.content_type) == (len(body), "application/json")
    assert written(store, {"a": 2}).documents["personas.output.json"].sha256 != info.sha256


def test_a_pdf_is_stored_as_it_is(store):
    run = written(store, b"%PDF-1.7", "analysis_report.pdf")
    assert store.get(KEY.document("analysis_report.pdf")).body == b"%PDF-1.7"
    assert run.documents["analysis_report.pdf"].content_type == "application/pdf"


def test_what_json_does_not_know_is_refused(store):
    with pytest.raises(ValueError, match="JSON"):
        encode({}, {"npv": float("nan")})


def test_a_document_read_again_comes_from_memory_and_a_changed_one_does_not(store):
    run = written(store, {"a": 1})
    shelf = DocumentShelf(store, NothingKept())
    read(shelf, run, "personas.output.json")
    store.delete(KEY.document("personas.output.json"))
    assert read(shelf, run, "personas.output.json")["a"] == 1
    changed = written(store, {"a": 2})
    assert read(shelf, changed, "personas.output.json")["a"] == 2


def test_memory_is_bounded(store, monkeypatch):
    monkeypatch.setattr(documents, "_CACHED_DOCUMENTS", 2)
    shelf = DocumentShelf(store, NothingKept())
    run = new_run()
    infos = shelf.write(run, {f"{n}.output.json": {"n": n} for n in range(3)}, {})
    run = replace(run, documents=infos)
    for name in infos:
        store.delete(KEY.document(name))
    assert read(shelf, run, "2.output.json")["n"] == 2
    with pytest.raises(ObjectNotFoundError):
        read(shelf, run, "0.output.json")


def test_only_evidence_of_this_round_and_earlier_ones_is_read(store):
    run = new_run()
    for number, round_number in enumerate((1, 2, 0)):
        body = json.dumps({"observations": [{"kind": number}]}).encode()
        digest = hashlib.sha256(body).hexdigest()
        store.create(KEY.evidence(digest), body)
        run = transitions.append_evidence(run, T0 + timedelta(seconds=1), digest, "x")
        last = replace(run.evidence[-1], round=round_number)
        run = replace(run, evidence=(*run.evidence[:-1], last))
    shelf = DocumentShelf(store, NothingKept())
    assert [o["kind"] for o in shelf.read_evidence(run)] == [0]
    assert [o["kind"] for o in shelf.read_evidence(replace(run, round=2))] == [0, 1]


def test_another_document_than_the_record_lists_is_noticed(store):
    run = written(store, {"a": 1})
    store.put(KEY.document("personas.output.json"), b'{"a": 2}')
    with pytest.raises(IntegrityError, match="personas"):
        read(DocumentShelf(store, NothingKept()), run, "personas.output.json")


def test_what_another_process_wrote_is_read_from_its_copy(store, redis_url):
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
        writer, reader = (
            DocumentShelf(store, Handover(redis, DailyKeys(store, ManualClock(T0))))
            for _ in range(2)
        )
        run = new_run()
        run = replace(run, documents=writer.write(run, {"personas.output.json": {"a": 1}}, {}))
        store.delete(KEY.document("personas.output.json"))
        assert read(reader, run, "personas.output.json")["a"] == 1


def test_a_document_is_written_over_the_version_that_was_meant_alone(store):
    name, shelf, run = "personas.output.json", DocumentShelf(store, NothingKept()), new_run()
    first = shelf.write(run, {name: {"a": 1}}, {})
    assert shelf.versions(KEY, [name, "gate.output.json"]) == {name: first[name].etag}
    with pytest.raises(PreconditionFailedError):
        shelf.write(run, {name: {"a": 2}}, {})
    second = shelf.write(run, {name: {"a": 2}}, {name: first[name].etag})
    for over in (first[name].etag, DocumentInfo("", 0, "").etag):
        with pytest.raises(PreconditionFailedError):
            shelf.write(run, {name: {"a": 3}}, {name: over})
    assert read(shelf, replace(run, documents=second), name)["a"] == 2
