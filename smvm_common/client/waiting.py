"""Waits for a run to get somewhere."""

import time
from collections.abc import Callable
from datetime import timedelta

from smvm_common.client.answers import State
from smvm_common.client.errors import OutageError, WaitTimeoutError

_MOVING = frozenset({"accepted", "running"})


def rests(state: State) -> bool:
    """Whether nothing more comes by itself for now: there is a result, or there will be none.

    A decision alone is not enough, since its report is written after it.
    """
    return state.status not in _MOVING


def wait_for(
    look: Callable[[], State],
    reached: Callable[[State], bool],
    timeout: timedelta,
    poll: timedelta,
    on_progress: Callable[[State], None] | None,
    sleep: Callable[[float], None],
) -> State:
    """The first state that ``reached`` holds for: see :meth:`SmvmClient.wait`."""
    deadline = time.monotonic() + timeout.total_seconds()
    last: State | None = None
    while True:
        try:
            state = look()
        except OutageError:
            if time.monotonic() >= deadline:
                raise
        else:
            if on_progress is not None and state != last:
                on_progress(state)
            if reached(state):
                return state
            if time.monotonic() >= deadline:
                raise WaitTimeoutError(f"{state.validation_id} is still {state.status}")
            last = state
        sleep(max(0.0, min(poll.total_seconds(), deadline - time.monotonic())))
