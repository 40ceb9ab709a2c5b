"""Connects to Redis so that its absence is noticed at once: everything in it can be lost."""

import hashlib
import os
import threading
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError
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


class ThreadScript:
    """A script that each thread runs on a connection of its own, for what every request does: to take
    one from the pool, and to ask whether it is alive, takes more processor time than the script."""

    def __init__(self, redis: Redis, source: str) -> None:
        self._pool = redis.connection_pool
        self._source = source
        self._digest = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
        self._thread = threading.local()

    def __call__(self, keys: tuple[str, ...], *arguments: str | int | bytes) -> Any:
        """What the script returns; ``RedisError`` where there is no Redis."""
        connection = self._connection()
        return connection.retry.call_with_retry(
            lambda: self._run(connection, len(keys), *keys, *arguments),
            lambda _: connection.disconnect(),
        )

    def _run(self, connection: Any, *arguments: str | int | bytes) -> Any:
        try:
            connection.send_command("EVALSHA", self._digest, *arguments)
            return connection.read_response()
        except NoScriptError:
            connection.send_command("EVAL", self._source, *arguments)
            return connection.read_response()

    def _connection(self) -> Any:
        # a process forked from this one must not read what was meant for it
        if getattr(self._thread, "process", None) != os.getpid():
            self._thread.connection = self._pool.get_connection()
            self._thread.process = os.getpid()
        return self._thread.connection
