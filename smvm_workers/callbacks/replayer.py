"""Sends dead letters again: same body, same webhook-id, and gone once delivered."""

from dataclasses import dataclass, replace
from typing import Literal

import structlog
from redis import Redis, RedisError

from smvm_common.clock import Clock, parse_rfc3339, rfc3339
from smvm_common.dead_letters import DeadLetter, DeadLetterBox
from smvm_common.errors import NotFoundError
from smvm_workers.callbacks.delivery import Delivery
from smvm_workers.callbacks.message import Message
from smvm_workers.callbacks.metrics import LETTERS

_LOG = structlog.get_logger(__name__)
_LOCK_SECONDS = 120
"""Longer than any attempt takes."""


@dataclass(frozen=True, slots=True)
class ReplayOutcome:
    """What came of one replay; ``reason`` is the receiver's answer, or why nothing was sent."""

    letter_id: str
    result: Literal["delivered", "failed", "skipped"]
    reason: str


class Replayer:
    """Two replays of one letter at once send it once: the second finds it taken, or gone."""

    def __init__(
        self, dead_letters: DeadLetterBox, delivery: Delivery, redis: Redis, clock: Clock
    ) -> None:
        self._dead_letters = dead_letters
        self._delivery = delivery
        self._redis = redis
        self._clock = clock

    def replay(self, letter_id: str) -> ReplayOutcome:
        """Send one again; a letter that fails stays, with its attempts counted."""
        name = f"smvm:replay:{letter_id}"
        try:
            taken = self._redis.set(name, "1", nx=True, ex=_LOCK_SECONDS)
        except RedisError:
            return ReplayOutcome(letter_id, "skipped", "Redis does not answer")
        if not taken:
            return ReplayOutcome(letter_id, "skipped", "another replay of it is under way")
        try:
            return self._replay(self._dead_letters.get(letter_id))
        except NotFoundError as error:
            return ReplayOutcome(letter_id, "skipped", error.detail)
        finally:
            self._redis.delete(name)

    def _replay(self, letter: DeadLetter) -> ReplayOutcome:
        answer = self._delivery.attempt_by_hand(_message(letter))
        _LOG.info("dead_letter_replayed", letter=letter.id, outcome=answer.reason)
        if answer.delivered:
            self._dead_letters.remove(letter.id)
            LETTERS.labels("replayed").inc()
            return ReplayOutcome(letter.id, "delivered", answer.reason)
        now = rfc3339(self._clock.now())
        tried = replace(
            letter, attempts=letter.attempts + 1, reason=answer.reason, last_attempt_at=now
        )
        self._dead_letters.put(tried)
        return ReplayOutcome(letter.id, "failed", answer.reason)


def _message(letter: DeadLetter) -> Message:
    return Message(
        key=letter.key,
        correlation_id=letter.correlation_id,
        url=letter.url,
        kind=letter.kind,
        sequence=letter.sequence,
        webhook_id=letter.webhook_id,
        body=letter.body,
        occurred_at=parse_rfc3339(letter.occurred_at),
    )
