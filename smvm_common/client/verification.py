"""For receivers: is this callback SMVM's, is it fresh, and was it here before?"""

import hmac
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

_REMEMBERED = 10_000
"""Identifiers kept to recognise what comes twice: more than SMVM retries within their memory."""


class VerificationError(Exception):
    """The callback is not SMVM's, or was tampered with, or is too old."""


@dataclass(frozen=True, slots=True)
class Callback:
    """A verified callback; ``duplicate`` if its ``webhook-id`` was seen before."""

    webhook_id: str
    kind: str
    validation_id: str
    sequence: int
    correlation_id: str
    payload: Mapping[str, Any]
    duplicate: bool


class CallbackVerifier:
    """Checks the API key and the Standard Webhooks signature with its time tolerance.

    It recognises duplicates among what this object saw. Where several processes receive, or a
    restart must not matter, keep each ``webhook_id`` in a database of your own.
    """

    def __init__(self, webhook_secret: str, api_key: str) -> None:
        self._webhook = Webhook(webhook_secret)
        self._api_key = api_key.encode()
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._lock = Lock()

    def verify(self, headers: Mapping[str, str], body: bytes) -> Callback:
        """The callback; ``VerificationError`` for anything that SMVM did not just send."""
        named = {name.lower(): value for name, value in headers.items()}
        if not hmac.compare_digest(named.get("x-api-key", "").encode(), self._api_key):
            raise VerificationError("the API key is wrong")
        try:
            self._webhook.verify(body, named)
            payload = json.loads(body)
            callback = _callback(named["webhook-id"], payload)
        except (WebhookVerificationError, ValueError) as error:
            raise VerificationError(str(error)) from error
        except (KeyError, TypeError) as error:
            raise VerificationError(f"it is signed, but no callback of SMVM: {error}") from error
        return replace(callback, duplicate=self._was_seen(callback.webhook_id))

    def forget(self, callback: Callback) -> None:
        """Call it where handling the callback failed, so that SMVM's next try is no duplicate."""
        with self._lock:
            self._seen.pop(callback.webhook_id, None)

    def _was_seen(self, webhook_id: str) -> bool:
        with self._lock:
            seen = webhook_id in self._seen
            self._seen[webhook_id] = None
            while len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
            return seen


def _callback(webhook_id: str, payload: Mapping[str, Any]) -> Callback:
    return Callback(
        webhook_id=webhook_id,
        kind="alert" if "alert_type" in payload else "update",
        validation_id=payload["validation_id"],
        sequence=payload["sequence"],
        correlation_id=payload["correlation_id"],
        payload=payload,
        duplicate=False,
    )
