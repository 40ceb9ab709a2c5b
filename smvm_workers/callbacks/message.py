"""What is sent: the payload of an event, its identifier, and the headers that prove where from."""

import json
from dataclasses import dataclass
from datetime import datetime

from standardwebhooks import Webhook

from smvm_common import __version__
from smvm_common.clock import rfc3339
from smvm_common.identifiers import DEFAULT_TENANT, RunKey
from smvm_common.run.record import Event, Run
from smvm_common.settings import TenantSettings


@dataclass(frozen=True, slots=True)
class Message:
    """One callback; the same bytes and the same identifier however often it is sent."""

    key: RunKey
    correlation_id: str
    url: str
    kind: str
    sequence: int
    webhook_id: str
    body: str
    occurred_at: datetime


def message_of(run: Run, event: Event) -> Message:
    """Build the callback of an event that has one."""
    sequence = event.callback_sequence or 0
    payload = {
        "validation_id": run.key.validation_id,
        **event.data,
        "sequence": sequence,
        "occurred_at": rfc3339(event.occurred_at),
        "correlation_id": run.correlation_id,
    }
    return Message(
        key=run.key,
        correlation_id=run.correlation_id,
        url=f"{run.callback_url.rstrip('/')}/validation/{event.callback}",
        kind=str(event.callback),
        sequence=sequence,
        webhook_id=_webhook_id(run.key, sequence),
        body=json.dumps(payload, separators=(",", ":"), ensure_ascii=False),
        occurred_at=event.occurred_at,
    )


def headers_of(message: Message, tenant: TenantSettings, now: datetime) -> dict[str, str]:
    """The Standard Webhooks trio, the API key and the correlation id, for an attempt at ``now``."""
    signature = Webhook(tenant.webhook_secret).sign(message.webhook_id, now, message.body)
    return {
        "Content-Type": "application/json",
        "User-Agent": f"SMVM/{__version__}",
        "X-API-Key": tenant.callback_api_key,
        "X-Correlation-ID": message.correlation_id,
        "webhook-id": message.webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }


def _webhook_id(key: RunKey, sequence: int) -> str:
    owner = "" if key.tenant == DEFAULT_TENANT else f"{key.tenant}_"
    return f"msg_{owner}{key.validation_id}_{sequence}"
