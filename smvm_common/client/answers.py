"""What the client returns."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Self

import requests

from smvm_common.client.errors import UnexpectedAnswerError
from smvm_common.clock import parse_rfc3339


def document(response: requests.Response) -> dict[str, Any]:
    """The JSON object of an answer; ``UnexpectedAnswerError`` where there is none."""
    try:
        found = response.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        kind = response.headers.get("Content-Type", "no content type")
        raise UnexpectedAnswerError(f"{response.url} answered with {kind}: is it an SMVM?")
    return found


def _required(body: Mapping[str, Any], *names: str) -> list[Any]:
    """The named members; ``UnexpectedAnswerError`` naming those that are missing."""
    missing = [name for name in names if name not in body]
    if missing:
        raise UnexpectedAnswerError(f"SMVM's answer lacks {', '.join(missing)}")
    return [body[name] for name in names]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A submission's outcome.

    ``queued`` says that SMVM was out of reach: the request waits in the local dead-letter file,
    ``checks`` were made here (graceful degradation), and ``validation_id`` is the one that the run
    will have unless another project has used the same run identifier. ``replayed`` says that the
    run existed already. ``degraded`` says that the checks are done and all else begins later.
    """

    validation_id: str
    run_id: str
    correlation_id: str
    checks: Mapping[str, Any]
    estimated_completion: datetime | None
    queued: bool = False
    replayed: bool = False
    degraded: bool = False

    @classmethod
    def from_answer(cls, body: Mapping[str, Any], *, replayed: bool) -> Self:
        validation_id, run_id, correlation_id, checks, estimate = _required(
            body,
            "validation_id",
            "run_id",
            "correlation_id",
            "validation_results",
            "estimated_completion",
        )
        return cls(
            validation_id=validation_id,
            run_id=run_id,
            correlation_id=correlation_id,
            checks=checks,
            estimated_completion=parse_rfc3339(estimate),
            replayed=replayed,
            degraded=body.get("degraded", False),
        )


@dataclass(frozen=True, slots=True)
class State:
    """Where a run stands; ``gate``, ``decision`` and ``final`` once they exist. ``raw`` is the whole
    answer."""

    validation_id: str
    status: str
    progress: float
    current_stage: str
    stage_results: Mapping[str, str]
    gate: Mapping[str, Any] | None
    decision: Mapping[str, Any] | None
    final: Mapping[str, Any] | None
    warnings: tuple[str, ...]
    degraded: bool
    raw: Mapping[str, Any]

    @classmethod
    def from_answer(cls, body: Mapping[str, Any]) -> Self:
        _required(body, *(f.name for f in fields(cls) if f.name != "raw"))
        return cls(
            validation_id=body["validation_id"],
            status=body["status"],
            progress=body["progress"],
            current_stage=body["current_stage"],
            stage_results=body["stage_results"],
            gate=body["gate"],
            decision=body["decision"],
            final=body["final"],
            warnings=tuple(body["warnings"]),
            degraded=body["degraded"],
            raw=body,
        )


@dataclass(frozen=True, slots=True)
class Artifact:
    """One of the eight files; ``size`` in bytes."""

    name: str
    size: int
    sha256: str
    content_type: str

    @classmethod
    def from_answer(cls, body: Mapping[str, Any]) -> Self:
        return cls(*_required(body, "name", "bytes", "sha256", "content_type"))
