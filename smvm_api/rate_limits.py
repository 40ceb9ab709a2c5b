"""Requests per minute and token, counted in Redis for all processes together."""

from typing import NamedTuple

import structlog
from prometheus_client import Counter
from redis import Redis, RedisError

from smvm_common.clock import Clock
from smvm_common.redis_client import ThreadScript

_LOG = structlog.get_logger(__name__)
_WINDOW = 60
_UNCOUNTED = Counter("smvm_rate_limit_uncounted", "Requests let through because Redis was down")

_COUNT = """
local used = redis.call('INCR', KEYS[1])
if used == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {used, redis.call('GET', KEYS[2])}
"""
"""The fixed window of Redis's own manual (the pattern "Rate limiter" of INCR), and a value read beside
it: another round trip is what a request for a status would feel most."""


class Allowance(NamedTuple):
    """What a token has left in this window; ``resets_in`` seconds. ``beside`` is the value that was
    read in the same round trip."""

    limit: int
    remaining: int
    resets_in: int
    exceeded: bool
    beside: bytes | None = None

    def headers(self) -> dict[str, str]:
        """The RateLimit fields of draft-ietf-httpapi-ratelimit-headers-10."""
        return {
            "RateLimit-Policy": f'"default";q={self.limit};w={_WINDOW}',
            "RateLimit": f'"default";r={self.remaining};t={self.resets_in}',
        }


class RateLimiter:
    """Fixed windows; a Redis that is down limits nobody."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._count = ThreadScript(redis, _COUNT)
        self._clock = clock

    def count(self, token_id: str, endpoint: str, limit: int, beside: str = "") -> Allowance:
        """Count one request against the token's window of this endpoint, and read the key
        ``beside`` it."""
        now = int(self._clock.now().timestamp())
        window, resets_in = now // _WINDOW, _WINDOW - now % _WINDOW
        counter = f"smvm:rate:{endpoint}:{token_id}:{window}"
        try:
            used, value = self._count((counter, beside), _WINDOW)
        except (RedisError, OSError) as error:
            _UNCOUNTED.inc()
            _LOG.warning("rate_limit_uncounted", reason=str(error))
            return Allowance(limit, limit, resets_in, exceeded=False)
        return Allowance(limit, max(0, limit - used), resets_in, used > limit, value)
