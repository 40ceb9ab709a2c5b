"""A circuit breaker per destination, its state shared by all workers through Redis."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Any

import pybreaker
import structlog
from redis import Redis, RedisError

from smvm_workers.callbacks.metrics import BREAKER_STATE
from smvm_workers.callbacks.policy import Answer

_LOG = structlog.get_logger(__name__)
_LEVELS = {pybreaker.STATE_CLOSED: 0, pybreaker.STATE_HALF_OPEN: 1, pybreaker.STATE_OPEN: 2}
_GONE = 410


class _AttemptFailedError(Exception):
    """Carries a failed attempt's answer through the breaker."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


class _Watcher(pybreaker.CircuitBreakerListener):
    def state_change(self, cb: Any, old_state: Any, new_state: Any) -> None:
        BREAKER_STATE.labels(cb.name).set(_LEVELS[new_state.name])
        _LOG.warning("breaker_changed", destination=cb.name, state=new_state.name)


class BreakerBoard:
    """The breakers; ``failures`` in a row open one, after ``reset_seconds`` it lets one try through."""

    def __init__(self, redis: Redis, failures: int, reset_seconds: float) -> None:
        self._redis = redis
        self._failures = failures
        self._reset_seconds = reset_seconds
        self._breakers: dict[str, Any] = {}
        self._lock = Lock()

    def attempt(self, destination: str, send: Callable[[], Answer]) -> Answer:
        """Send unless the destination's breaker is open; an open one answers without a packet."""

        def call() -> Answer:
            answer = send()
            if answer.delivered or answer.status == _GONE:
                return answer
            raise _AttemptFailedError(answer)

        try:
            answer: Answer = self._breaker(destination).call(call)
        except _AttemptFailedError as error:
            return error.answer
        except pybreaker.CircuitBreakerError:
            return Answer(None, "breaker open")
        return answer

    def close(self, destination: str) -> None:
        """The destination was reached by hand: let callbacks through again."""
        self._breaker(destination).close()

    def _breaker(self, destination: str) -> Any:
        with self._lock:
            if destination not in self._breakers:
                self._breakers[destination] = self._create(destination)
            return self._breakers[destination]

    def _create(self, destination: str) -> Any:
        return pybreaker.CircuitBreaker(
            fail_max=self._failures,
            reset_timeout=self._reset_seconds,
            name=destination,
            state_storage=self._storage(destination),
            listeners=[_Watcher()],
            throw_new_error_on_trip=False,
        )

    def _storage(self, destination: str) -> Any:
        try:
            self._redis.ping()
        except RedisError:
            return pybreaker.CircuitMemoryStorage(pybreaker.STATE_CLOSED)
        return pybreaker.CircuitRedisStorage(
            pybreaker.STATE_CLOSED, self._redis, namespace=f"smvm:breaker:{destination}"
        )


class DestinationSlots:
    """Bounds how many workers one destination holds at once, by leases in Redis."""

    def __init__(self, redis: Redis, slots: int, lease_seconds: float) -> None:
        self._redis = redis
        self._slots = slots
        self._lease_seconds = lease_seconds

    def take(self, destination: str, holder: str) -> bool:
        """Take a slot if one is free; without Redis there is no bound."""
        name, now = f"smvm:slots:{destination}", time.time()
        try:
            pipeline = self._redis.pipeline()
            pipeline.zremrangebyscore(name, 0, now)
            pipeline.zadd(name, {holder: now + self._lease_seconds})
            pipeline.zcard(name)
            pipeline.expire(name, int(self._lease_seconds) + 1)
            if int(pipeline.execute()[2]) <= self._slots:
                return True
            self._redis.zrem(name, holder)
        except RedisError:
            return True
        return False

    def give_back(self, destination: str, holder: str) -> None:
        try:
            self._redis.zrem(f"smvm:slots:{destination}", holder)
        except RedisError:
            return
