"""What reaches a server before it is a request: on the project's gunicorn, byte by byte."""

import json
import socket
import time
from contextlib import suppress
from dataclasses import dataclass

import pytest
import requests

from support.stack import RunningStack, running_stack

_RECEIVE_SECONDS = 2
_PATIENCE = 30
RUNS = "/api/v1/validation/runs"


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    with running_stack(
        tmp_path_factory.mktemp("web"),
        names=("web",),
        environment={"SMVM_RECEIVE_SECONDS": str(_RECEIVE_SECONDS), "SMVM_WEB_WORKERS": "1"},
    ) as stack:
        yield stack


@pytest.fixture(autouse=True)
def _stays_well(web):
    """Nothing may end the worker, fill its threads, leave a trace or write half a run."""
    yield
    assert requests.get(f"{web.url}/healthz", timeout=_PATIENCE).status_code == 200
    assert "Traceback" not in web.log("web")
    assert not list(web.store.list("runs/"))


@dataclass
class Answer:
    status: int
    headers: str
    body: bytes

    def problem(self) -> dict[str, object]:
        assert "application/problem+json" in self.headers.lower()
        assert b"Traceback" not in self.body
        found: dict[str, object] = json.loads(self.body)
        assert found["status"] == self.status
        return found


def connect(web: RunningStack) -> socket.socket:
    return socket.create_connection(("127.0.0.1", web.port), timeout=_PATIENCE)


def head(web: RunningStack, *lines: str, path: str = RUNS) -> bytes:
    """A submission's head with the lines given."""
    token = f"Authorization: Bearer {web.token()}"
    fixed = (f"POST {path} HTTP/1.1", "Host: x", token, "Content-Type: application/json")
    return "\r\n".join([*fixed, *lines, "", ""]).encode("latin-1")


def answer_of(sock: socket.socket) -> Answer:
    """Read one answer to its end."""
    raw = b""
    while b"\r\n\r\n" not in raw:
        piece = sock.recv(65536)
        assert piece, raw
        raw += piece
    top, _, body = raw.partition(b"\r\n\r\n")
    text = top.decode("latin-1")
    names = dict(line.lower().split(": ", 1) for line in text.split("\r\n")[1:])
    while len(body) < int(names["content-length"]):
        piece = sock.recv(65536)
        assert piece, body
        body += piece
    return Answer(int(text.split()[1]), text, body)


def exchange(web: RunningStack, *pieces: bytes) -> Answer:
    with connect(web) as sock:
        for piece in pieces:
            sock.sendall(piece)
        return answer_of(sock)


def test_ten_megabytes_that_say_so_are_refused_before_they_are_sent(web):
    answer = exchange(web, head(web, "Content-Length: 10000000"))
    assert answer.status == 413
    assert answer.problem()["type"] == "urn:smvm:problem:payload-too-large"


def test_ten_megabytes_in_chunks_are_refused_when_they_are_too_many(web):
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    with connect(web) as sock:
        sock.sendall(head(web, "Transfer-Encoding: chunked"))
        try:
            for _ in range(160):
                sock.sendall(chunk)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused meanwhile: the answer may be there still
        try:
            answer = answer_of(sock)
        except ConnectionResetError:
            return
    assert answer.status == 413
    answer.problem()


def test_a_client_library_sees_the_413_of_a_large_body(web):
    """Of as much as fits the socket's buffers; beyond them the connection may be cut."""
    headers = {"Authorization": f"Bearer {web.token()}", "Content-Type": "application/json"}
    for body in (b"x" * 300_000, (piece for piece in [b"x" * 100_000] * 3)):
        answer = requests.post(web.url + RUNS, data=body, headers=headers, timeout=_PATIENCE)
        assert answer.status_code == 413


@pytest.mark.parametrize(
    "lines",
    [
        ["Content-Length: x"],
        ["Content-Length: -1"],
        ["Content-Length: +5"],
        ["Content-Length: 5", "Content-Length: 6"],
        ["Content-Length: 5, 6"],
        ["Content-Length: 1" + "0" * 400],
        ["Content-Length: 5", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
        ["no colon"],
        ["Bad Name: x"],
        ["X-Folded: a\r\n b"],
        ["X-Null: a\x00b"],
    ],
)
def test_a_malformed_head_is_a_400(web, lines):
    answer = exchange(web, head(web, *lines))
    assert answer.status in (400, 413)
    answer.problem()


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"NONSENSE", 400),
        (b"GET / HTTP/9.9", 400),
        (b"GET / HTTP/1.1 x", 400),
        (b"G\xffT / HTTP/1.1", 400),
        (b"GET /" + b"a" * 5000 + b" HTTP/1.1", 414),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ],
)
def test_a_malformed_request_line_is_refused(web, request_line, status):
    answer = exchange(web, request_line + b"\r\nHost: x\r\n\r\n")
    assert answer.status == status
    answer.problem()


