"""One request to the operator's endpoint: time and size are bounded, nothing is followed."""

import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from smvm_workers.cut_off import cut_off
from smvm_workers.providers.errors import MalformedError, TooSlowError, UnreachableError

_SHORTEST = 0.001
"""Seconds; a socket takes 0 to mean that it must not wait at all."""


@dataclass(frozen=True, slots=True)
class Request:
    """``body`` None for a GET; ``read_at_most`` bytes of the reply, more is malformed."""

    url: str
    headers: Mapping[str, str]
    body: bytes | None
    read_at_most: int


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes
    retry_after: str | None


def exchange(request: Request, seconds: float, trust: ssl.SSLContext) -> Reply:
    """Send once, by a new connection, past no proxy; all of it takes at most ``seconds``.

    Raises ``UnreachableError``, ``TooSlowError``, or ``MalformedError`` for what is no HTTP or too
    long. From the first byte sent on, nobody knows whether the model has worked.
    """
    deadline = time.monotonic() + seconds
    raw = _connect(request.url, seconds)
    left = max(deadline - time.monotonic(), _SHORTEST)
    try:
        with closing(raw), cut_off(raw, left) as cut:
            reply = _exchange(raw, request, trust)
            # the cut also ends a body that has no length, as if it were whole
            if cut.is_set():
                raise TimeoutError
            return reply
    except TimeoutError:
        raise TooSlowError(tokens=None) from None
    except HTTPException:
        raise MalformedError(tokens=None) from None
    except OSError:
        raise UnreachableError(tokens=None) from None


def _connect(url: str, seconds: float) -> socket.socket:
    try:
        connected = socket.create_connection(_address(url), seconds)
    except TimeoutError:
        raise TooSlowError from None
    except (OSError, UnicodeError):
        raise UnreachableError from None
    return connected


def _exchange(raw: socket.socket, request: Request, trust: ssl.SSLContext) -> Reply:
    parts = urlsplit(request.url)
    with closing(_secured(raw, request.url, trust)) as secured:
        connection = HTTPConnection(*_address(request.url))
        connection.sock = secured
        named = {"Host": parts.netloc, "Connection": "close", **request.headers}
        method = "GET" if request.body is None else "POST"
        connection.request(method, parts.path, body=request.body, headers=named)
        with closing(connection.getresponse()) as response:
            content = response.read(request.read_at_most + 1)
            if len(content) > request.read_at_most:
                raise MalformedError(tokens=None)
            return Reply(response.status, content, response.headers.get("Retry-After"))


def _secured(raw: socket.socket, url: str, trust: ssl.SSLContext) -> socket.socket:
    if not _tls(url):
        return raw
    try:
        return trust.wrap_socket(raw, server_hostname=urlsplit(url).hostname)
    except ssl.SSLError:
        # nothing was asked yet
        raise UnreachableError from None


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if _tls(url) else 80)


def _tls(url: str) -> bool:
    return urlsplit(url).scheme == "https"
