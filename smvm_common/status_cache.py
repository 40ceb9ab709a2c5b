"""Rendered statuses in Redis for a moment, so that pollers do not each read the store."""

from contextlib import suppress

from redis import Redis, RedisError

from smvm_common.run.repository import Change

_SECONDS = 2
"""How long a status may lag behind when the process that changed the run died before saying so."""


class StatusCache:
    """Values under :func:`status_key`, by which they are read. Without Redis it holds nothing."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def put(self, tenant: str, validation_id: str, rendered: bytes) -> None:
        with suppress(RedisError):
            self._redis.set(status_key(tenant, validation_id), rendered, ex=_SECONDS)

    def forget(self, change: Change) -> None:
        """An observer of the repository: what was rendered is out of date."""
        with suppress(RedisError):
            self._redis.delete(status_key(change.after.key.tenant, change.after.key.validation_id))


def status_key(tenant: str, validation_id: str) -> str:
    """Where a rendered status is kept."""
    return f"smvm:status:{tenant}:{validation_id}"
