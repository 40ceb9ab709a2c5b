"""Receivers that misbehave: real servers on loopback, each answering as its script says."""

import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Self

Headers = dict[str, str]


@dataclass(frozen=True)
class Request:
    """What a receiver got; header names in lower case."""

    path: str
    headers: Headers
    body: bytes
    method: str = "POST"


Reply = Callable[["Conversation"], None]
"""Answers one request by writing to its connection."""


@dataclass
class Conversation:
    """One request, the raw connection to answer on, and when to give up."""

    request: Request
    write: Callable[[bytes], object]
    ended: Event


def status(code: int, headers: Headers | None = None, body: bytes = b"") -> Reply:
    """An ordinary answer."""
    lines = [f"HTTP/1.1 {code} X", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    answer = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
    return lambda conversation: conversation.write(answer)


def slowly(then: Reply, seconds: float = 0.03) -> Reply:
    """Answer after a while."""

    def reply(conversation: Conversation) -> None:
        conversation.ended.wait(seconds)
        then(conversation)

    return reply


def hang() -> Reply:
    """Accept the request and say nothing."""
    return lambda conversation: conversation.ended.wait()


def drip(every: float = 0.02, head: bytes = b"HTTP/1.1 200 OK\r\n") -> Reply:
    """Send one header line after another, for ever."""

    def reply(conversation: Conversation) -> None:
        conversation.write(head)
        while not conversation.ended.wait(every):
            conversation.write(b"x")

    return reply


def drip_body(every: float = 0.02) -> Reply:
    """Answer 200 at once, then send its body byte by byte, for ever."""
    return drip(every, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")


def flood(total: int = 200_000_000) -> Reply:
    """Answer 200 with a huge body."""

    def reply(conversation: Conversation) -> None:
        conversation.write(f"HTTP/1.1 200 OK\r\nContent-Length: {total}\r\n\r\n".encode())
        for _ in range(total // 1_000_000):
            conversation.write(b"x" * 1_000_000)

    return reply


def gated(gate: Event, then: Reply) -> Reply:
    """Answer only when the gate is opened."""

    def reply(conversation: Conversation) -> None:
        while not gate.wait(0.02) and not conversation.ended.is_set():
            pass
        then(conversation)

    return reply


@dataclass
class ScriptedReceiver:
    """Answers the first request with the first reply, and so on; the last reply goes on for ever.

    A context manager. ``requests`` is what came, in order of arrival.
    """

    script: Sequence[Reply]
    port: int = 0
    tls: ssl.SSLContext | None = None
    requests: list[Request] = field(default_factory=list)
    _ended: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), _handler(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port = self._server.server_port
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def take(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            return self.script[min(len(self.requests), len(self.script)) - 1]

    def webhook_ids(self) -> list[str]:
        return [request.headers["webhook-id"] for request in self.requests]

    def sequences(self) -> list[int]:
        return [int(found.rsplit("_", 1)[1]) for found in self.webhook_ids()]

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()


def _handler(receiver: ScriptedReceiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.path, headers, body, self.command)
            with suppress(OSError):
                reply = receiver.take(request)
                reply(Conversation(request, self.wfile.write, receiver._ended))

        def do_GET(self) -> None:
            self.do_POST()

        def do_PUT(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: tests look at ``requests``."""

    return Handler


@dataclass
class DrippingHandshake:
    """Accepts a connection, then sends the beginning of a TLS record byte by byte, for ever."""

    every: float = 0.02

    def __enter__(self) -> Self:
        self._ended = Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        Thread(target=self._serve, daemon=True).start()
        return self

    def _serve(self) -> None:
        with suppress(OSError):
            connection, _ = self._socket.accept()
            # a handshake record that announces 16 KiB
            connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
            while not self._ended.wait(self.every):
                connection.sendall(b"\x00")

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._socket.close()
