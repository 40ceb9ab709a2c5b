"""An SMVM in a thread that answers as it is told: for tests of the client."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from support.receivers import Reply, Request, ScriptedReceiver, status

Json = Mapping[str, Any]


def answer(code: int, body: Json | None = None, **headers: str) -> Reply:
    """JSON with a status; ``Retry_After`` stands for the header Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    kind = "application/problem+json" if code >= 400 else "application/json"
    content = json.dumps(body if body is not None else {}).encode()
    # the server ends each conversation: a client that kept the connection could meet its end
    return status(code, {"Content-Type": kind, "Connection": "close", **named}, content)


def problem(code: int, detail: str = "no", **headers: str) -> Reply:
    """A problem as SMVM answers it."""
    return answer(code, {"type": "about:blank", "status": code, "detail": detail}, **headers)


def hang_up() -> Reply:
    """Close the connection without a word."""
    return lambda conversation: None


def accepted(request: Request) -> Json:
    """The answer to a submission."""
    body = json.loads(request.body)
    return {
        "validation_id": "VAL-" + body["run_id"].removeprefix("RUN-") + "-001",
        "run_id": body["run_id"],
        "correlation_id": body["correlation_id"],
        "estimated_completion": "2026-03-02T14:33:52Z",
        "validation_results": {"schema_compliance": "passed"},
        "degraded": False,
    }


def accept(code: int = 201, **headers: str) -> Reply:
    """Accept whatever is submitted."""
    return lambda talk: answer(code, accepted(talk.request), **headers)(talk)


def choose(pick: Callable[[Request], Reply]) -> Reply:
    """Answer by what is asked."""
    return lambda talk: pick(talk.request)(talk)


def state(**changes: Any) -> Json:
    """The answer of ``status``."""
    return {
        "validation_id": "VAL-20260302-143052-a1b2c3d4-001",
        "status": "running",
        "progress": 0.5,
        "current_stage": "gate",
        "stage_results": {},
        "gate": None,
        "decision": None,
        "final": None,
        "warnings": [],
        "degraded": False,
        **changes,
    }


@dataclass
class Naps:
    """A ``sleep`` that returns at once and remembers what was asked."""

    seconds: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def serving(*script: Reply) -> ScriptedReceiver:
    """A server with this script; its base URL is ``http://{server.host}``."""
    return ScriptedReceiver(script)


def bodies(requests: Sequence[Request]) -> list[Json]:
    """The JSON bodies, in order of arrival."""
    return [json.loads(request.body) for request in requests if request.body]
