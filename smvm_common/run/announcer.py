"""What follows from a durable change: the next stage is handed on and callbacks are sent."""

import structlog

from smvm_common.errors import UnavailableError
from smvm_common.run.progress import next_stage
from smvm_common.run.record import Run
from smvm_common.run.repository import Change
from smvm_common.tasks import TaskSender

_LOG = structlog.get_logger(__name__)


class Announcer:
    """An observer of the repository. A broker that is down is logged, not raised: the change is
    durable, and the reconciler hands on what is not moving."""

    def __init__(self, sender: TaskSender, *, async_callbacks: bool) -> None:
        self._sender = sender
        self._async_callbacks = async_callbacks

    def __call__(self, change: Change) -> None:
        before, after = change.before, change.after
        try:
            if _to_do(after) != _to_do(before):
                self.hand_on(after)
            if _callbacks(after) > _callbacks(before):
                self.wake_dispatcher(after)
        except UnavailableError as error:
            _LOG.warning("handoff_postponed", reason=error.detail)

    def hand_on(self, run: Run) -> None:
        """Enqueue the run's next stage, if any; ``UnavailableError`` with the broker down."""
        stage = next_stage(run)
        if stage is not None:
            self._sender.run_next_stage(run.key, stage, run.round, run.correlation_id)

    def wake_dispatcher(self, run: Run) -> None:
        """Have the run's callbacks sent; ``UnavailableError`` with the broker down."""
        if self._async_callbacks:
            self._sender.deliver_callbacks(run.key, run.correlation_id)


def _to_do(run: Run) -> tuple[int, str | None]:
    return run.round, next_stage(run)


def _callbacks(run: Run) -> int:
    return sum(event.callback is not None for event in run.events)
