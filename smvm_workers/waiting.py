"""Which runs have a stage waiting in a queue: those are not stalled, however long they wait."""

import base64
import json
from collections.abc import Iterator
from typing import Any

from redis import Redis, RedisError

from smvm_common.tasks import ANALYSIS_QUEUE, RAPID_QUEUE, SHARE_PREFIX, STAGE_PREFIX

_CHUNK = 500
"""Messages read at once: some hundred kilobytes."""

Named = tuple[str, str]
"""Tenant and validation id."""


class WaitingStages:
    """Looks into the broker's lists, which kombu fills from the left and empties from the right."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def runs(self) -> frozenset[Named]:
        """The runs that a queued message names; none where Redis does not answer."""
        try:
            messages = [m for queue in (RAPID_QUEUE, ANALYSIS_QUEUE) for m in self._messages(queue)]
        except RedisError:
            return frozenset()
        return frozenset(named for m in messages if (named := named_run(m)) is not None)

    def _messages(self, queue: str) -> Iterator[bytes]:
        start = 0
        # what is put in meanwhile moves the rest to the right: seen twice, never missed
        while chunk := self._chunk(queue, start):
            yield from chunk
            start += _CHUNK

    def _chunk(self, queue: str, start: int) -> list[bytes]:
        # redis-py types its answers for both of its clients, waiting and asynchronous
        found: Any = self._redis.lrange(queue, start, start + _CHUNK - 1)
        return list(found)


def named_run(message: bytes) -> Named | None:
    """The run whose stage or share of one a message (Celery protocol 2) asks for; None for others."""
    try:
        envelope = json.loads(message)
        if not envelope["headers"]["task"].startswith((STAGE_PREFIX, SHARE_PREFIX)):
            return None
        _, arguments, _ = json.loads(base64.b64decode(envelope["body"]))
        return arguments["tenant"], arguments["validation_id"]
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
