"""The receiver over HTTP: verifies, keeps each callback once, and answers what is not one."""

import base64
import json
import socket
from datetime import UTC, datetime

import pytest
import requests
from standardwebhooks import Webhook

from smvm_common.client import CallbackVerifier
from smvm_common.receiver import CallbackReceiver

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
BODY = json.dumps({"validation_id": "VAL-1", "sequence": 1, "correlation_id": "C"}).encode()


@pytest.fixture
def receiver():
    with CallbackReceiver(CallbackVerifier(SECRET, "key")) as running:
        yield running


def post(receiver, path="/validation/update", body=BODY, ident="evt_1", key="key"):
    now = datetime.now(UTC)
    headers = {
        "X-API-Key": key,
        "webhook-id": ident,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign(ident, now, body.decode()),
    }
    return requests.post(receiver.url + path, body, headers=headers, timeout=10)


def test_keeps_each_callback_once(receiver):
    assert [post(receiver).status_code for _ in range(2)] == [204, 200]
    assert post(receiver, "/validation/alert", ident="evt_2").status_code == 204
    assert [r.callback.webhook_id for r in receiver.received] == ["evt_1", "evt_2"]
    assert (receiver.duplicates, receiver.refused) == (1, 0)
    assert len(receiver.of("VAL-1")) == 2
    assert receiver.of("VAL-2") == []


def test_what_does_not_verify_is_refused(receiver):
    assert post(receiver, key="other").status_code == 401
    assert (receiver.received, receiver.refused) == ([], 1)


def test_other_paths_and_sizes_are_refused(receiver):
    assert post(receiver, "/elsewhere").status_code == 404
    assert post(receiver, body=b"x" * 300_000).status_code == 413
    with socket.create_connection(("127.0.0.1", int(receiver.url.rsplit(":", 1)[1]))) as raw:
        raw.sendall(b"POST /validation/update HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n")
        assert b" 411 " in raw.recv(200)


def test_a_callback_whose_handling_failed_is_taken_again(capsys):
    failures = [OSError("disk full")]

    def handle(callback):
        if failures:
            raise failures.pop()

    with CallbackReceiver(CallbackVerifier(SECRET, "key"), on_callback=handle) as receiver:
        with pytest.raises(requests.ConnectionError):
            post(receiver)
        assert receiver.received == []
        assert post(receiver).status_code == 204
        assert len(receiver.received) == 1
        assert receiver.duplicates == 0
