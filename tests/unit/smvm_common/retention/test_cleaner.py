"""Each retention class goes when its time is over, and not what is held or still at work."""

from datetime import timedelta

import pytest

from smvm_common.clock import ManualClock, rfc3339
from smvm_common.dead_letters import DeadLetter, DeadLetterBox, letter_id
from smvm_common.errors import NotFoundError
from smvm_common.identifiers import RunKey
from smvm_common.privacy import LegalHolds
from smvm_common.retention.classes import RETENTION_DAYS
from smvm_common.retention.cleaner import Deletion, RetentionCleaner
from smvm_common.run import transitions
from smvm_common.run.repository import RunRepository
from smvm_common.store.memory import MemoryStore
from support.runs import KEY, T0, new_run

DAY = timedelta(days=1)
OTHER = RunKey(
    KEY.tenant,
    "PROJ-2",
    "RUN-20260302-143052-00000002",
    "VAL-20260302-143052-00000002-001",
)


class Archive:
    def __init__(self) -> None:
        self.store = MemoryStore()
        self.clock = ManualClock(T0)
        self.repository = RunRepository(self.store, self.clock)
        self.letters = DeadLetterBox(self.store)
        self.cleaner = RetentionCleaner(self.repository, self.letters, self.clock)

    def submit(self, key: RunKey, *, cancelled: bool = True) -> None:
        self.cleaner.schedule.begin(key, self.clock.now())
        self.repository.index.claim_pointer(key)
        self.repository.create(new_run(self.clock.now(), key), {"idea": {"description": "x"}})
        for name in ("gate.output.json", "analysis_report.pdf"):
            self.store.put(key.document(name), b"{}")
        if cancelled:
            self.repository.update(
                key, lambda run, now: transitions.cancel(run, now, "tests", None)
            )

    def after(self, days: float) -> list[Deletion]:
        self.clock.advance(T0 + days * DAY - self.clock.now())
        return self.cleaner.clean()

    def has(self, key: RunKey, name: str) -> bool:
        try:
            self.store.get(key.document(name))
        except NotFoundError:
            return False
        return True


@pytest.fixture
def archive() -> Archive:
    return Archive()


def test_nothing_goes_before_its_time(archive: Archive) -> None:
    archive.submit(KEY)
    assert archive.after(RETENTION_DAYS["working"] - 1) == []
    assert archive.has(KEY, "gate.output.json")


def test_each_class_goes_when_it_is_over(archive: Archive) -> None:
    archive.submit(KEY)
    (line,) = archive.after(RETENTION_DAYS["working"])
    assert (line.retention_class, line.done, line.objects) == ("working", "deleted", 1)
    assert not archive.has(KEY, "gate.output.json")
    assert archive.has(KEY, "analysis_report.pdf")

    (line,) = archive.after(RETENTION_DAYS["artefacts"])
    assert line.retention_class == "artefacts"
    assert not archive.has(KEY, "analysis_report.pdf")
    run = archive.repository.load(KEY)
    assert run.erased_at is not None
    assert run.events[0].name == "run.cancel_requested"

    (line,) = archive.after(RETENTION_DAYS["record"])
    assert (line.retention_class, line.done) == ("record", "deleted")
    assert not archive.has(KEY, "validation_summary.json")
    assert list(archive.cleaner.removed_records()) == [KEY.validation_id]
    assert archive.after(10 * RETENTION_DAYS["record"]) == []


def test_what_is_held_is_kept_until_it_is_released(archive: Archive) -> None:
    archive.submit(KEY)
    archive.submit(OTHER)
    LegalHolds(archive.store).place(KEY, "litigation", "officer", rfc3339(T0))
    lines = {line.subject: line for line in archive.after(RETENTION_DAYS["working"])}
    assert lines[KEY.validation_id].done == "kept"
    assert "litigation" in lines[KEY.validation_id].why
    assert lines[OTHER.validation_id].done == "deleted"
    assert archive.has(KEY, "gate.output.json")
    LegalHolds(archive.store).release(KEY)
    (line,) = archive.after(RETENTION_DAYS["working"] + 8)
    assert line.done == "deleted"


def test_what_is_still_at_work_is_kept(archive: Archive) -> None:
    archive.submit(KEY, cancelled=False)
    (line,) = archive.after(RETENTION_DAYS["working"])
    assert (line.done, line.why) == ("kept", "the run is accepted")
    assert archive.has(KEY, "gate.output.json")


def test_a_dry_run_deletes_nothing_and_says_what_would_be(archive: Archive) -> None:
    archive.submit(KEY)
    archive.clock.advance(RETENTION_DAYS["working"] * DAY)
    for _ in range(2):
        (line,) = archive.cleaner.clean(dry_run=True)
        assert line.done == "would be deleted"
    assert archive.has(KEY, "gate.output.json")
    assert list(archive.cleaner.reports()) == []


def test_what_was_deleted_and_why_is_reported(archive: Archive) -> None:
    archive.submit(KEY)
    archive.after(RETENTION_DAYS["working"])
    (report,) = archive.cleaner.reports()
    (line,) = report["deletions"]  # type: ignore[misc]  # plain JSON
    assert line["subject"] == KEY.validation_id
    assert line["why"] == "90 days after acceptance are over"


def test_a_claim_that_never_became_a_run_is_let_go(archive: Archive) -> None:
    archive.cleaner.schedule.begin(KEY, T0)
    archive.after(RETENTION_DAYS["working"])
    archive.after(RETENTION_DAYS["artefacts"])
    archive.after(RETENTION_DAYS["record"])
    assert [name for name in archive.store.list("") if not name.startswith("retention/")] == []


def test_old_dead_letters_go_and_young_ones_stay(archive: Archive) -> None:
    for sequence, occurred in ((1, T0), (2, T0 + 80 * DAY)):
        archive.letters.put(
            DeadLetter(
                id=letter_id(KEY, sequence, occurred),
                key=KEY,
                correlation_id="CORR-1",
                url="https://receiver.example/validation/update",
                kind="update",
                sequence=sequence,
                webhook_id=f"msg_{sequence}",
                body="{}",
                attempts=6,
                reason="HTTP 500",
                occurred_at=rfc3339(occurred),
                first_attempt_at=rfc3339(occurred),
                last_attempt_at=rfc3339(occurred),
            )
        )
    (line,) = archive.after(91)
    assert (line.retention_class, line.done) == ("dead letter", "deleted")
    assert archive.letters.count() == 1
