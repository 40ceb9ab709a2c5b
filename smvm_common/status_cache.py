"""Rendered statuses in Redis for a moment, so that pollers do not each read the store."""

from contextlib import suppress
from typing import Any

from redis import Redis, RedisError

from smvm_common.run.repository import Change

_SECONDS = 2
"""How long a status may lag behind when the process that changed the run died before saying so."""


class StatusCache:
    """Keyed by tenant and validation id. Without Redis it holds nothing."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def get(self, tenant: str, validation_id: str) -> bytes | None:
        with suppress(RedisError):
            found: Any = self._redis.get(_name(tenant, validation_id))
            return bytes(found) if found is not None else None
        return None

    def put(self, tenant: str, validation_id: str, rendered: bytes) -> None:
        with suppress(RedisError):
            self._redis.set(_name(tenant, validation_id), rendered, ex=_SECONDS)

    def forget(self, change: Change) -> None:
        """An observer of the repository: what was rendered is out of date."""
        with suppress(RedisError):
            self._redis.delete(_name(change.after.key.tenant, change.after.key.validation_id))


def _name(tenant: str, validation_id: str) -> str:
    return f"smvm:status:{tenant}:{validation_id}"
