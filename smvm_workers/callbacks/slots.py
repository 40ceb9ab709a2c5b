"""Bounds how many workers one destination holds at once, so that a slow one cannot hold them all."""

import time
from contextlib import suppress

from redis import Redis, RedisError


class DestinationSlots:
    """Leases in Redis: those of a worker that died come free after ``lease_seconds``."""

    def __init__(self, redis: Redis, slots: int, lease_seconds: float) -> None:
        self._redis = redis
        self._slots = slots
        self._lease_seconds = lease_seconds

    def take(self, destination: str, holder: str) -> bool:
        """Take a slot if one is free; without Redis there is no bound."""
        name, now = _name(destination), time.time()
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
        with suppress(RedisError):
            self._redis.zrem(_name(destination), holder)


def _name(destination: str) -> str:
    return f"smvm:slots:{destination}"
