"""One POST to a receiver: the address is checked and then used, and everything is bounded."""

import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from threading import Event
from urllib.parse import urlsplit

import certifi

from smvm_common.callback_urls import CallbackUrlPolicy
from smvm_common.errors import InvalidInputError
from smvm_workers.callbacks.policy import Answer
from smvm_workers.cut_off import cut_off

_READ_AT_MOST = 4096
"""Bytes of a receiver's answer that are read, so that it can end its sentence."""
_BODY_SECONDS = 1.0
"""How long those are waited for: the status line has said what there is to know."""
_SHORTEST = 0.001
"""Seconds; a socket takes 0 to mean that it must not wait at all."""

Resolve = Callable[[str, int], list[str]]


def resolve(host: str, port: int) -> list[str]:
    """Every address of a host, in the resolver's order; ``OSError`` where there is none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(f"{host!r} is not a host name") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def public_trust() -> ssl.SSLContext:
    """TLS 1.2 or later; the machine's authorities (``SSL_CERT_FILE`` adds to them) and Mozilla's."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


@dataclass(frozen=True, slots=True)
class CallbackTransport:
    """Sends; follows no redirect, uses no proxy, keeps no cookie and no connection.

    ``connect_timeout`` is for one address, ``total_timeout`` for the whole attempt, in seconds.
    """

    urls: CallbackUrlPolicy
    connect_timeout: float
    total_timeout: float
    resolve: Resolve = resolve
    trust: ssl.SSLContext = field(default_factory=public_trust)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Attempt once; what goes wrong becomes an answer without a status."""
        problems = self.urls.problems(url)
        if problems:
            return Answer(None, f"the callback URL {problems[0]}")
        try:
            return self._attempt(url, body, headers)
        except InvalidInputError as error:
            return Answer(None, error.detail)
        except TimeoutError:
            return Answer(None, "timed out")
        except (OSError, HTTPException) as error:
            return Answer(None, f"{type(error).__name__}: {error}"[:200])

    def _attempt(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        deadline = time.monotonic() + self.total_timeout
        with closing(self._connect(url, deadline)) as raw:
            left = max(deadline - time.monotonic(), _SHORTEST)
            raw.settimeout(left)
            with cut_off(raw, left) as cut:
                return self._exchange(raw, cut, url, body, headers)

    def _connect(self, url: str, deadline: float) -> socket.socket:
        host, port = _endpoint(url)
        addresses = self.resolve(host, port)
        for address in addresses:
            self.urls.check_address(url, address)
        failure = OSError("the host has no address")
        for address in addresses:
            left = max(deadline - time.monotonic(), _SHORTEST)
            try:
                return socket.create_connection((address, port), min(self.connect_timeout, left))
            except OSError as error:
                failure = error
        raise failure

    def _exchange(
        self, raw: socket.socket, cut: Event, url: str, body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        parts = urlsplit(url)
        named = {"Host": parts.netloc, "Connection": "close", **headers}
        with closing(self._secured(raw, url)) as secured:
            connection = HTTPConnection(*_endpoint(url))
            connection.sock = secured
            connection.request("POST", parts.path or "/", body=body, headers=named)
            response = connection.getresponse()
            if cut.is_set():
                raise TimeoutError
            with closing(response), suppress(OSError, HTTPException):
                secured.settimeout(_BODY_SECONDS)
                response.read1(_READ_AT_MOST)
        retry_after = response.headers.get("Retry-After")
        return Answer(response.status, f"HTTP {response.status}", retry_after)

    def _secured(self, raw: socket.socket, url: str) -> socket.socket:
        if urlsplit(url).scheme == "http":
            return raw
        return self.trust.wrap_socket(raw, server_hostname=_endpoint(url)[0])


def _endpoint(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
