"""The guide's back-off: 1, 2, 4, 8, 16 seconds, at most five retries, as a pure value."""

import random
from dataclasses import dataclass

RETRIED = frozenset({429, 500, 503})
"""Statuses worth another try; every request of the client is idempotent."""

_LONGEST_WAIT = 60.0
"""Seconds; a server that asks for more is out for longer than a caller waits."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """``delays`` in seconds, one per retry."""

    delays: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0)

    def wait(self, failures: int, retry_after: str | None = None) -> float | None:
        """Seconds to wait after this many failures (from 1), or None to give up."""
        if failures > len(self.delays):
            return None
        delay = self.delays[failures - 1] * random.uniform(0.8, 1.2)  # noqa: S311 (jitter)
        asked = float(retry_after) if retry_after and retry_after.isdigit() else 0.0
        return None if asked > _LONGEST_WAIT else max(delay, asked)
