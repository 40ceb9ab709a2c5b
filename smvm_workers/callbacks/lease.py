"""One dispatcher per run at a time, and no wake-up lost between two of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from redis import Redis, RedisError
from redis.exceptions import LockError
from redis.lock import Lock

from smvm_common.identifiers import RunKey

_FORGET_AFTER = 3600
"""Seconds a wake counter outlives its last wake-up."""


class DispatchLease:
    """A Redis lock with a wake counter. Without Redis every dispatcher may go on: receivers
    recognise a callback that comes twice by its ``webhook-id``."""

    def __init__(self, redis: Redis, seconds: float) -> None:
        self._redis = redis
        self._seconds = seconds

    def wake(self, key: RunKey) -> None:
        """Note that there is something to send, before trying to be the one that sends it."""
        with suppress(RedisError):
            pipeline = self._redis.pipeline()
            pipeline.incr(_wakes(key))
            pipeline.expire(_wakes(key), _FORGET_AFTER)
            pipeline.execute()

    def wakes(self, key: RunKey) -> int:
        with suppress(RedisError):
            counted: Any = self._redis.get(_wakes(key))
            return int(counted or 0)
        return 0

    @contextmanager
    def hold(self, key: RunKey) -> Iterator[Callable[[], bool] | None]:
        """Yield a function that prolongs the lease and says whether it still holds; None where
        another dispatcher has it."""
        lock = self._redis.lock(
            f"smvm:dispatch:{key.tenant}:{key.validation_id}",
            timeout=self._seconds,
            blocking=False,
            thread_local=False,
        )
        try:
            held = lock.acquire()
        except RedisError:
            yield lambda: True
            return
        if not held:
            yield None
            return
        try:
            yield lambda: _prolong(lock)
        finally:
            with suppress(RedisError, LockError):
                lock.release()


def _prolong(lock: Lock) -> bool:
    try:
        return bool(lock.reacquire())
    except LockError:
        return False
    except RedisError:
        return True


def _wakes(key: RunKey) -> str:
    return f"smvm:wakes:{key.tenant}:{key.validation_id}"
