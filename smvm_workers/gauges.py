"""Gauges that somebody has to go and look for: queue depths, moving runs, dead letters, the budget."""

from typing import cast

from redis import Redis

from smvm_common.dead_letters import DeadLetterBox
from smvm_common.metrics import DEAD_LETTERS, MOVING_RUNS, QUEUE_DEPTH
from smvm_common.tasks import QUEUES
from smvm_workers.providers.budget import TokenBudget
from smvm_workers.providers.metrics import BUDGET_USED


class Gauges:
    def __init__(self, redis: Redis, dead_letters: DeadLetterBox, budget: TokenBudget) -> None:
        self._redis = redis
        self._dead_letters = dead_letters
        self._budget = budget

    def refresh(self, moving: int) -> None:
        """Set every gauge; ``moving`` is the number of moving runs that was just counted."""
        MOVING_RUNS.set(moving)
        BUDGET_USED.set(self._budget.month().share)
        DEAD_LETTERS.set(self._dead_letters.count())
        for queue in QUEUES:
            # redis-py types its answers for both of its clients, waiting and asynchronous
            waiting = cast(int, self._redis.llen(queue))
            QUEUE_DEPTH.labels(queue).set(waiting)
