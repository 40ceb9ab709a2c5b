"""Requests per minute and token, counted in Redis for all processes together."""

from dataclasses import dataclass

import structlog
from limits.errors import ConfigurationError as LimitsError
from limits.storage import RedisStorage
from prometheus_client import Counter
from redis import Redis, RedisError

from smvm_common.clock import Clock

_LOG = structlog.get_logger(__name__)
_WINDOW = 60
_UNCOUNTED = Counter("smvm_rate_limit_uncounted", "Requests let through because Redis was down")


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a token has left in this window; ``resets_in`` seconds."""

    limit: int
    remaining: int
    resets_in: int
    exceeded: bool

    def headers(self) -> dict[str, str]:
        """The RateLimit fields of draft-ietf-httpapi-ratelimit-headers-10."""
        return {
            "RateLimit-Policy": f'"default";q={self.limit};w={_WINDOW}',
            "RateLimit": f'"default";r={self.remaining};t={self.resets_in}',
        }


class RateLimiter:
    """Fixed windows over the library ``limits``; a Redis that is down limits nobody."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._storage: RedisStorage | None = None

    def count(self, token_id: str, endpoint: str, limit: int) -> Allowance:
        """Count one request against the token's window of this endpoint."""
        now = int(self._clock.now().timestamp())
        window, resets_in = now // _WINDOW, _WINDOW - now % _WINDOW
        try:
            used = self._connected().incr(f"smvm:rate:{endpoint}:{token_id}:{window}", _WINDOW)
        except (RedisError, LimitsError, OSError) as error:
            _UNCOUNTED.inc()
            _LOG.warning("rate_limit_uncounted", reason=str(error))
            return Allowance(limit, limit, resets_in, exceeded=False)
        return Allowance(limit, max(0, limit - used), resets_in, exceeded=used > limit)

    def _connected(self) -> RedisStorage:
        if self._storage is None:
            self._storage = RedisStorage(
                "redis://", connection_pool=self._redis.connection_pool, wrap_exceptions=False
            )
        return self._storage
