"""A circuit breaker for one process: after five failures in a row nothing is sent for a while.

Not pybreaker's, as the workers have it: that one holds its lock while a request is under way, so
that threads sharing a client would send one after another.
"""

import time
from collections.abc import Callable
from threading import Lock

_FAILURES_THAT_OPEN = 5


class Breaker:
    """Safe between threads. ``reset_seconds`` after it opened, one request may try."""

    def __init__(
        self, reset_seconds: float = 30.0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._reset_seconds = reset_seconds
        self._monotonic = monotonic
        self._failures = 0
        self._closed_until = 0.0
        self._lock = Lock()

    @property
    def open(self) -> bool:
        """Whether the last request that came through was one too many to fail."""
        return self._failures >= _FAILURES_THAT_OPEN

    def admits(self) -> bool:
        """Whether a request may be sent; the first after the pause is admitted alone."""
        with self._lock:
            if not self.open:
                return True
            now = self._monotonic()
            if now < self._closed_until:
                return False
            self._closed_until = now + self._reset_seconds
            return True

    def succeeded(self) -> None:
        """The service answered."""
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        """The service did not answer, or said that it cannot."""
        with self._lock:
            self._failures += 1
            self._closed_until = self._monotonic() + self._reset_seconds
