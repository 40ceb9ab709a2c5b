"""Sends one request: the one place that retries, behind a circuit breaker."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests

from smvm_common import __version__
from smvm_common.client.breaker import Breaker
from smvm_common.client.errors import ApiError, OutageError, UnexpectedAnswerError
from smvm_common.client.retries import (
    OUTAGES,
    RATE_LIMITED,
    RETRIED,
    UNTOUCHED,
    Backoff,
    retry_after_seconds,
)

_CONNECT_SECONDS = 5.0
"""A host that takes longer to accept a connection is not there."""
_BREAKER_RESET_SECONDS = 30.0
_INTERRUPTIONS = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the client proves itself with. ``certificate`` is the pair of PEM files (certificate, key)
    for mutual TLS, ``ca_bundle`` a PEM file of authorities to trust in place of the usual ones."""

    token: str
    certificate: tuple[str, str] | None = None
    ca_bundle: str | None = None


class _Bearer(requests.auth.AuthBase):
    """The token as an ``auth``: in a plain header, an entry in the machine's netrc would replace it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why a try failed; ``status`` None for silence, ``asked`` from Retry-After in seconds."""

    reason: str
    status: int | None = None
    asked: float | None = None
    problem: Mapping[str, Any] | None = None

    def error(self) -> ApiError | OutageError:
        """Being asked to slow down is no outage."""
        if self.status == RATE_LIMITED:
            return ApiError(self.status, self.problem or {"detail": self.reason}, self.asked)
        return OutageError(f"SMVM is out of reach: {self.reason}", self.status, self.asked)


class Connection:
    """``timeout`` in seconds of silence per try; ``sleep`` is injected so that tests need not wait.

    Reads have a breaker of their own, since they go on while SMVM is in maintenance.
    """

    def __init__(
        self,
        base_url: str,
        credentials: Credentials,
        timeout: float,
        backoff: Backoff,
        sleep: Callable[[float], None] = time.sleep,
        breaker_reset_seconds: float = _BREAKER_RESET_SECONDS,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._backoff = backoff
        self._sleep = sleep
        self._session = requests.Session()
        self._session.auth = _Bearer(credentials.token)
        self._session.headers["User-Agent"] = f"smvm-client/{__version__}"
        self._session.cert = credentials.certificate
        self._verify = credentials.ca_bundle or True
        self._reads = Breaker(breaker_reset_seconds)
        self._writes = Breaker(breaker_reset_seconds)

    def send(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        repeatable: bool = True,
    ) -> requests.Response:
        """Send until answered. Raises ``ApiError`` for a problem, ``OutageError`` for silence.

        What is not ``repeatable`` goes again only where SMVM says that it did not begin.
        """
        breaker = self._reads if method == "GET" else self._writes
        if not breaker.admits():
            raise OutageError("SMVM failed repeatedly; nothing is sent for a while")
        trial = breaker.open
        options = {"json": json, "params": params, "headers": headers}
        failures = 0
        while True:
            answer = self._attempt(method, path, timeout or self._timeout, options)
            if not isinstance(answer, _Failure):
                breaker.succeeded()
                return _checked(answer)
            failures += 1
            _note(breaker, answer)
            again = not trial and (repeatable or answer.status in UNTOUCHED)
            wait = self._backoff.wait(failures, answer.asked) if again else None
            if wait is None:
                raise answer.error()
            self._sleep(wait)

    def _attempt(
        self, method: str, path: str, timeout: float, options: Mapping[str, Any]
    ) -> requests.Response | _Failure:
        try:
            response = self._session.request(
                method,
                self._base_url + path,
                timeout=(min(_CONNECT_SECONDS, timeout), timeout),
                verify=self._verify,
                allow_redirects=False,  # a POST would become a GET, and the token go elsewhere
                **options,
            )
        except _INTERRUPTIONS as error:
            return _Failure(type(error).__name__)
        if response.status_code in RETRIED:
            asked = retry_after_seconds(response.headers.get("Retry-After"), datetime.now(UTC))
            status = response.status_code
            return _Failure(f"HTTP {status}", status, asked, _problem(response))
        return response


def _note(breaker: Breaker, failure: _Failure) -> None:
    if failure.status is None or failure.status in OUTAGES:
        breaker.failed()
    else:
        breaker.succeeded()


def _checked(response: requests.Response) -> requests.Response:
    if response.status_code >= 400:
        raise ApiError(response.status_code, _problem(response))
    if response.status_code >= 300 and response.status_code != 304:
        raise UnexpectedAnswerError(f"a redirection ({response.status_code}) is not SMVM's answer")
    return response


def _problem(response: requests.Response) -> Mapping[str, Any]:
    try:
        problem = response.json()
    except ValueError:
        problem = None
    return problem if isinstance(problem, dict) else {"detail": response.reason}
