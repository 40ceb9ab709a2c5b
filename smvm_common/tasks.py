"""How work is handed to the workers: by task name and identifiers, never by import."""

from datetime import timedelta
from typing import Protocol

from smvm_common.identifiers import RunKey

STAGE_PREFIX = "smvm.stage."
DELIVER_CALLBACKS = "smvm.deliver_callbacks"
REPLAY_DEAD_LETTER = "smvm.replay_dead_letter"
FIRE_MILESTONES = "smvm.fire_milestones"
RECONCILE = "smvm.reconcile"
CHECKPOINT_AUDIT = "smvm.checkpoint_audit"
FORGET_ANSWERS = "smvm.forget_answers"

RAPID_QUEUE = "rapid"
ANALYSIS_QUEUE = "analysis"
CALLBACK_QUEUE = "callbacks"
SCHEDULE_QUEUE = "schedule"
QUEUES = (RAPID_QUEUE, ANALYSIS_QUEUE, CALLBACK_QUEUE, SCHEDULE_QUEUE)


class TaskSender(Protocol):
    """Hands tasks to the broker; each method raises ``UnavailableError`` when it does not answer."""

    def run_next_stage(
        self, key: RunKey, stage: str, round_number: int, correlation_id: str
    ) -> None:
        """Have a worker do the named stage of the run."""
        ...

    def deliver_callbacks(
        self, key: RunKey, correlation_id: str, delay: timedelta = timedelta(0)
    ) -> None:
        """Have the dispatcher send the run's callbacks that are still to be delivered."""
        ...

    def replay_dead_letter(self, letter_id: str) -> None:
        """Have a dead letter sent again."""
        ...
