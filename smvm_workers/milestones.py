"""Fires what the timeline has due: completion at T0+30 days, the final decision at T32.

Each firing checks the record, so two beats, or one that comes an hour late, do no harm.
"""

from datetime import datetime

import structlog

from smvm_common.clock import Clock
from smvm_common.errors import ObjectNotFoundError, UnreadableRecordError
from smvm_common.run import transitions
from smvm_common.run.index import DueEntry, due_entry
from smvm_common.run.progress import MOVING, next_milestone
from smvm_common.run.record import Run, RunStatus
from smvm_common.run.repository import RunRepository

_LOG = structlog.get_logger(__name__)


class MilestoneKeeper:
    """Walks the due index from its front; its cost grows with what is due."""

    def __init__(self, repository: RunRepository, clock: Clock) -> None:
        self._repository = repository
        self._clock = clock

    def fire_due(self) -> int:
        """Fire every milestone that is due and return how many records moved."""
        entries = list(self._repository.index.due(self._clock.now()))
        return sum(self._follow(entry) for entry in entries)

    def _follow(self, entry: DueEntry) -> bool:
        try:
            run = self._repository.load(entry.key)
        except ObjectNotFoundError:
            self._repository.index.drop_due(entry.entry)
            return False
        except UnreadableRecordError as error:
            # left for a person, without keeping what is due behind it
            _LOG.error("milestone_unreadable", entry=entry.entry, reason=error.detail)
            return False
        if due_entry(run) != entry.entry:
            self._drop(entry)
            return False
        if run.status in MOVING:
            return False
        change = self._repository.update(entry.key, fire)
        if change.after is not change.before:
            _LOG.info("milestone_fired", validation_id=run.key.validation_id)
        return change.after is not change.before

    def _drop(self, entry: DueEntry) -> None:
        """Drop an entry that the record knows nothing of, unless it was written for a change of the
        record that came meanwhile: entries are written first."""
        self._repository.index.drop_due(entry.entry)
        latest = self._repository.load(entry.key)
        if due_entry(latest) == entry.entry:
            self._repository.index.schedule(latest)


def fire(run: Run, now: datetime) -> Run:
    """The transition that the run's next milestone calls for, if it is due: a pure function."""
    milestone = next_milestone(run)
    if milestone is None or milestone[1] > now:
        return run
    if milestone[0] == "completion" and run.status in transitions.ALLOWED["start_round"]:
        return transitions.start_round(run, now, "T0+30 days")
    if milestone[0] == "final" and run.status is RunStatus.COMPLETED:
        return transitions.finalize(run, now, "smvm")
    return run
