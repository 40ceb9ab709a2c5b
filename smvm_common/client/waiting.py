"""Waits for a run to get somewhere."""

import time
from collections.abc import Callable
from datetime import timedelta

from smvm_common.client.answers import State
from smvm_common.client.errors import OutageError, WaitTimeoutError

_RESTING = frozenset({"completed", "finalized", "failed", "cancelled", "incomplete"})


def has_decision(state: State) -> bool:
    """Whether there is something to look at, or nothing more to come by itself."""
    return state.decision is not None or state.status in _RESTING


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