@pytest.mark.parametrize(
    "lines", [["X-Large: " + "a" * 10_000], [f"X-{number}: a" for number in range(200)]]
)
def test_huge_headers_are_a_431(web, lines):
    answer = exchange(web, head(web, "Content-Length: 2", *lines), b"{}")
    assert answer.status == 431
    answer.problem()


def test_an_unknown_transfer_coding_is_refused(web):
    answer = exchange(web, head(web, "Transfer-Encoding: gzip, chunked"), b"0\r\n\r\n")
    assert answer.status in (400, 501)
    answer.problem()


@pytest.mark.parametrize(
    "chunks", [b"zz\r\n{}\r\n0\r\n\r\n", b"2\r\n{}xx0\r\n\r\n", b"-2\r\n{}\r\n"]
)
def test_malformed_chunks_are_a_400(web, chunks):
    answer = exchange(web, head(web, "Transfer-Encoding: chunked"), chunks)
    assert answer.status == 400
    answer.problem()


def test_a_body_in_chunks_is_read_like_any_other(web):
    answer = exchange(web, head(web, "Transfer-Encoding: chunked"), b"2\r\n{}\r\n0\r\n\r\n")
    assert answer.status == 400
    assert "$.idea" in answer.problem()["errors"]


def test_a_body_that_ends_early_is_a_400(web):
    with connect(web) as sock:
        sock.sendall(head(web, "Content-Length: 100") + b'{"project_id": "P"')
        sock.shutdown(socket.SHUT_WR)
        answer = answer_of(sock)
    assert answer.status == 400
    answer.problem()


@pytest.mark.parametrize("framing", ["Content-Length: 1000", "Transfer-Encoding: chunked"])
def test_a_body_that_stalls_is_given_up(web, framing):
    began = time.monotonic()
    answer = exchange(web, head(web, framing), b"2\r\n{" if "chunked" in framing else b"{")
    assert answer.status == 400
    answer.problem()
    assert time.monotonic() - began >= _RECEIVE_SECONDS


def test_a_head_that_stalls_is_given_up(web):
    with connect(web) as sock:
        sock.sendall(b"POST /api/v1/validation/runs HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        assert sock.recv(65536) == b""


def test_clients_that_drip_do_not_keep_others_out(web):
    """More of them than the worker has threads; each sends a byte now and then."""
    drips = [connect(web) for _ in range(12)]
    try:
        for sock in drips:
            sock.sendall(head(web, "Content-Length: 1000") + b"{")
        for _ in range(3):
            for sock in drips:
                with suppress(BrokenPipeError, ConnectionResetError):
                    sock.sendall(b" ")
            answer = requests.get(f"{web.url}/healthz", timeout=_PATIENCE)
            assert answer.status_code == 200
    finally:
        for sock in drips:
            sock.close()


def test_a_client_that_leaves_in_mid_body_is_forgotten(web):
    for _ in range(20):
        with connect(web) as sock:
            sock.sendall(head(web, "Content-Length: 1000") + b"{")


def test_a_hostile_path_is_a_404(web):
    for path in ("/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/docs/..%2f..%2fsetup.cfg"):
        answer = exchange(web, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert answer.status == 404
        answer.problem()


def test_a_header_cannot_be_smuggled_through_the_correlation_id(web):
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Correlation-ID: a%0d%0aSet-Cookie: b\r\n\r\n"
    answer = exchange(web, request)
    assert "set-cookie" not in answer.headers.lower()


def test_pipelined_requests_after_a_refused_body_are_not_taken_for_its_bytes(web):
    first = head(web, "Content-Length: 2") + b"[]"
    with connect(web) as sock:
        sock.sendall(first + b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = answer_of(sock)
        assert answer.status == 400
        rest = b""
        while piece := sock.recv(65536):
            rest += piece
    assert rest == b"" or rest.startswith(b"HTTP/1.1 200")
