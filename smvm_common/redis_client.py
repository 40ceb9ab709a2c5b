"""Connects to Redis so that its absence is noticed at once: everything in it can be lost."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

_TRIES_AGAIN = 1
"""At once, for a connection that a restarted server left behind. The library's own schedule keeps
the caller for seconds where nobody listens, and whoever calls has another way."""


def connect(url: str, patience: float, connect_patience: float | None = None) -> Redis:
    """A client that connects at first use; waits so many seconds for an answer, or to connect."""
    return Redis.from_url(
        url,
        socket_timeout=patience,
        socket_connect_timeout=connect_patience or patience,
        retry=Retry(NoBackoff(), _TRIES_AGAIN),
    )
