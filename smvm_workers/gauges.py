"""Gauges that somebody has to go and look for: queue depths, moving runs, dead letters, the budget."""

from datetime import datetime, timedelta
from typing import Any

from redis import Redis

from smvm_common.clock import Clock
from smvm_common.dead_letters import DeadLetterBox
from smvm_common.metrics import DEAD_LETTERS, MOVING_RUNS, QUEUE_DEPTH
from smvm_common.tasks import QUEUES
from smvm_workers.providers.budget import TokenBudget
from smvm_workers.providers.metrics import BUDGET_USED

_COUNT_LETTERS_EVERY = timedelta(minutes=1)
"""Counting them lists them all, which a tick every few seconds should not."""


class Gauges:
    def __init__(
        self, redis: Redis, dead_letters: DeadLetterBox, budget: TokenBudget, clock: Clock
    ) -> None:
        self._redis = redis
        self._dead_letters = dead_letters
        self._budget = budget
        self._clock = clock
        self._counted_at: datetime | None = None

    def refresh(self, moving: int) -> None:
        """Set every gauge; ``moving`` is the number of moving runs that was just counted."""
        MOVING_RUNS.set(moving)
        BUDGET_USED.set(self._budget.month().share)
        self._count_letters()
        for queue in QUEUES:
            # redis-py up to 7 types its answers for both of its clients, waiting and asynchronous
            waiting: Any = self._redis.llen(queue)
            QUEUE_DEPTH.labels(queue).set(waiting)

    def _count_letters(self) -> None:
        now = self._clock.now()
        if self._counted_at is None or abs(now - self._counted_at) >= _COUNT_LETTERS_EVERY:
            self._counted_at = now
            DEAD_LETTERS.set(self._dead_letters.count())
