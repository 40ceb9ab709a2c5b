"""One POST to a receiver: the address is checked and then used, and everything is bounded."""

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from threading import Timer
from urllib.parse import urlsplit

import certifi
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from smvm_common.callback_urls import CallbackUrlPolicy
from smvm_common.errors import InvalidInputError
from smvm_workers.callbacks.policy import Answer

_READ_AT_MOST = 4096
"""Bytes of a receiver's answer that are looked at; only the status matters."""

Resolve = Callable[[str, int], list[str]]


def resolve(host: str, port: int) -> list[str]:
    """Every address of a host, in the resolver's order; ``OSError`` where there is none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class CallbackTransport:
    """Sends; follows no redirect, uses no proxy, keeps no cookie. Times in seconds."""

    urls: CallbackUrlPolicy
    connect_timeout: float
    total_timeout: float
    resolve: Resolve = resolve

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
        except (OSError, HTTPError, HTTPException) as error:
            return Answer(None, f"{type(error).__name__}: {error}"[:200])

    def _attempt(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        began = time.monotonic()
        connection = self._connection(url)
        path = urlsplit(url).path or "/"
        with contextlib.closing(connection):
            connection.connect()
            left = self.total_timeout - (time.monotonic() - began)
            with _cut_off(connection, left) as cut:
                try:
                    connection.request("POST", path, body=body, headers=self._named(url, headers))
                    response = connection.getresponse()
                    response.read(_READ_AT_MOST)
                except (OSError, HTTPError, HTTPException) as error:
                    if cut():
                        raise TimeoutError from error
                    raise
        return Answer(
            response.status, f"HTTP {response.status}", response.headers.get("Retry-After")
        )

    def _connection(self, url: str) -> HTTPConnection:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        addresses = self.resolve(host, port)
        for address in addresses:
            self.urls.check_address(url, address)
        if parts.scheme == "http":
            return HTTPConnection(addresses[0], port, timeout=self.connect_timeout)
        return HTTPSConnection(
            addresses[0],
            port,
            timeout=self.connect_timeout,
            server_hostname=host,
            assert_hostname=host,
            cert_reqs=ssl.CERT_REQUIRED,
            ca_certs=certifi.where(),
            ssl_minimum_version=ssl.TLSVersion.TLSv1_2,
        )

    @staticmethod
    def _named(url: str, headers: Mapping[str, str]) -> dict[str, str]:
        return {"Host": urlsplit(url).netloc, **headers}


@contextmanager
def _cut_off(connection: HTTPConnection, seconds: float) -> Iterator[Callable[[], bool]]:
    """End the exchange after ``seconds`` even if the receiver drips a byte now and then."""
    fired = []

    def cut() -> None:
        fired.append(True)
        if connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    if connection.sock is not None:
        connection.sock.settimeout(max(seconds, 0.001))
    timer = Timer(max(seconds, 0.001), cut)
    timer.daemon = True
    timer.start()
    try:
        yield lambda: bool(fired)
    finally:
        timer.cancel()
