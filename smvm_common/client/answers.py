"""What the client returns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from smvm_common.clock import parse_rfc3339


@dataclass(frozen=True, slots=True)
class Accepted:
    """A submission's outcome. ``queued`` says that SMVM was out of reach: the request waits in the
    local dead-letter file, and ``checks`` were made here (graceful degradation); then there is no
    ``validation_id`` but the one the run will have."""

    validation_id: str
    run_id: str
    correlation_id: str
    checks: Mapping[str, Any]
    estimated_completion: datetime | None
    queued: bool = False
    replayed: bool = False

    @classmethod
    def from_answer(cls, body: Mapping[str, Any], *, replayed: bool) -> Self:
        return cls(
            validation_id=body["validation_id"],
            run_id=body["run_id"],
            correlation_id=body["correlation_id"],
            checks=body["validation_results"],
            estimated_completion=parse_rfc3339(body["estimated_completion"]),
            replayed=replayed,
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
        return cls(body["name"], body["bytes"], body["sha256"], body["content_type"])
