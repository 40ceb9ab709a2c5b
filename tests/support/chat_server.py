"""A language model behind the chat-completions protocol: a real server that answers, or misbehaves.

Built on :mod:`support.receivers`, whose other replies (hang, drip, flood, status) serve as well.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from support.receivers import Conversation, Reply, ScriptedReceiver, status

READING: dict[str, Any] = {
    "domain": "finance",
    "buyer": "consumer",
    "segment": "millennials",
    "technologies": ["machine learning"],
    "regulations": ["GDPR and US state privacy laws"],
}
COMPETITORS: dict[str, Any] = {
    "companies": [
        {"name": "Pennywise Ledgers", "description": "Budgets for young households by the week"},
        {"name": "Larkspur & Co", "description": "Advice on saving, by subscription"},
    ]
}
PORTRAIT = "Checks the balance on the way to work and wants fewer surprises"


class ChatServer(ScriptedReceiver):
    """``base_url`` is what the settings name; ``asked`` the bodies that came, decoded."""

    def __init__(self, script: Sequence[Reply] = (), port: int = 0, **options: Any) -> None:
        super().__init__(list(script) or [sensible()], port, **options)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def asked(self) -> list[dict[str, Any]]:
        return [json.loads(request.body) for request in self.requests]

    def names(self) -> list[str]:
        """Which questions were asked, in order."""
        return [_name(body) for body in self.asked]


def sensible(answers: Mapping[str, Any] | None = None, tokens: int = 600) -> Reply:
    """Answer each question by its name with what is given here, or as a model may."""

    def reply(conversation: Conversation) -> None:
        body = json.loads(conversation.request.body)
        answer = (answers or {}).get(_name(body)) or _usual(body)
        completion(json.dumps(answer), tokens)(conversation)

    return reply


def completion(text: str | None, tokens: int | None = 600) -> Reply:
    """A completion with this text; ``tokens`` stand in its usage, None for no usage at all."""
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_760_000_000,
        "model": "test-model",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "finish_reason": "stop",
            }
        ],
    }
    if tokens is not None:
        spent = {"prompt_tokens": tokens - 100, "completion_tokens": 100, "total_tokens": tokens}
        body["usage"] = spent
    return status(200, {"Content-Type": "application/json"}, json.dumps(body).encode())


def _name(body: Mapping[str, Any]) -> str:
    form = body.get("response_format")
    if form is not None:
        return str(form["json_schema"]["name"])
    instruction = body["messages"][0]["content"]
    marks = {"classify": "reading", "You know companies": "competitors", "persona": "personas"}
    return next(name for mark, name in marks.items() if mark in instruction)


def _usual(body: Mapping[str, Any]) -> dict[str, Any]:
    name = _name(body)
    if name != "personas":
        return {"reading": READING, "competitors": COMPETITORS}[name]
    material = json.loads(body["messages"][1]["content"])
    lines = [{"persona": persona, "portrait": PORTRAIT} for persona in material["personas"]]
    return {"portraits": lines}
