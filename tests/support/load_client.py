"""A lean HTTP/1.1 client over keep-alive sockets, so that the client is not what is measured."""

import multiprocessing
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class LoadResult:
    """``latencies`` in seconds, one per request; ``elapsed`` in seconds over all connections."""

    latencies: tuple[float, ...]
    statuses: dict[int, int]
    elapsed: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.latencies) / self.elapsed

    def percentile(self, share: float) -> float:
        """The latency that this share of requests did not exceed, in milliseconds."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def request_bytes(
    method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def run_load(
    port: int,
    make_request: Callable[[int, int], bytes],
    *,
    connections: int,
    requests_each: int,
    accept: Sequence[int] = (200, 201),
) -> LoadResult:
    """Send ``connections * requests_each`` requests; ``RuntimeError`` for any other status.

    ``make_request(connection, number)`` gives the raw bytes; each connection is its own process.
    """
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    barrier = context.Barrier(connections + 1)

    def work(index: int) -> None:
        payloads = [make_request(index, number) for number in range(requests_each)]
        connection = _Connection(port)
        barrier.wait()
        queue.put([connection.exchange(payload) for payload in payloads])

    processes = [context.Process(target=work, args=(i,), daemon=True) for i in range(connections)]
    for process in processes:
        process.start()
    barrier.wait()
    began = time.perf_counter()
    answers = [answer for _ in processes for answer in queue.get()]
    elapsed = time.perf_counter() - began
    statuses: dict[int, int] = {}
    for status, _ in answers:
        statuses[status] = statuses.get(status, 0) + 1
    if set(statuses) - set(accept):
        raise RuntimeError(f"unexpected statuses: {statuses}")
    return LoadResult(tuple(latency for _, latency in answers), statuses, elapsed)


class _Connection:
    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = self._connect()

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=30)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def exchange(self, payload: bytes) -> tuple[int, float]:
        """Send one request and read its whole answer; status and seconds taken."""
        began = time.perf_counter()
        self._socket.sendall(payload)
        head, body = self._read_head()
        headers = head.lower()
        missing = _content_length(headers) - len(body)
        while missing > 0:
            chunk = self._socket.recv(65536)
            if not chunk:
                raise ConnectionError("the server closed in mid-answer")
            missing -= len(chunk)
        taken = time.perf_counter() - began
        if b"connection: close" in headers:
            self._socket.close()
            self._socket = self._connect()
        return int(head[9:12]), taken

    def _read_head(self) -> tuple[bytes, bytes]:
        data = b""
        while b"\r\n\r\n" not in data:
            chunk = self._socket.recv(65536)
            if not chunk:
                raise ConnectionError("the server closed before answering")
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        return head, body


def _content_length(headers: bytes) -> int:
    marker = b"content-length:"
    if marker not in headers:
        return 0
    return int(headers.split(marker, 1)[1].split(b"\r\n", 1)[0])
