"""The run record, ``validation_summary.json``: everything SMVM knows of where a run stands.

Immutable; :mod:`smvm_common.run.transitions` makes the next record from the last, and
:class:`smvm_common.run.repository.RunRepository` writes it by compare-and-swap.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from smvm_common.identifiers import RunKey

JsonObject = Mapping[str, Any]


class RunStatus(StrEnum):
    ACCEPTED = "accepted"
    RUNNING = "running"
    AWAITING_COMPLETION = "awaiting_completion"
    COMPLETED = "completed"
    INCOMPLETE = "incomplete"
    FAILED = "failed"
    FINALIZED = "finalized"
    CANCELLED = "cancelled"


class StageStatus(StrEnum):
    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    SKIPPED = "skipped"
    TIMED_OUT = "timed_out"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A stored document; ``sha256`` in hex, ``size`` in bytes. ``etag`` names the version in the store
    to whoever replaces it; no version has the default one."""

    sha256: str
    size: int
    content_type: str
    etag: str = field(default='"none"', compare=False)


@dataclass(frozen=True, slots=True)
class StageState:
    status: StageStatus = StageStatus.PENDING
    finished_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Milestone:
    """A point of the timeline, in the run's own time."""

    due_at: datetime
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """T0, T0+3 min, T0+30 days and T32."""

    accepted: Milestone
    gate: Milestone
    completion: Milestone
    final: Milestone


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the run's audit trail, and, where ``callback`` is set, a callback to deliver.

    ``sequence`` rises by one per run; ``callback_sequence`` rises by one per callback of the run.
    ``origin`` says from where and with which token it was asked for; ``digest`` links it to the events
    before it (:mod:`smvm_common.audit.chain`). Both are set when the record is written.
    """

    sequence: int
    occurred_at: datetime
    name: str
    actor: str
    data: JsonObject
    callback: Literal["update", "alert"] | None = None
    callback_sequence: int | None = None
    origin: JsonObject | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceReference:
    """Evidence received; ``round`` is the analysis round that had used it first, 0 for none yet."""

    sha256: str
    received_at: datetime
    round: int = 0


@dataclass(frozen=True, slots=True)
class ManualReview:
    """Somebody must look at the run."""

    opened_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Run:
    """A validation run. ``clock_offset`` is how far a sandbox advanced this run's own clock;
    ``restricted`` says that its data subject had processing stopped, ``erased_at`` when all that it
    said was erased."""

    key: RunKey
    correlation_id: str
    request_digest: str
    callback_url: str
    status: RunStatus
    t0: JsonObject
    timeline: Timeline
    updated_at: datetime
    round_started_at: datetime
    stages: Mapping[str, StageState]
    documents: Mapping[str, DocumentInfo] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    evidence: tuple[EvidenceReference, ...] = ()
    warnings: tuple[str, ...] = ()
    gate: JsonObject | None = None
    decision: JsonObject | None = None
    final: JsonObject | None = None
    manual_review: ManualReview | None = None
    round: int = 1
    completing: bool = False
    degraded: bool = False
    mock: bool = False
    clock_offset: timedelta = timedelta(0)
    restricted: bool = False
    erased_at: datetime | None = None

    @property
    def accepted_at(self) -> datetime:
        return self.timeline.accepted.due_at

    @property
    def rejected(self) -> bool:
        """Whether the gate turned the idea down."""
        return self.gate is not None and self.gate["gate_decision"] == "reject"

    def with_stage(self, name: str, state: StageState) -> "Run":
        return replace(self, stages={**self.stages, name: state})
