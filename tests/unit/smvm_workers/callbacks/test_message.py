import json
from datetime import timedelta

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from smvm_common.clock import SystemClock
from smvm_common.identifiers import RunKey
from smvm_common.run import transitions
from smvm_common.run.serialization import from_bytes, to_bytes
from smvm_common.settings import TenantSettings
from smvm_workers.callbacks.message import headers_of, message_of
from support.runs import KEY, T0, new_run

TENANT = TenantSettings("the-key", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
GUIDE_FIELDS = {
    "validation_id",
    "status",
    "progress",
    "current_stage",
    "estimated_completion",
    "stage_results",
}


def run_with_update(**options):
    run = new_run(**options)
    return transitions.complete_stage(run, T0, "persona_synthesis", {}, {})


def only_message(run):
    (event,) = [e for e in run.events if e.callback]
    return message_of(run, event)


def test_an_update_has_the_guides_fields_and_those_that_order_it():
    payload = json.loads(only_message(run_with_update()).body)
    assert payload.keys() == GUIDE_FIELDS | {
        "run_status",
        "sequence",
        "occurred_at",
        "correlation_id",
    }
    assert payload["status"] == "running"
    assert payload["sequence"] == 1
    assert payload["occurred_at"] == "2026-03-02T14:30:52Z"


def test_an_alert_has_its_type_severity_message_and_context():
    run = transitions.raise_alert(
        new_run(), T0, "risk_escalation", "critical", "Größe unklar", {"x": 1}
    )
    message = only_message(run)
    payload = json.loads(message.body)
    assert message.url == "https://receiver.example/hook/validation/alert"
    assert payload == {
        "validation_id": KEY.validation_id,
        "alert_type": "risk_escalation",
        "severity": "critical",
        "message": "Größe unklar",
        "context": {"x": 1},
        "sequence": 1,
        "occurred_at": "2026-03-02T14:30:52Z",
        "correlation_id": "CORR-1",
    }


def test_the_same_event_read_back_gives_the_same_bytes():
    run = run_with_update()
    assert only_message(from_bytes(to_bytes(run))) == only_message(run)


@pytest.mark.parametrize("base", ["https://r.example/hook", "https://r.example/hook/"])
def test_the_path_is_appended_to_the_callback_url(base):
    message = only_message(run_with_update(callback_url=base))
    assert message.url == "https://r.example/hook/validation/update"


def test_the_identifier_names_the_run_and_another_tenant():
    other = RunKey("acme", KEY.project_id, KEY.run_id, KEY.validation_id)
    assert only_message(run_with_update()).webhook_id == f"msg_{KEY.validation_id}_1"
    message = only_message(run_with_update(key=other))
    assert message.webhook_id == f"msg_acme_{KEY.validation_id}_1"


def test_the_signature_verifies_and_a_changed_byte_does_not():
    message = only_message(run_with_update())
    headers = headers_of(message, TENANT, SystemClock().now())
    webhook = Webhook(TENANT.webhook_secret)
    assert webhook.verify(message.body, headers) == json.loads(message.body)
    with pytest.raises(WebhookVerificationError):
        webhook.verify(message.body.replace("running", "runninG"), headers)


def test_a_signature_of_yesterday_is_too_old():
    message = only_message(run_with_update())
    headers = headers_of(message, TENANT, SystemClock().now() - timedelta(days=1))
    with pytest.raises(WebhookVerificationError):
        Webhook(TENANT.webhook_secret).verify(message.body, headers)


def test_the_headers_carry_key_correlation_and_sender():
    headers = headers_of(only_message(run_with_update()), TENANT, T0)
    assert headers["X-API-Key"] == "the-key"
    assert headers["X-Correlation-ID"] == "CORR-1"
    assert headers["User-Agent"].startswith("SMVM/")
    assert headers["webhook-timestamp"] == str(int(T0.timestamp()))
