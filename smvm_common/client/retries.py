"""The guide's back-off: 1, 2, 4, 8, 16 seconds, at most five retries, as a pure value."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

RATE_LIMITED = 429
OUTAGES = frozenset({500, 502, 503, 504})
"""The guide's statuses of a service that is down, and those of a proxy that cannot reach it."""
RETRIED = OUTAGES | {RATE_LIMITED}
UNTOUCHED = frozenset({RATE_LIMITED, 503})
"""Statuses that say the request was not begun, so that even one that is no idempotent may go again."""

_LONGEST_WAIT = 60.0
"""Seconds; a server that asks for more is out for longer than a caller waits."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """``delays`` in seconds, one per retry."""

    delays: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0)

    def wait(self, failures: int, asked: float | None = None) -> float | None:
        """Seconds to wait after this many failures (from 1), or None to give up.

        ``asked`` is what the server's Retry-After asks for, in seconds.
        """
        if failures > len(self.delays) or (asked or 0.0) > _LONGEST_WAIT:
            return None
        delay = self.delays[failures - 1] * random.uniform(0.8, 1.2)  # noqa: S311 (jitter)
        return max(delay, asked or 0.0)


def retry_after_seconds(text: str | None, now: datetime) -> float | None:
    """Read a Retry-After header: seconds or a date (RFC 9110 10.2.3); None for anything else."""
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds())
