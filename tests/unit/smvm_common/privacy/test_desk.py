"""What data subjects may ask for, over a plain and an encrypted store."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from smvm_common.clock import ManualClock
from smvm_common.encryption import DataKeys, KeyEncryptionKeys, create_encryption_key
from smvm_common.errors import ConflictError, NotFoundError, TransitionError
from smvm_common.identifiers import DEFAULT_TENANT, RunKey
from smvm_common.privacy import PrivacyDesk, Request
from smvm_common.pseudonyms import pseudonym_of
from smvm_common.run import transitions
from smvm_common.run.creation import new_run
from smvm_common.run.progress import next_milestone, next_stage
from smvm_common.run.record import Run, RunStatus
from smvm_common.run.repository import RunRepository
from smvm_common.settings import TimelineSettings
from smvm_common.store.base import ObjectStore
from smvm_common.store.encrypted import EncryptedStore
from smvm_common.store.memory import MemoryStore
from support.runs import T0

PSEUDONYM_KEY = "0123456789abcdef"
JANE, JOHN = "Jane@Example.com", "john@example.com"


class Office:
    """A privacy desk with runs of two subjects."""

    def __init__(self, inner: MemoryStore, store: ObjectStore) -> None:
        self.inner, self.store = inner, store
        self.clock = ManualClock(T0)
        self.repository = RunRepository(store, self.clock)
        self.desk = PrivacyDesk(self.repository, PSEUDONYM_KEY, self.clock)

    def submit(self, number: int, subject: str, tenant: str = DEFAULT_TENANT) -> RunKey:
        suffix = f"20241201-143052-{number:08x}"
        key = RunKey(tenant, "PROJ-1", f"RUN-{suffix}", f"VAL-{suffix}-001")
        pseudonym = pseudonym_of(PSEUDONYM_KEY, subject)
        self.desk.subjects.note(pseudonym, key)
        self.repository.index.claim_pointer(key)
        run = new_run(
            key,
            self.clock.now(),
            TimelineSettings(),
            correlation_id="CORR-1",
            request_digest="d",
            callback_url="https://receiver.example",
            t0={"risk_assessment": "low"},
            actor="tests",
        )
        idea = {"description": f"The secret sauce of {number}", "submitter": pseudonym}
        self.repository.create(run, {"idea": {**idea, "domain": "food"}})
        self.store.put(key.document("gate.output.json"), b'{"words": "secret sauce"}')
        return key

    def run(self, key: RunKey) -> Run:
        return self.repository.load(key)

    def raw(self) -> bytes:
        """All bytes of the store, as whoever steals its disk sees them."""
        return b"".join(self.inner.get(name).body for name in self.inner.list(""))


def _request(subject: str = JANE, tenant: str = DEFAULT_TENANT) -> Request:
    return Request(tenant, subject, "officer", {"address": "192.0.2.1"}, "asked by letter")


@pytest.fixture(params=["plain", "encrypted"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Office:
    inner = MemoryStore()
    if request.param == "plain":
        return Office(inner, inner)
    create_encryption_key(tmp_path)
    return Office(inner, EncryptedStore(inner, DataKeys(inner, KeyEncryptionKeys(tmp_path))))


def test_export_holds_all_of_the_subject_and_nobody_elses(office: Office) -> None:
    mine = [office.submit(n, JANE) for n in (1, 2)]
    office.submit(3, JOHN)
    office.desk.record_consent(_request(), "newsletter", given=True)
    found = office.desk.export(_request("jane@example.COM "))
    assert [run["validation_id"] for run in found["runs"]] == [k.validation_id for k in mine]
    assert found["runs"][0]["idea"]["idea"]["description"] == "The secret sauce of 1"
    assert [consent["purpose"] for consent in found["consents"]] == ["newsletter"]
    assert sorted(asked["kind"] for asked in found["requests"]) == ["consent", "export"]
    assert "jane" not in json.dumps(found).lower()


def test_of_a_stranger_nothing_is_known(office: Office) -> None:
    office.submit(1, JANE)
    for ask in (office.desk.export, office.desk.erase):
        with pytest.raises(NotFoundError):
            ask(_request("nobody@example.com"))
        with pytest.raises(NotFoundError):
            ask(_request(JANE, tenant="another"))


def test_erasure_leaves_nothing_of_the_text_and_the_trail_whole(office: Office) -> None:
    mine, others = office.submit(1, JANE), office.submit(2, JOHN)
    before = office.run(mine).events
    assert office.desk.erase(_request()) == [mine.validation_id]
    run = office.run(mine)
    assert run.events[: len(before)] == before
    assert "privacy.erased" in [event.name for event in run.events]
    assert run.status is RunStatus.CANCELLED
    assert (run.documents, run.t0) == ({}, {})
    for name in ("idea.input.json", "gate.output.json"):
        with pytest.raises(NotFoundError):
            office.store.get(mine.document(name))
    assert b"sauce of 1" not in office.raw()
    assert office.store.get(others.document("idea.input.json"))
    assert next_milestone(run) is None


def test_erasing_twice_does_no_harm(office: Office) -> None:
    mine = office.submit(1, JANE)
    office.desk.erase(_request())
    once = office.run(mine)
    office.desk.erase(_request())
    assert office.run(mine) == once
    assert office.desk.export(_request())["runs"][0]["idea"] is None


def test_what_is_under_legal_hold_is_not_erased_nor_is_anything_beside_it(office: Office) -> None:
    first, held = office.submit(1, JANE), office.submit(2, JANE)
    office.desk.holds.place(held, "litigation", "officer", "2026-01-01T00:00:00Z")
    with pytest.raises(ConflictError, match="litigation"):
        office.desk.erase(_request())
    assert office.store.get(first.document("idea.input.json"))
    office.desk.holds.release(held)
    assert len(office.desk.erase(_request())) == 2


def test_a_correction_is_what_the_next_analysis_reads(office: Office) -> None:
    mine = office.submit(1, JANE)
    with pytest.raises(TransitionError, match="under way"):
        office.desk.rectify(_request(), mine.validation_id, {"description": "Better sauce"})
    office.repository.update(mine, lambda run, now: transitions.cancel(run, now, "tests", None))
    text = "Better sauce, says Mary Watson"
    office.desk.rectify(_request(), mine.validation_id, {"description": text})
    idea = json.loads(office.store.get(mine.document("idea.input.json")).body)["idea"]
    assert idea["description"] == "Better sauce, says [name]"
    assert idea["domain"] == "food"
    event = office.run(mine).events[-1]
    assert (event.name, event.data) == ("privacy.rectified", {"fields": ["description"]})
    with pytest.raises(NotFoundError):
        office.desk.rectify(_request(JOHN), mine.validation_id, {"description": "x"})


def test_restriction_stops_the_run_where_it_is_until_it_is_lifted(office: Office) -> None:
    mine = office.submit(1, JANE)
    office.desk.restrict(_request(), restricted=True)
    run = office.run(mine)
    assert (next_stage(run), next_milestone(run)) == (None, None)
    with pytest.raises(TransitionError, match="restricted"):
        transitions.append_evidence(run, T0, "0" * 64, "tests")
    office.desk.restrict(_request(), restricted=False)
    assert next_stage(office.run(mine)) == "persona_synthesis"
    names = [event.name for event in office.run(mine).events]
    assert names[-2:] == ["privacy.restricted", "privacy.restriction_lifted"]


def test_consent_is_added_to_and_never_overwritten(office: Office) -> None:
    for given in (True, False):
        office.desk.record_consent(_request(), "newsletter", given=given)
        office.clock.advance(timedelta(seconds=1))
    office.submit(1, JANE)
    found = office.desk.export(_request())["consents"]
    assert [consent["given"] for consent in found] == [True, False]


def test_the_subject_stands_nowhere_in_the_store(office: Office) -> None:
    office.submit(1, JANE)
    for ask in (office.desk.export, office.desk.erase):
        ask(_request())
    assert b"jane" not in office.raw().lower()
    assert b"example.com" not in office.raw().lower()
