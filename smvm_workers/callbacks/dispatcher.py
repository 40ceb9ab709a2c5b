"""Delivers the callbacks of a run in order: the next one goes when the last is settled."""

from collections.abc import Callable
from datetime import timedelta

import structlog

from smvm_common.clock import Clock
from smvm_common.dead_letters import DeadLetterBox
from smvm_common.errors import PreconditionFailedError, UnavailableError
from smvm_common.identifiers import RunKey
from smvm_common.outbox import DeliveryState, Outbox, pending
from smvm_common.run.record import Run
from smvm_common.run.repository import RunRepository
from smvm_common.tasks import TaskSender
from smvm_workers.callbacks.delivery import Delivery
from smvm_workers.callbacks.lease import DispatchLease
from smvm_workers.callbacks.letters import id_of, letter_of
from smvm_workers.callbacks.message import Message, message_of
from smvm_workers.callbacks.metrics import LETTERS
from smvm_workers.callbacks.policy import Answer, Delivered, DeliveryPolicy, Retry, Stop

_LOG = structlog.get_logger(__name__)

_BUSY_DELAY = timedelta(seconds=1)
"""When to look again at a destination that holds all the workers it may."""
_CLOCKS_DIFFER_BY = timedelta(seconds=2)
"""A retry that comes so little early was sent by a machine whose clock is ahead of this one's."""


class CallbackDispatcher:
    """Sends what a run's outbox holds. Never sleeps: a retry is a task with a countdown."""

    def __init__(
        self,
        repository: RunRepository,
        outbox: Outbox,
        dead_letters: DeadLetterBox,
        delivery: Delivery,
        policy: DeliveryPolicy,
        lease: DispatchLease,
        sender: TaskSender,
        clock: Clock,
    ) -> None:
        self.outbox = outbox
        self._repository = repository
        self._dead_letters = dead_letters
        self._delivery = delivery
        self._policy = policy
        self._lease = lease
        self._sender = sender
        self._clock = clock

    def dispatch(self, key: RunKey) -> None:
        """Deliver what is pending and due; returns at once where another dispatcher is at it."""
        self._lease.wake(key)
        while True:
            seen = self._lease.wakes(key)
            with self._lease.hold(key) as prolong:
                if prolong is None:
                    return
                self._drain(key, prolong)
            if self._lease.wakes(key) == seen:
                return

    def _drain(self, key: RunKey, prolong: Callable[[], bool]) -> None:
        run = self._repository.load(key)
        state: DeliveryState | None = self.outbox.state(key)
        for event in pending(run, state or DeliveryState()):
            if state is None or not (self._is_due(run, state) and prolong()):
                return
            try:
                state = self._settle(run, message_of(run, event), state)
            except PreconditionFailedError:
                _LOG.info("another_dispatcher_was_faster")
                return

    def _is_due(self, run: Run, state: DeliveryState) -> bool:
        early = (state.not_before or self._clock.now()) - self._clock.now()
        if timedelta(0) < early <= _CLOCKS_DIFFER_BY:
            self._come_back(run, early)
        return early <= timedelta(0)

    def _settle(self, run: Run, message: Message, state: DeliveryState) -> DeliveryState | None:
        """Attempt one callback and save what came of it; None where the next must wait."""
        answer = self._delivery.attempt(message)
        if answer is None:
            self._come_back(run, _BUSY_DELAY)
            return None
        now = self._clock.now()
        verdict = self._policy.judge(answer, state.failures, now)
        _log(message, answer, type(verdict).__name__)
        if isinstance(verdict, Retry):
            self.outbox.save(run.key, state.postpone(now, verdict.delay))
            self._come_back(run, verdict.delay)
            return None
        if isinstance(verdict, Stop):
            self.outbox.save(run.key, state.stop())
            return None
        if not isinstance(verdict, Delivered):
            self._bury(message, answer, state)
        elif state.failures:
            # a dispatcher that died between burying and settling has left a letter
            self._dead_letters.remove(id_of(message))
        return self.outbox.save(run.key, state.settle(message.sequence))

    def _come_back(self, run: Run, delay: timedelta) -> None:
        try:
            self._sender.deliver_callbacks(run.key, run.correlation_id, delay)
        except UnavailableError as error:
            # the state is saved: the reconciler brings the dispatcher back
            _LOG.warning("callback_retry_postponed", reason=error.detail)

    def _bury(self, message: Message, answer: Answer, state: DeliveryState) -> None:
        letter = letter_of(message, answer, state, self._clock.now())
        self._dead_letters.put(letter)
        LETTERS.labels("created").inc()
        _LOG.error("callback_dead_lettered", letter=letter.id, reason=answer.reason)


def _log(message: Message, answer: Answer, verdict: str) -> None:
    _LOG.info(
        "callback_attempted",
        sequence=message.sequence,
        kind=message.kind,
        outcome=answer.reason,
        verdict=verdict,
    )
