"""Sends dead letters again: same body, same webhook-id, and gone once delivered."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

import structlog
from redis import Redis, RedisError
from redis.exceptions import LockError

from smvm_common.clock import Clock, rfc3339
from smvm_common.dead_letters import DeadLetter, DeadLetterBox
from smvm_common.errors import NotFoundError
from smvm_workers.callbacks.delivery import Delivery
from smvm_workers.callbacks.letters import message_of_letter
from smvm_workers.callbacks.metrics import LETTERS

_LOG = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ReplayOutcome:
    """What came of one replay; ``reason`` is the receiver's answer, or why nothing was sent."""

    letter_id: str
    result: Literal["delivered", "failed", "skipped"]
    reason: str


class Replayer:
    """Two replays of one letter at once send it once: the second finds it taken, or gone.
    ``lock_seconds`` is longer than any attempt."""

    def __init__(
        self,
        dead_letters: DeadLetterBox,
        delivery: Delivery,
        redis: Redis,
        lock_seconds: float,
        clock: Clock,
    ) -> None:
        self._dead_letters = dead_letters
        self._delivery = delivery
        self._redis = redis
        self._lock_seconds = lock_seconds
        self._clock = clock

    def replay(self, letter_id: str) -> ReplayOutcome:
        """Send one again; a letter that fails stays, with its attempts counted."""
        lock = self._redis.lock(
            f"smvm:replay:{letter_id}", timeout=self._lock_seconds, blocking=False
        )
        try:
            taken = lock.acquire()
        except RedisError:
            return ReplayOutcome(letter_id, "skipped", "Redis does not answer")
        if not taken:
            return ReplayOutcome(letter_id, "skipped", "another replay of it is under way")
        try:
            return self._replay(self._dead_letters.get(letter_id))
        except NotFoundError as error:
            return ReplayOutcome(letter_id, "skipped", error.detail)
        finally:
            with suppress(RedisError, LockError):
                lock.release()

    def _replay(self, letter: DeadLetter) -> ReplayOutcome:
        answer = self._delivery.attempt_by_hand(message_of_letter(letter))
        _LOG.info("dead_letter_replayed", letter=letter.id, outcome=answer.reason)
        if answer.delivered:
            self._dead_letters.remove(letter.id)
            LETTERS.labels("replayed").inc()
            return ReplayOutcome(letter.id, "delivered", answer.reason)
        tried = replace(
            letter,
            attempts=letter.attempts + 1,
            reason=answer.reason,
            last_attempt_at=rfc3339(self._clock.now()),
        )
        self._dead_letters.revise(tried)
        return ReplayOutcome(letter.id, "failed", answer.reason)
