"""Answers in time although the store does not: a call is left behind when its time is up."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

from smvm_common.errors import StoreUnavailableError

T = TypeVar("T")

_THREADS = 16
"""Calls that hang at once; further ones wait for one of them, within their own time."""


class Patience:
    """Bounds calls of this process by time; threads start with the first call."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="patience")

    def bound(self, call: Callable[[], T], within: timedelta) -> T:
        """What the call returns or raises, or ``StoreUnavailableError`` when it takes longer."""
        future = self._pool.submit(call)
        try:
            return future.result(within.total_seconds())
        except TimeoutError as error:
            future.cancel()
            raise StoreUnavailableError("the artefact store does not answer in time") from error
