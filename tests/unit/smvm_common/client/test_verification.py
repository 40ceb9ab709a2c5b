"""Is this callback SMVM's, is it fresh, and was it here before?"""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from smvm_common.client import CallbackVerifier, VerificationError

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()
PAYLOAD = {"validation_id": "VAL-1", "sequence": 3, "correlation_id": "CORR-1", "status": "running"}


def headers(body: bytes, secret=SECRET, key="key", ident="evt_1", at=None) -> dict[str, str]:
    moment = at or datetime.now(UTC)
    return {
        "X-API-Key": key,
        "webhook-id": ident,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(ident, moment, body.decode()),
    }


def encoded(**changes) -> bytes:
    return json.dumps({**PAYLOAD, **changes}).encode()


@pytest.fixture
def verifier() -> CallbackVerifier:
    return CallbackVerifier(SECRET, "key")


def test_a_callback_of_smvm_is_read(verifier):
    body = encoded()
    found = verifier.verify({n.upper(): v for n, v in headers(body).items()}, body)
    assert (found.webhook_id, found.validation_id, found.sequence) == ("evt_1", "VAL-1", 3)
    assert (found.kind, found.correlation_id, found.payload) == ("update", "CORR-1", PAYLOAD)
    alert = encoded(alert_type="timeline_slip")
    assert verifier.verify(headers(alert, ident="evt_2"), alert).kind == "alert"


def test_what_comes_again_is_a_duplicate_until_it_is_forgotten(verifier):
    body = encoded()
    first, second = (verifier.verify(headers(body), body) for _ in range(2))
    assert (first.duplicate, second.duplicate) == (False, True)
    verifier.forget(second)
    assert not verifier.verify(headers(body), body).duplicate


def test_only_so_many_are_remembered(verifier, monkeypatch):
    monkeypatch.setattr("smvm_common.client.verification._REMEMBERED", 2)
    body = encoded()
    found = [
        verifier.verify(headers(body, ident=ident), body).duplicate
        for ident in ("a", "b", "c", "a")
    ]
    assert found == [False] * 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": OTHER},
        {"key": "other"},
        {"key": "schlüssel"},
    ],
)
def test_what_is_not_smvms_is_refused(verifier, wrong):
    body = encoded()
    with pytest.raises(VerificationError):
        verifier.verify(headers(body, **wrong), body)


@pytest.mark.parametrize("off_by", [timedelta(minutes=-6), timedelta(minutes=6)])
def test_what_is_too_old_or_from_the_future_is_refused(verifier, off_by):
    body = encoded()
    with pytest.raises(VerificationError):
        verifier.verify(headers(body, at=datetime.now(UTC) + off_by), body)


@pytest.mark.parametrize(
    "name", ["X-API-Key", "webhook-id", "webhook-timestamp", "webhook-signature"]
)
def test_each_header_is_needed(verifier, name):
    body = encoded()
    given_headers = headers(body)
    del given_headers[name]
    with pytest.raises(VerificationError):
        verifier.verify(given_headers, body)


def test_a_changed_body_or_identifier_is_refused(verifier):
    body = encoded()
    with pytest.raises(VerificationError):
        verifier.verify(headers(body), encoded(status="completed"))
    with pytest.raises(VerificationError):
        verifier.verify({**headers(body), "webhook-id": "evt_2"}, body)


@pytest.mark.parametrize("body", [b"[]", b"5", b"{}", b'"text"', b"no json"])
def test_what_is_signed_but_no_callback_is_refused_and_not_remembered(verifier, body):
    with pytest.raises(VerificationError):
        verifier.verify(headers(body), body)
    assert not verifier.verify(headers(encoded()), encoded()).duplicate


NAMES = st.sampled_from(["x-api-key", "webhook-id", "webhook-timestamp", "webhook-signature", "x"])


@given(st.dictionaries(NAMES, st.text()), st.binary())
def test_nothing_hostile_does_more_than_being_refused(sent, body):
    sent["x-api-key"] = "key"
    with pytest.raises(VerificationError):
        CallbackVerifier(SECRET, "key").verify(sent, body)
