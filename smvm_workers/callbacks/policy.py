"""What to do after an attempt: a pure function of the answer and the failures before it."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_GONE = 410
_ASK_TO_WAIT = (429, 503)
_LONGEST_WAIT = timedelta(minutes=5)
"""A receiver may ask for more; a countdown must stay below the broker's visibility timeout."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one attempt: a status, or the reason why there is none."""

    status: int | None
    reason: str
    retry_after: str | None = None

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver has it."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again after ``delay``."""

    delay: timedelta


@dataclass(frozen=True, slots=True)
class Undeliverable:
    """Out of tries: to the dead-letter queue."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The receiver is gone for good."""


Verdict = Delivered | Retry | Undeliverable | Stop


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """``delays`` in seconds, one per retry (the guide's 1, 2, 4, 8, 16)."""

    delays: tuple[float, ...]

    def judge(self, answer: Answer, failures: int, now: datetime) -> Verdict:
        """Decide after an attempt; ``failures`` counts the failed attempts before it."""
        if answer.delivered:
            return Delivered()
        if answer.status == _GONE:
            return Stop()
        if failures >= len(self.delays):
            return Undeliverable()
        delay = timedelta(seconds=self.delays[failures] * random.uniform(0.8, 1.2))  # noqa: S311
        if answer.status in _ASK_TO_WAIT:
            delay = max(delay, _asked(answer.retry_after, now))
        return Retry(delay)


def _asked(retry_after: str | None, now: datetime) -> timedelta:
    """Read ``Retry-After`` (RFC 9110 10.2.3), seconds or a date; nothing where it makes no sense."""
    if not retry_after:
        return timedelta(0)
    try:
        asked = timedelta(seconds=int(retry_after))
    except (ValueError, OverflowError):
        try:
            date = parsedate_to_datetime(retry_after)
        except ValueError:
            return timedelta(0)
        asked = (date if date.tzinfo else date.replace(tzinfo=UTC)) - now
    return min(max(asked, timedelta(0)), _LONGEST_WAIT)
