"""How work is handed to the workers: by task name and identifiers, never by import."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from smvm_common.identifiers import RunKey

STAGE_PREFIX = "smvm.stage."
SHARE_PREFIX = "smvm.share."
DELIVER_CALLBACKS = "smvm.deliver_callbacks"
REPLAY_DEAD_LETTER = "smvm.replay_dead_letter"
FIRE_MILESTONES = "smvm.fire_milestones"
RECONCILE = "smvm.reconcile"
CHECKPOINT_AUDIT = "smvm.checkpoint_audit"
CLEAN = "smvm.clean"
FORGET_ANSWERS = "smvm.forget_answers"

RAPID_QUEUE = "rapid"
ANALYSIS_QUEUE = "analysis"
CALLBACK_QUEUE = "callbacks"
SCHEDULE_QUEUE = "schedule"
QUEUES = (RAPID_QUEUE, ANALYSIS_QUEUE, CALLBACK_QUEUE, SCHEDULE_QUEUE)


@dataclass(frozen=True, slots=True)
class Share:
    """One task's share of a wave of parts that ``of`` workers compute: dealt one each, forth and then
    back, so that none gets the longer part each time where parts grow along the wave."""

    wave: tuple[str, ...]
    number: int
    of: int

    @property
    def own(self) -> tuple[str, ...]:
        forth, back = self.number, 2 * self.of - 1 - self.number
        return self.wave[forth :: 2 * self.of] + self.wave[back :: 2 * self.of]


class TaskSender(Protocol):
    """Hands tasks to the broker; each method raises ``UnavailableError`` when it does not answer."""

    def run_next_stage(
        self, key: RunKey, stage: str, round_number: int, correlation_id: str
    ) -> None:
        """Have a worker do the named stage of the run."""
        ...

    def run_shares(
        self,
        key: RunKey,
        stage: str,
        round_number: int,
        correlation_id: str,
        shares: Sequence[Share],
    ) -> None:
        """Have workers compute parts of the named stage side by side."""
        ...

    def deliver_callbacks(
        self, key: RunKey, correlation_id: str, delay: timedelta = timedelta(0)
    ) -> None:
        """Have the dispatcher send the run's callbacks that are still to be delivered."""
        ...

    def replay_dead_letter(self, letter_id: str) -> None:
        """Have a dead letter sent again."""
        ...
