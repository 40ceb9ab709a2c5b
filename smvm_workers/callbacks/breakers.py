"""A circuit breaker per destination, its state shared by all workers through Redis."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pybreaker
import structlog
from redis import Redis, RedisError

from smvm_workers.callbacks.metrics import BREAKER_STATE
from smvm_workers.callbacks.policy import GONE, Answer

_LOG = structlog.get_logger(__name__)
_LEVELS = {pybreaker.STATE_CLOSED: 0, pybreaker.STATE_HALF_OPEN: 1, pybreaker.STATE_OPEN: 2}

REFUSED = Answer(None, "breaker open")
"""What an open breaker answers in the receiver's place."""


class _AttemptFailedError(Exception):
    """Tells the breaker of a failed attempt."""


class _Watcher(pybreaker.CircuitBreakerListener):
    def state_change(self, cb: Any, old_state: Any, new_state: Any) -> None:
        BREAKER_STATE.labels(cb.name).set(_LEVELS[new_state.name])
        if old_state.name == new_state.name:
            # closing a closed one sets its count back, and is nothing to warn of
            return
        _LOG.warning("breaker_changed", destination=cb.name, state=new_state.name)


class BreakerBoard:
    """The breakers: ``failures`` in a row open one, and after ``reset_seconds`` one try at a time is
    let through. Without Redis each process counts for itself. ``probe_seconds`` is longer than any
    attempt: so long a try that never came back keeps others from trying."""

    def __init__(
        self, redis: Redis, failures: int, reset_seconds: float, probe_seconds: float
    ) -> None:
        self._redis = redis
        self._failures = failures
        self._reset = timedelta(seconds=reset_seconds)
        self._probe_seconds = probe_seconds
        self._local: dict[str, Any] = {}

    def attempt(self, destination: str, send: Callable[[], Answer]) -> Answer:
        """Send unless the destination's breaker is open, and tell it what came of that.

        pybreaker's own ``call`` around the attempt would hold a lock while the receiver thinks.
        """
        storage = self._storage(destination)
        breaker = self._breaker(destination, storage)
        state = storage.state
        # also what another process made of it
        BREAKER_STATE.labels(destination).set(_LEVELS[state])
        if state == pybreaker.STATE_CLOSED:
            return _noted(breaker, send())
        if not (self._rested(storage) and self._take_probe(destination)):
            return REFUSED
        try:
            breaker.half_open()
            return _noted(breaker, send())
        finally:
            with suppress(RedisError):
                self._redis.delete(_probe(destination))

    def close(self, destination: str) -> None:
        """The destination was reached by hand: let callbacks through again."""
        self._breaker(destination, self._storage(destination)).close()

    def _rested(self, storage: Any) -> bool:
        opened_at = storage.opened_at
        return opened_at is None or datetime.now(UTC) >= opened_at + self._reset

    def _take_probe(self, destination: str) -> bool:
        milliseconds = int(self._probe_seconds * 1000)
        try:
            return bool(self._redis.set(_probe(destination), "1", nx=True, px=milliseconds))
        except RedisError:
            return True

    def _breaker(self, destination: str, storage: Any) -> Any:
        # made anew each time: one that finds its state changed by others would reset their count
        return pybreaker.CircuitBreaker(
            fail_max=self._failures,
            reset_timeout=self._reset.total_seconds(),
            name=destination,
            state_storage=storage,
            listeners=[_Watcher()],
            throw_new_error_on_trip=False,
        )

    def _storage(self, destination: str) -> Any:
        try:
            self._redis.ping()
        except RedisError:
            fresh = pybreaker.CircuitMemoryStorage(pybreaker.STATE_CLOSED)
            return self._local.setdefault(destination, fresh)
        return pybreaker.CircuitRedisStorage(
            pybreaker.STATE_CLOSED, self._redis, namespace=f"smvm:breaker:{destination}"
        )


def _noted(breaker: Any, answer: Answer) -> Answer:
    def outcome() -> None:
        if not answer.delivered and answer.status != GONE:
            raise _AttemptFailedError

    # another worker may have opened it meanwhile: then there is nothing more to note
    with suppress(_AttemptFailedError, pybreaker.CircuitBreakerError):
        breaker.call(outcome)
    return answer


def _probe(destination: str) -> str:
    return f"smvm:probe:{destination}"
