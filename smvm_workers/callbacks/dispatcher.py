"""Delivers the callbacks of a run in order: the next one goes when the last is settled."""

from collections.abc import Callable
from datetime import timedelta

import structlog

from smvm_common.clock import Clock, rfc3339
from smvm_common.dead_letters import DeadLetter, DeadLetterBox, letter_id
from smvm_common.errors import PreconditionFailedError
from smvm_common.identifiers import RunKey
from smvm_common.outbox import DeliveryState, Outbox, pending
from smvm_common.run.record import Run
from smvm_common.run.repository import RunRepository
from smvm_common.tasks import TaskSender
from smvm_workers.callbacks.delivery import Delivery
from smvm_workers.callbacks.lease import DispatchLease
from smvm_workers.callbacks.message import Message, message_of
from smvm_workers.callbacks.metrics import LETTERS
from smvm_workers.callbacks.policy import (
    Answer,
    Delivered,
    DeliveryPolicy,
    Retry,
    Stop,
)

_LOG = structlog.get_logger(__name__)

_BUSY_DELAY = timedelta(seconds=1)
"""When to look again at a destination that holds all the workers it may."""


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

    def _drain(self, key: RunKey, prolong: Callable[[], None]) -> None:
        run = self._repository.load(key)
        state = self.outbox.state(key)
        for event in pending(run, state):
            if state.not_before is not None and self._clock.now() < state.not_before:
                return
            prolong()
            try:
                next_state = self._settle(run, message_of(run, event), state)
            except PreconditionFailedError:
                _LOG.info("another_dispatcher_was_faster")
                return
            if next_state is None:
                return
            state = next_state

    def _settle(self, run: Run, message: Message, state: DeliveryState) -> DeliveryState | None:
        """Attempt one callback and save what came of it; None where the next must wait."""
        answer = self._delivery.attempt(message)
        if answer is None:
            self._sender.deliver_callbacks(run.key, run.correlation_id, _BUSY_DELAY)
            return None
        verdict = self._policy.judge(answer, state.failures, self._clock.now())
        _LOG.info(
            "callback_attempted",
            sequence=message.sequence,
            kind=message.kind,
            outcome=answer.reason,
            verdict=type(verdict).__name__,
        )
        if isinstance(verdict, Retry):
            self.outbox.save(run.key, state.postpone(self._clock.now() + verdict.delay))
            self._sender.deliver_callbacks(run.key, run.correlation_id, verdict.delay)
            return None
        if isinstance(verdict, Stop):
            self.outbox.save(run.key, state.stop())
            return None
        if not isinstance(verdict, Delivered):
            self._bury(message, answer, state.failures + 1)
        return self.outbox.save(run.key, state.settle(message.sequence))

    def _bury(self, message: Message, answer: Answer, attempts: int) -> None:
        letter = DeadLetter(
            id=letter_id(message.key, message.sequence, message.occurred_at),
            key=message.key,
            correlation_id=message.correlation_id,
            url=message.url,
            kind=message.kind,
            sequence=message.sequence,
            webhook_id=message.webhook_id,
            body=message.body,
            attempts=attempts,
            reason=answer.reason,
            occurred_at=rfc3339(message.occurred_at),
            last_attempt_at=rfc3339(self._clock.now()),
        )
        self._dead_letters.put(letter)
        LETTERS.labels("created").inc()
        _LOG.error("callback_dead_lettered", letter=letter.id, reason=answer.reason)
