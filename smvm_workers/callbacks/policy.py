"""What to do after an attempt: a pure function of the answer and the failures before it."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

GONE = 410
_ASK_TO_WAIT = (429, 503)
_LONGEST_WAIT = timedelta(minutes=4)
"""A receiver may ask for more. With its spread it stays within five minutes, below the broker's
visibility timeout."""
_SPREAD = 0.2
"""The share by which waits differ, so that what failed together does not return together."""


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
    """``delays`` in seconds, one per retry (the guide's 1, 2, 4, 8, 16); ``chance`` draws from
    0 to 1."""

    delays: tuple[float, ...]
    chance: Callable[[], float] = random.random

    def judge(self, answer: Answer, failures: int, now: datetime) -> Verdict:
        """Decide after an attempt; ``failures`` counts the failed attempts before it."""
        if answer.delivered:
            return Delivered()
        if answer.status == GONE:
            return Stop()
        if failures >= len(self.delays):
            return Undeliverable()
        draw = self.chance()
        delay = timedelta(seconds=self.delays[failures]) * (1 + _SPREAD * (2 * draw - 1))
        if answer.status in _ASK_TO_WAIT:
            # never earlier than asked
            delay = max(delay, asked_wait(answer.retry_after, now) * (1 + _SPREAD * draw))
        return Retry(delay)


def asked_wait(retry_after: str | None, now: datetime) -> timedelta:
    """Read ``Retry-After`` (RFC 9110 10.2.3), seconds or a date, up to four minutes; nothing where
    it makes no sense."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        # longer numbers than this ask for more than is granted in any case
        asked = timedelta(seconds=int(text[:9]))
        return min(asked, _LONGEST_WAIT)
    try:
        date = parsedate_to_datetime(text)
        asked = (date if date.tzinfo else date.replace(tzinfo=UTC)) - now
    except (ValueError, OverflowError):
        return timedelta(0)
    return min(max(asked, timedelta(0)), _LONGEST_WAIT)
