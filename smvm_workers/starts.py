"""Counts the starts of a stage that have not ended, so that a stage that kills its worker stops."""

from contextlib import suppress

from redis import Redis, RedisError

from smvm_common.identifiers import RunKey
from smvm_common.redis_client import ThreadScript
from smvm_workers.attempts import MAX_STARTS

_FORGET_AFTER = 3600
"""Seconds; far longer than a stage and its redeliveries take."""
_COUNT = """
local starts = redis.call('INCR', KEYS[1])
redis.call('EXPIRE', KEYS[1], ARGV[1])
return starts
"""


class StartCounter:
    """A counter per run, round and stage in Redis; without Redis it counts nothing."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._count = ThreadScript(redis, _COUNT)

    def exhausted(self, key: RunKey, stage: str, round_number: int) -> bool:
        """Count a start and say whether there were too many before it."""
        name = _name(key, stage, round_number)
        with suppress(RedisError):
            return int(self._count((name,), _FORGET_AFTER)) > MAX_STARTS
        return False

    def clear(self, key: RunKey, stage: str, round_number: int) -> None:
        """The stage ended, one way or another, with its worker alive."""
        with suppress(RedisError):
            self._redis.delete(_name(key, stage, round_number))


def _name(key: RunKey, stage: str, round_number: int) -> str:
    return f"smvm:starts:{key.tenant}:{key.validation_id}:{round_number}:{stage}"
