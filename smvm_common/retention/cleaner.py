"""Deletes what is over, says what and why, and keeps what is held or still at work."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial

from smvm_common.clock import Clock, rfc3339
from smvm_common.dead_letters import DeadLetterBox, DeadLetterFilter
from smvm_common.errors import NotFoundError
from smvm_common.identifiers import RunKey
from smvm_common.privacy.holds import LegalHolds
from smvm_common.privacy.shredding import delete_below, shred
from smvm_common.retention.classes import DEAD_LETTER_DAYS, RETENTION_DAYS
from smvm_common.retention.schedule import Due, RetentionSchedule
from smvm_common.run import privacy_transitions
from smvm_common.run.progress import AT_REST
from smvm_common.run.record import Run
from smvm_common.run.repository import RunRepository

_REPORTS = "retention/reports/"
_LOOK_AGAIN = timedelta(days=7)
"""At what is held or still at work."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """A line of the report: what was done with what, and why; ``objects`` counts what was deleted."""

    subject: str
    retention_class: str
    done: str
    why: str
    objects: int = 0


class RetentionCleaner:
    """Doing it twice, or at once in two places, deletes nothing more than once would."""

    def __init__(
        self,
        repository: RunRepository,
        dead_letters: DeadLetterBox,
        clock: Clock,
    ) -> None:
        self.schedule = RetentionSchedule(repository.store)
        self._repository = repository
        self._store = repository.store
        self._dead_letters = dead_letters
        self._holds = LegalHolds(repository.store)
        self._clock = clock

    def clean(self, *, dry_run: bool = False) -> list[Deletion]:
        """Clean what is due now; the lines of the report, which is kept if there are any."""
        now = self._clock.now()
        done = [self._settle(due, now, dry_run) for due in list(self.schedule.due(now))]
        done += list(self._old_letters(now, dry_run))
        if done and not dry_run:
            lines = {"cleaned_at": rfc3339(now), "deletions": [asdict(line) for line in done]}
            name = f"{_REPORTS}{now:%Y%m%dT%H%M%S%f}.json"
            self._store.put(name, json.dumps(lines, ensure_ascii=False).encode())
        return done

    def reports(self) -> Iterator[dict[str, object]]:
        """Yield what was deleted and why, oldest first."""
        for name in self._store.list(_REPORTS):
            yield json.loads(self._store.get(name).body)

    def removed_records(self) -> Iterator[str]:
        """Yield the validation ids of the runs whose records were deleted, too."""
        for name in self._store.list(_REPORTS):
            for line in json.loads(self._store.get(name).body)["deletions"]:
                if (line["retention_class"], line["done"]) == ("record", "deleted"):
                    yield line["subject"]

    def _settle(self, due: Due, now: datetime, dry_run: bool) -> Deletion:
        run = self._load(due.key)
        kept = self._why_kept(due.key, run)
        if kept is not None:
            if not dry_run:
                self.schedule.postpone(due, now + _LOOK_AGAIN)
            return Deletion(due.key.validation_id, due.retention_class, "kept", kept)
        days = RETENTION_DAYS[due.retention_class]
        why = f"{days} days after acceptance are over"
        if dry_run:
            return Deletion(due.key.validation_id, due.retention_class, "would be deleted", why)
        count = self._delete(due, run, now)
        self.schedule.advance(due)
        return Deletion(due.key.validation_id, due.retention_class, "deleted", why, count)

    def _why_kept(self, key: RunKey, run: Run | None) -> str | None:
        hold = self._holds.of(key)
        if hold is not None:
            return f"legal hold: {hold['reason']}"
        if run is not None and run.status not in AT_REST:
            return f"the run is {run.status.value}"
        return None

    def _delete(self, due: Due, run: Run | None, now: datetime) -> int:
        key = due.key
        if due.retention_class == "working":
            return delete_below(self._store, key.working_prefix)
        count = shred(self._store, key, rfc3339(now))
        if due.retention_class == "artefacts" and run is not None:
            forget = partial(
                privacy_transitions.erase, actor="smvm", reason="the retention period is over"
            )
            self._repository.update(key, forget)
        if due.retention_class == "record":
            count += self._delete_record(key)
        return count

    def _delete_record(self, key: RunKey) -> int:
        names = (
            key.document("validation_summary.json"),
            f"index/outbox/{key.tenant}/{key.validation_id}.json",
            f"index/validations/{key.tenant}/{key.validation_id}.json",
        )
        for name in names:
            self._store.delete(name)
        return len(names)

    def _old_letters(self, now: datetime, dry_run: bool) -> Iterator[Deletion]:
        over = DeadLetterFilter(older_than=now - timedelta(days=DEAD_LETTER_DAYS))
        for letter in list(self._dead_letters.list(over)):
            if not dry_run:
                self._dead_letters.remove(letter.id)
            why = f"nobody replayed it within {DEAD_LETTER_DAYS} days"
            done = "would be deleted" if dry_run else "deleted"
            yield Deletion(letter.id, "dead letter", done, why, 1)

    def _load(self, key: RunKey) -> Run | None:
        try:
            return self._repository.load(key)
        except NotFoundError:
            return None
