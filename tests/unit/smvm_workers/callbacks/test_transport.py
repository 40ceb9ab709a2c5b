import socket
import time
from threading import Event

import pytest

from smvm_common.callback_urls import CallbackUrlPolicy
from smvm_workers.callbacks.transport import CallbackTransport, resolve
from support.certificates import server_context
from support.receivers import (
    DrippingHandshake,
    ScriptedReceiver,
    drip,
    drip_body,
    flood,
    hang,
    status,
)
from support.servers import free_port

BODY = b'{"validation_id":"VAL-1"}'
LIMIT = 0.4


def transport(*allowed, **options):
    return CallbackTransport(CallbackUrlPolicy(allowed), 0.3, LIMIT, **options)


def post(receiver, **options):
    return transport(receiver.host, **options).post(receiver.url, BODY, {"X-API-Key": "k"})


def to_loopback(host, port):
    return ["127.0.0.1"]


def test_the_request_is_the_callers_and_no_more():
    with ScriptedReceiver([status(204)]) as receiver:
        answer = post(receiver)
    (request,) = receiver.requests
    assert answer.delivered
    assert (request.path, request.body) == ("/hook", BODY)
    assert request.headers["x-api-key"] == "k"
    assert request.headers["host"] == receiver.host
    assert "cookie" not in request.headers


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_a_redirect_is_a_failure_and_not_followed(code):
    with ScriptedReceiver([status(200)]) as elsewhere:
        reply = status(code, {"Location": elsewhere.url})
        with ScriptedReceiver([reply]) as receiver:
            answer = post(receiver)
    assert (answer.status, answer.delivered) == (code, False)
    assert elsewhere.requests == []


@pytest.mark.parametrize("reply", [hang(), drip()], ids=["hang", "drip"])
def test_an_attempt_ends_in_time_whatever_the_receiver_does(reply):
    with ScriptedReceiver([reply]) as receiver:
        began = time.monotonic()
        answer = post(receiver)
        took = time.monotonic() - began
    assert (answer.status, answer.reason) == (None, "timed out")
    assert 0.9 * LIMIT < took < LIMIT + 0.5


def test_a_tls_handshake_that_drips_ends_in_time():
    with DrippingHandshake() as receiver:
        url = f"https://receiver.example:{receiver.port}/hook"
        sender = transport(f"receiver.example:{receiver.port}", resolve=to_loopback)
        began = time.monotonic()
        answer = sender.post(url, BODY, {})
        took = time.monotonic() - began
    assert (answer.status, answer.reason) == (None, "timed out")
    assert took < LIMIT + 0.5


@pytest.mark.parametrize("reply", [drip_body(), flood()], ids=["drip", "flood"])
def test_a_2xx_counts_and_its_body_holds_nobody(reply):
    with ScriptedReceiver([reply]) as receiver:
        began = time.monotonic()
        answer = post(receiver)
        took = time.monotonic() - began
    assert answer.delivered
    assert took < LIMIT + 0.5


def test_a_closed_port_is_a_failure_with_its_reason():
    port = free_port()
    answer = transport("127.0.0.1").post(f"http://127.0.0.1:{port}/hook", BODY, {})
    assert answer.status is None
    assert "refused" in answer.reason


def test_retry_after_is_handed_on():
    with ScriptedReceiver([status(429, {"Retry-After": "7"})]) as receiver:
        assert post(receiver).retry_after == "7"


@pytest.mark.parametrize("reply", [b"SSH-2.0-x\r\n", b"HTTP/1.1 abc\r\n\r\n", b""])
def test_what_is_not_http_is_a_failure(reply):
    with ScriptedReceiver([lambda conversation: conversation.write(reply)]) as receiver:
        assert post(receiver).status is None


def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    with ScriptedReceiver([status(200)]) as receiver:
        assert post(receiver).delivered


def test_a_name_that_resolves_to_a_private_address_is_never_connected_to():
    with ScriptedReceiver([status(200)]) as receiver:
        answer = transport(resolve=to_loopback).post("https://receiver.example/hook", BODY, {})
    assert answer.reason == "the callback host resolves to an address that is not public"
    assert receiver.requests == []


def test_one_private_address_among_public_ones_is_enough_to_refuse():
    sender = transport(resolve=lambda host, port: ["8.8.8.8", "169.254.169.254"])
    answer = sender.post("https://receiver.example/hook", BODY, {})
    assert "not public" in answer.reason


def test_the_name_is_resolved_once_and_the_checked_address_used():
    asked = []

    def flip(host, port):
        asked.append(host)
        return ["127.0.0.1"]

    with ScriptedReceiver([status(200)]) as receiver:
        sender = transport(f"receiver.example:{receiver.port}", resolve=flip)
        answer = sender.post(f"http://receiver.example:{receiver.port}/hook", BODY, {})
    assert answer.delivered
    assert asked == ["receiver.example"]
    assert receiver.requests[0].headers["host"] == f"receiver.example:{receiver.port}"


def test_the_next_address_is_tried_where_the_first_does_not_answer():
    with ScriptedReceiver([status(200)]) as receiver:
        host = f"receiver.example:{receiver.port}"
        # nothing listens on this port of the second loopback address
        sender = transport(host, resolve=lambda name, port: ["127.0.0.2", "127.0.0.1"])
        assert sender.post(f"http://{host}/hook", BODY, {}).delivered


def test_tls_is_checked_against_the_name_and_not_the_address(tmp_path):
    server, client = server_context(tmp_path, "receiver.example")
    with ScriptedReceiver([status(200)], tls=server) as receiver:
        allowed = [f"{name}:{receiver.port}" for name in ("receiver.example", "other.example")]
        sender = transport(*allowed, resolve=to_loopback, trust=client)
        assert sender.post(f"https://{allowed[0]}/hook", BODY, {}).delivered
        refused = sender.post(f"https://{allowed[1]}/hook", BODY, {})
    assert refused.status is None
    assert "CERTIFICATE_VERIFY_FAILED" in refused.reason
    assert len(receiver.requests) == 1


def test_a_certificate_nobody_vouches_for_is_refused(tmp_path):
    server, _ = server_context(tmp_path, "receiver.example")
    with ScriptedReceiver([status(200)], tls=server) as receiver:
        host = f"receiver.example:{receiver.port}"
        answer = transport(host, resolve=to_loopback).post(f"https://{host}/hook", BODY, {})
    assert "CERTIFICATE_VERIFY_FAILED" in answer.reason
    assert receiver.requests == []


def test_a_name_that_cannot_be_one_is_a_failure():
    with pytest.raises(OSError, match="not a host name"):
        resolve("a..b", 443)


def test_a_resolver_that_fails_is_a_failure_of_the_attempt():
    def fail(host, port):
        raise socket.gaierror("no such name")

    answer = transport(resolve=fail).post("https://receiver.example/hook", BODY, {})
    assert "no such name" in answer.reason


def test_no_connection_is_left_open_after_an_attempt():
    closed = Event()

    def wait_for_end(conversation):
        status(200)(conversation)
        closed.set()

    with ScriptedReceiver([wait_for_end]) as receiver:
        assert post(receiver).delivered
        assert closed.wait(1)
        assert receiver.requests[0].headers["connection"] == "close"
