"""Sends one request: the one place that retries, behind a circuit breaker."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import pybreaker
import requests

from smvm_common import __version__
from smvm_common.client.errors import ApiError, OutageError
from smvm_common.client.retries import RETRIED, Backoff

_FAILURES_THAT_OPEN = 5


class _UnansweredError(Exception):
    def __init__(self, reason: str, retry_after: str | None = None) -> None:
        self.reason = reason
        self.retry_after = retry_after
        super().__init__(reason)


class Connection:
    """``timeout`` in seconds per try; ``sleep`` is injected so that tests need not wait."""

    def __init__(
        self,
        base_url: str,
        token: str,
        timeout: float,
        backoff: Backoff,
        sleep: Callable[[float], None] = time.sleep,
        breaker_reset_seconds: float = 30.0,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._backoff = backoff
        self._sleep = sleep
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"
        self._session.headers["User-Agent"] = f"smvm-client/{__version__}"
        self._breaker = pybreaker.CircuitBreaker(
            fail_max=_FAILURES_THAT_OPEN,
            reset_timeout=breaker_reset_seconds,
            throw_new_error_on_trip=False,
        )

    def send(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
        timeout: float | None = None,
    ) -> requests.Response:
        """Send until answered. Raises ``ApiError`` for a problem, ``OutageError`` for silence."""

        def attempt() -> requests.Response:
            return self._attempt(
                method,
                path,
                json=json,
                params=params,
                headers=headers,
                stream=stream,
                timeout=timeout or self._timeout,
            )

        failures = 0
        while True:
            try:
                response: requests.Response = self._breaker.call(attempt)
            except pybreaker.CircuitBreakerError as error:
                raise OutageError("SMVM failed repeatedly; the breaker is open") from error
            except _UnansweredError as error:
                failures += 1
                wait = self._backoff.wait(failures, error.retry_after)
                if wait is None:
                    raise OutageError(f"SMVM is out of reach: {error.reason}") from error
                self._sleep(wait)
                continue
            return self._checked(response)

    def _attempt(self, method: str, path: str, **options: Any) -> requests.Response:
        try:
            response = self._session.request(method, self._base_url + path, **options)
        except (requests.ConnectionError, requests.Timeout) as error:
            raise _UnansweredError(type(error).__name__) from error
        if response.status_code in RETRIED:
            retry_after = response.headers.get("Retry-After")
            raise _UnansweredError(f"HTTP {response.status_code}", retry_after)
        return response

    @staticmethod
    def _checked(response: requests.Response) -> requests.Response:
        if response.status_code < 400:
            return response
        try:
            problem = response.json()
        except ValueError:
            problem = {"detail": response.reason}
        raise ApiError(response.status_code, problem)
