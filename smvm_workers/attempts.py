"""When to try a stage again and when to give it up: plain values, no clock, no queue."""

import random
from dataclasses import dataclass
from datetime import timedelta

from smvm_common.errors import SmvmError

MAX_STARTS = 5
"""Starts of one stage that may end in a dead worker before the stage counts as poison."""
_DELAYS = (1.0, 2.0, 4.0, 8.0, 16.0)
_MAX_TRIES_OF_A_BUG = 2
"""An error that is not known to pass is tried once more: it may have been the machine."""


@dataclass(frozen=True, slots=True)
class Again:
    """Try again after ``delay``."""

    delay: timedelta


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Fail the run."""

    reason: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Stop without a verdict: what is down will be up, and then the reconciler hands it on again."""


Verdict = Again | GiveUp | Leave


def judge(error: Exception, tries: int) -> Verdict:
    """Decide after the ``tries``-th failed try, counting from 1."""
    if isinstance(error, SmvmError) and error.retryable:
        return Again(_delay(tries)) if tries <= len(_DELAYS) else Leave()
    if tries < _MAX_TRIES_OF_A_BUG:
        return Again(_delay(tries))
    return GiveUp(f"{type(error).__name__}: {error}"[:300])


def _delay(tries: int) -> timedelta:
    base = _DELAYS[min(tries, len(_DELAYS)) - 1]
    return timedelta(seconds=base * random.uniform(0.8, 1.2))  # noqa: S311 (jitter)
