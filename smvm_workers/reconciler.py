"""Finds runs that should be moving and are not, and gets them moving; keeps the gate's deadline.

Walks the index of moving runs, and reads of these only what may have stalled or come to its deadline.
Whatever Redis lost is put back from the store.
"""

from datetime import datetime, timedelta
from typing import Protocol

import structlog

from smvm_common.clock import Clock
from smvm_common.errors import ObjectNotFoundError, TransitionError, UnreadableRecordError
from smvm_common.identifiers import RunKey
from smvm_common.run import transitions
from smvm_common.run.announcer import Announcer
from smvm_common.run.progress import MOVING, next_stage, run_time
from smvm_common.run.record import Run, RunStatus
from smvm_common.run.repository import RunRepository
from smvm_common.run.stages import RAPID_STAGES
from smvm_common.settings import SchedulerSettings, TimelineSettings
from smvm_workers.agenda import Agenda

_LOG = structlog.get_logger(__name__)

_SETTLED_FOR = timedelta(minutes=2)
"""How long a run must have been at rest before it leaves the index: longer than any swap takes."""


class Outbox(Protocol):
    def has_undelivered(self, run: Run) -> bool:
        """Whether callbacks of the run are still to be delivered or dead-lettered."""
        ...


class Waiting(Protocol):
    def runs(self) -> frozenset[tuple[str, str]]:
        """Tenant and validation id of each run whose next stage waits in a queue."""
        ...


class Reconciler:
    """A pass costs a listing of the moving runs, and a look at those that are due for one: none is
    left alone for longer than a run may stand still."""

    def __init__(
        self,
        repository: RunRepository,
        announcer: Announcer,
        outbox: Outbox,
        waiting: Waiting,
        scheduler: SchedulerSettings,
        timeline: TimelineSettings,
        clock: Clock,
    ) -> None:
        self._repository = repository
        self._announcer = announcer
        self._outbox = outbox
        self._waiting = waiting
        self._stalled_after = timedelta(seconds=scheduler.stalled_after_seconds)
        self._agenda = Agenda(self._stalled_after)
        self._timeline = timeline
        self._clock = clock

    def reconcile(self) -> int:
        """Look after every moving run; returns how many there are."""
        entries = self._agenda.to_look_at(
            self._repository.index.moving_entries(), self._clock.now()
        )
        if entries:
            # read first: a stage handed on after this has changed its record since
            waiting = self._waiting.runs()
            for entry in entries:
                self._look_at(entry, waiting)
        return len(self._agenda)

    def _look_at(self, entry: str, waiting: frozenset[tuple[str, str]]) -> None:
        key = self._repository.index.follow(entry)
        if key is None:
            return
        now = self._clock.now()
        run = self._look_after(key, now, queued=(key.tenant, key.validation_id) in waiting)
        again = now + self._stalled_after
        if run is not None:
            again = next_look(run, now, self._stalled_after, self._timeline)
        self._agenda.look_again(entry, again)

    def _look_after(self, key: RunKey, now: datetime, *, queued: bool) -> Run | None:
        try:
            run = self._repository.load(key)
        except ObjectNotFoundError:
            # a POST that has not answered yet, or died before it could
            return None
        except UnreadableRecordError as error:
            # left for a person, without keeping the runs behind it waiting
            _LOG.error("run_unreadable", validation_id=key.validation_id, reason=error.detail)
            return None
        run = self._keep_gate_deadline(run, now)
        if now - run.updated_at >= self._stalled_after:
            self._get_moving(run, now, queued=queued)
        return run

    def _get_moving(self, run: Run, now: datetime, *, queued: bool) -> None:
        """Hand on again what is lost of a run that nothing happened to for a while."""
        if run.status in MOVING and not queued:
            _LOG.warning("run_stalled", validation_id=run.key.validation_id, stage=next_stage(run))
            self._announcer.hand_on(run)
        if self._outbox.has_undelivered(run):
            self._announcer.wake_dispatcher(run)
        elif run.status not in MOVING and now - run.updated_at > _SETTLED_FOR:
            self._let_go(run.key)

    def _let_go(self, key: RunKey) -> None:
        """Take a settled run out of the index, and put it back if it began to move meanwhile."""
        self._repository.index.note_change(key)
        self._repository.index.unmark_moving(key)
        if self._repository.load(key).status in MOVING:
            self._repository.index.mark_moving(key)

    def _keep_gate_deadline(self, run: Run, now: datetime) -> Run:
        def keep(latest: Run, moment: datetime) -> Run:
            return keep_gate_deadline(latest, moment, self._timeline)

        if keep(run, now) is run:
            return run
        try:
            return self._repository.update(run.key, keep).after
        except TransitionError:
            return self._repository.load(run.key)


def next_look(
    run: Run, now: datetime, stalled_after: timedelta, timeline: TimelineSettings
) -> datetime:
    """When a run that was just looked after may need it again: a pure function.

    Once it has stood still, or stood still once more, for ``stalled_after``; at the margin of the
    gate's deadline, and at the deadline.
    """
    stalled = run.updated_at + stalled_after
    moments = [stalled if stalled > now else now + stalled_after]
    if _awaits_gate(run):
        deadline = run.timeline.gate.due_at - run.clock_offset
        margin = timedelta(seconds=timeline.gate_margin_seconds)
        moments += [moment for moment in (deadline - margin, deadline) if moment > now]
    return min(moments)


def _awaits_gate(run: Run) -> bool:
    return run.round == 1 and run.gate is None and next_stage(run) in RAPID_STAGES


def keep_gate_deadline(run: Run, now: datetime, timeline: TimelineSettings) -> Run:
    """What the deadline asks for now: a pure function; the same object where it asks nothing.

    Nothing begun by the deadline: SMVM was down, and the run gets its time from now. Begun, and
    the margin reached: stages still to do are left out, so that the gate decides on what exists.
    Deadline passed without a gate: the run is incomplete.
    """
    if not _awaits_gate(run):
        return run
    left = run.timeline.gate.due_at - run_time(run, now)
    if left <= timedelta(0):
        if run.status is RunStatus.ACCEPTED:
            return transitions.postpone_gate(run, now, timedelta(seconds=timeline.gate_seconds))
        return transitions.miss_gate(run, now)
    begun = run.status is RunStatus.RUNNING
    if (
        begun
        and next_stage(run) != "gate"
        and left <= timedelta(seconds=timeline.gate_margin_seconds)
    ):
        return _leave_out(run, now)
    return run


def _leave_out(run: Run, now: datetime) -> Run:
    reason = "not done in time for the gate"
    while (stage := next_stage(run)) not in ("gate", None):
        run = transitions.time_out_stage(run, now, str(stage), reason)
    return run
