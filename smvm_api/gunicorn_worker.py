"""gunicorn's threads, bounded: a client that sends or reads slowly cannot hold one for long.

What gunicorn refuses before Flask sees it is answered as a problem, too.
"""

import json
import socket
import time
from contextlib import suppress
from typing import Any

from gunicorn import util
from gunicorn.http.errors import (
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.workers.gthread import ThreadWorker

from smvm_api.problems import ERRORS

_REFUSALS: dict[type[Exception], tuple[int, str]] = {
    LimitRequestLine: (414, "URI Too Long"),
    LimitRequestHeaders: (431, "Request Header Fields Too Large"),
    UnsupportedTransferCoding: (501, "Not Implemented"),
    ParseException: (400, "Bad Request"),
}
"""In order: the first class that the error is an instance of."""


class BoundedWorker(ThreadWorker):
    """Closes what takes too long: see :mod:`smvm_api.gunicorn_config` for the two bounds."""

    receive_seconds = 30.0
    answer_seconds = 120.0

    def init_process(self) -> None:
        self._began: dict[Any, float] = {}
        super().init_process()

    def handle(self, conn: Any) -> Any:
        """Handle a request, in a thread of the pool, under the eyes of :meth:`notify`."""
        self._began[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            del self._began[conn]

    def notify(self) -> None:
        """The main loop comes here every second."""
        super().notify()
        now = time.monotonic()
        for conn, began in list(self._began.items()):
            if now - began > self.answer_seconds:
                _shut(conn.sock, socket.SHUT_RDWR)
            elif now - began > self.receive_seconds:
                # reading ends as if the client had gone; an answer can still be sent
                _shut(conn.sock, socket.SHUT_RD)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Answer what could not be read as a request of HTTP."""
        status, title = next((r for c, r in _REFUSALS.items() if isinstance(exc, c)), (500, ""))
        if status == 500:
            self.log.exception("Error handling request")
        else:
            self.log.warning("Refused a request from %s: %s", addr and addr[0], exc)
        with suppress(OSError):
            util.write_nonblock(client, _problem(status, title or "Internal Server Error"))


def _shut(sock: socket.socket, how: int) -> None:
    # TLS's own shutdown would let what is still written go out in the clear
    with suppress(OSError):
        socket.socket.shutdown(sock, how)


def _problem(status: int, title: str) -> bytes:
    slug = title.lower().replace(" ", "-")
    ERRORS.labels(slug, "none").inc()
    body = json.dumps(
        {
            "type": f"urn:smvm:problem:{slug}",
            "title": title,
            "status": status,
            "detail": "this is not a request that the server can read",
            "instance": "",
            "correlation_id": "",
        }
    ).encode()
    head = (
        f"HTTP/1.1 {status} {title}\r\nConnection: close\r\n"
        f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
