"""Gauges that somebody has to go and look for: queue depths, moving runs, dead letters."""

from redis import Redis

from smvm_common.dead_letters import DeadLetterBox
from smvm_common.metrics import DEAD_LETTERS, MOVING_RUNS, QUEUE_DEPTH
from smvm_common.tasks import QUEUES


class Gauges:
    def __init__(self, redis: Redis, dead_letters: DeadLetterBox) -> None:
        self._redis = redis
        self._dead_letters = dead_letters

    def refresh(self, moving: int) -> None:
        """Set every gauge; ``moving`` is the number of moving runs that was just counted."""
        MOVING_RUNS.set(moving)
        DEAD_LETTERS.set(self._dead_letters.count())
        for queue in QUEUES:
            QUEUE_DEPTH.labels(queue).set(self._redis.llen(queue))
