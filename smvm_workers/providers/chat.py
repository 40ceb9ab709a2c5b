"""Speaks the chat-completions protocol of OpenAI, which many servers speak too."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from smvm_common.settings import LanguageModelSettings
from smvm_workers.callbacks.policy import asked_wait
from smvm_workers.callbacks.transport import public_trust
from smvm_workers.providers.errors import (
    BusyError,
    EndpointFailedError,
    MalformedError,
    NoAnswerError,
    RefusedError,
    TooSlowError,
    UnsupportedError,
)
from smvm_workers.providers.http_exchange import Reply, Request, exchange
from smvm_workers.providers.question import Question

_ODD_FORM = (400, 415, 422)
"""What servers answer that do not know a parameter, or no longer."""
_READ_AT_MOST, _LIST_AT_MOST = 65_536, 4_000_000
"""Bytes of an answer, of which the largest that is asked for has some thousands; and of a list of
models, which some servers have by the hundred."""
_MOST_TOKENS = 10_000_000
"""No answer costs more; a server that says so is mistaken."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model wrote, and the tokens of question and answer; None where it was not told."""

    text: str
    tokens: int | None


@dataclass(frozen=True, slots=True)
class ChatEndpoint:
    """One model behind one address."""

    settings: LanguageModelSettings
    trust: ssl.SSLContext = field(default_factory=public_trust, repr=False)

    def request(self, question: Question, *, plain: bool) -> bytes:
        """The body: in full, or ``plain`` for servers that know only what all of them know."""
        structured = self.settings.structured_output and not plain
        body: dict[str, Any] = {
            "model": self.settings.model,
            "messages": question.messages(with_schema=not structured),
        }
        if plain:
            body["max_completion_tokens"] = self.settings.max_answer_tokens
        else:
            body |= {"temperature": 0, "max_tokens": self.settings.max_answer_tokens}
        if structured:
            form = {"name": question.name, "strict": True, "schema": question.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": form}
        return json.dumps(body).encode()

    def send(self, request: bytes, seconds: float) -> Completion:
        """Ask once; raises a ``NoAnswerError``."""
        reply = self._exchange("chat/completions", request, _READ_AT_MOST, seconds)
        if reply.status != 200:
            raise _refusal(reply)
        return _completion(reply.body)

    def list_models(self, seconds: float) -> int:
        """Ask for the models, which costs no tokens; the status of the answer. Raises a
        ``NoAnswerError`` where there is none."""
        return self._exchange("models", None, _LIST_AT_MOST, seconds).status

    def _exchange(self, path: str, body: bytes | None, most: int, seconds: float) -> Reply:
        url = f"{self.settings.base_url.rstrip('/')}/{path}"
        return exchange(Request(url, self._headers(), body, most), seconds, self.trust)

    def _headers(self) -> Mapping[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.settings.api_key:
            headers["Authorization"] = f"Bearer {self.settings.api_key}"
        return headers


def _refusal(reply: Reply) -> NoAnswerError:
    if reply.status in _ODD_FORM:
        return UnsupportedError()
    if reply.status in (408, 504):
        return TooSlowError(tokens=None)
    if reply.status in (429, 503):
        wait = asked_wait(reply.retry_after, datetime.now(UTC))
        return BusyError(wait=wait.total_seconds())
    return RefusedError() if reply.status < 500 else EndpointFailedError()


def _completion(body: bytes) -> Completion:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedError(tokens=None) from None
    tokens = _tokens(answer)
    match answer:
        case {"choices": [{"message": {"content": str(text)}}, *_]}:
            return Completion(text, tokens)
    raise MalformedError(tokens=tokens)


def _tokens(answer: Any) -> int | None:
    match answer:
        case {"usage": {"total_tokens": bool()}}:
            return None
        case {"usage": {"total_tokens": int(total)}} if 0 <= total <= _MOST_TOKENS:
            return total
    return None
