"""The one shape of a stage: a name, a time limit, and a function from documents to documents."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from smvm_common.settings import SimulationSettings
from smvm_workers.alerts import Alert as Alert
from smvm_workers.engine.gate import GateCriteria
from smvm_workers.engine.utility import DecisionRule
from smvm_workers.providers.base import Provider
from smvm_workers.providers.offline import OfflineProvider

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rules:
    """By what the gate and the decision judge: the operator's settings. An alert goes out for a risk
    whose score reaches ``risk_escalation``."""

    gate: GateCriteria = field(default_factory=GateCriteria)
    final: DecisionRule = field(default_factory=DecisionRule)
    risk_escalation: float = 0.6


@dataclass(frozen=True, slots=True)
class StageInput:
    """What a stage may know.

    ``documents`` holds the documents named in the stage's ``reads`` that exist (a rapid stage that
    timed out leaves its document out, and then its name stands in ``missing``).
    ``observations`` are the observed-traction records, oldest first. ``seed`` comes from the run.
    ``created_at`` is the time of the analysis round: the only time a stage may write down.
    ``provider`` reads the idea and knows the market; what it says of one run never changes.
    ``parts`` holds what other workers computed of the stage, by name.
    """

    run_id: str
    validation_id: str
    project_id: str
    seed: int
    round: int
    created_at: datetime
    documents: Mapping[str, Document]
    observations: tuple[Document, ...] = ()
    missing: tuple[str, ...] = ()
    provider: Provider = field(default_factory=OfflineProvider)
    rules: Rules = field(default_factory=Rules)
    simulation: SimulationSettings = field(default_factory=SimulationSettings)
    parts: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StageOutput:
    """What a stage hands back.

    ``documents`` maps each name in ``writes`` to a JSON-ready mapping, or to bytes for a PDF; the
    runner adds the envelope (schema_version, ids, created_at, engine, data_class, retention_days),
    the stage puts ``sources`` in. ``summary`` goes into the run record (the gate's matrix, the
    decision); ``warnings`` are shown in the status.
    """

    documents: Mapping[str, Document | bytes]
    summary: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    alerts: tuple[Alert, ...] = ()


@dataclass(frozen=True, slots=True)
class Sharing:
    """How workers share a stage. ``outstanding`` names the parts to do next, given those at hand, and
    none where the stage can conclude; ``compute`` does some, one after the other. A part depends on
    nothing but the stage's input and its name; what the stage is not handed it computes itself."""

    outstanding: Callable[[StageInput], tuple[str, ...]]
    compute: Callable[[StageInput, Sequence[str]], Iterator[tuple[str, bytes]]]


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the pipeline. ``reads`` and ``writes`` are document names."""

    name: str
    title: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    time_limit: timedelta
    run: Callable[[StageInput], StageOutput]
    sharing: Sharing | None = None
