"""What is derived from a record and never stored: what comes next, how far it is, when it is due."""

from datetime import datetime, timedelta

from smvm_common.run.record import Run, RunStatus, StageStatus
from smvm_common.run.stages import STAGE_NAMES

MOVING = frozenset({RunStatus.ACCEPTED, RunStatus.RUNNING})
"""Statuses in which a worker should be at it."""

AT_REST = frozenset(
    {RunStatus.COMPLETED, RunStatus.FINALIZED, RunStatus.FAILED, RunStatus.CANCELLED}
)
"""Statuses in which no stage is to come unless somebody asks."""

_TYPICAL_STAGE = timedelta(seconds=6)
"""Roughly what a stage takes, queueing included: only for the estimate shown to people."""


def next_stage(run: Run) -> str | None:
    """The first stage still to do, or None where the pipeline rests."""
    if run.status not in MOVING or run.restricted:
        return None
    pending = (name for name in STAGE_NAMES if run.stages[name].status is StageStatus.PENDING)
    return next(pending, None)


def progress(run: Run) -> float:
    """The share of the run that is done, 0 to 1; the last tenth is completion at T0+30 days."""
    if run.status in (RunStatus.COMPLETED, RunStatus.FINALIZED):
        return 1.0
    done = sum(state.status is not StageStatus.PENDING for state in run.stages.values())
    return round(0.9 * done / len(STAGE_NAMES), 3)


def stage_results(run: Run) -> dict[str, str]:
    """Each stage's status by name; the next one of a moving run counts as in progress."""
    current = next_stage(run)
    results = {name: run.stages[name].status.value for name in STAGE_NAMES}
    if current is not None and run.status is RunStatus.RUNNING:
        results[current] = StageStatus.IN_PROGRESS.value
    return results


def current_stage(run: Run) -> str:
    """The stage being worked on, or the status where none is."""
    return next_stage(run) or run.status.value


def estimated_completion(run: Run, now: datetime) -> datetime:
    """When the next result is expected, in the run's own time."""
    if run.status in MOVING:
        left = sum(state.status is StageStatus.PENDING for state in run.stages.values())
        return now + left * _TYPICAL_STAGE
    return run.timeline.completion.done_at or run.timeline.completion.due_at


def run_time(run: Run, now: datetime) -> datetime:
    """The run's own time: the real time plus what its test clock was advanced."""
    return now + run.clock_offset


def next_milestone(run: Run) -> tuple[str, datetime] | None:
    """The next scheduled milestone after the gate and the real time at which it is due."""
    if run.restricted or run.status in (RunStatus.FINALIZED, RunStatus.CANCELLED, RunStatus.FAILED):
        return None
    for name in ("completion", "final"):
        milestone = getattr(run.timeline, name)
        if milestone.done_at is None:
            return name, milestone.due_at - run.clock_offset
    return None
