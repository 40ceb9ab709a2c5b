"""A small threaded HTTP server that verifies callbacks and keeps them in order of arrival."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Self

from smvm_common.client.verification import Callback, CallbackVerifier, VerificationError

_MAX_BODY = 262_144
_PATHS = ("/validation/update", "/validation/alert")


@dataclass(frozen=True, slots=True)
class ReceivedCallback:
    """A callback and when it came."""

    callback: Callback
    received_at: datetime


class CallbackReceiver:
    """Listens on loopback; a context manager. ``received`` holds each callback once, in order of
    arrival; ``duplicates`` counts what came again, ``refused`` what did not verify."""

    def __init__(
        self,
        verifier: CallbackVerifier,
        port: int = 0,
        on_callback: Callable[[Callback], None] | None = None,
    ) -> None:
        self.received: list[ReceivedCallback] = []
        self.duplicates = 0
        self.refused = 0
        self._verifier = verifier
        self._on_callback = on_callback
        self._lock = Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """The callback URL to submit with a run."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def host(self) -> str:
        """As ``settings.callbacks.allowed_hosts`` wants it."""
        return f"127.0.0.1:{self._server.server_port}"

    def of(self, validation_id: str) -> list[Callback]:
        """What came for one run, in order of arrival."""
        with self._lock:
            found = [r.callback for r in self.received]
        return [c for c in found if c.validation_id == validation_id]

    def accept(self, headers: dict[str, str], body: bytes) -> int:
        """Verify and keep one callback; the status to answer with."""
        try:
            callback = self._verifier.verify(headers, body)
        except VerificationError:
            with self._lock:
                self.refused += 1
            return 401
        if callback.duplicate:
            with self._lock:
                self.duplicates += 1
            return 200
        self._hand_on(callback)
        with self._lock:
            self.received.append(ReceivedCallback(callback, datetime.now(UTC)))
        return 204

    def _hand_on(self, callback: Callback) -> None:
        """What fails here goes unanswered, so that SMVM sends the callback again."""
        if self._on_callback is None:
            return
        handled = False
        try:
            self._on_callback(callback)
            handled = True
        finally:
            if not handled:
                self._verifier.forget(callback)

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(receiver: CallbackReceiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > _MAX_BODY:
                self.close_connection = True
                self._answer(413 if length.isdigit() else 411)
                return
            body = self.rfile.read(int(length))
            if not self.path.endswith(_PATHS):
                self._answer(404)
                return
            self._answer(receiver.accept(dict(self.headers.items()), body))

        def _answer(self, status: int) -> None:
            body = b"" if status == 204 else json.dumps({"status": status}).encode()
            self.send_response(status)
            if status != 204:
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Callbacks are logged by whoever receives them."""

    return Handler
