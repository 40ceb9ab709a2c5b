"""What a data subject's request does to a record: pure functions like those of
:mod:`smvm_common.run.transitions`. None of them is told to the receiver with more than its name."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from smvm_common.errors import TransitionError
from smvm_common.run import progress
from smvm_common.run.record import DocumentInfo, JsonObject, Run, RunStatus
from smvm_common.run.transitions import notify_update, record_event

_AT_WORK = (RunStatus.AWAITING_COMPLETION, RunStatus.INCOMPLETE, *progress.MOVING)
_IDEA = "idea.input.json"
_KEPT_OF_GATE = ("gate_decision", "confidence_score")
_KEPT_OF_DECISION = ("recommendation", "confidence_score", "decided_at", "decided_by")


def erase(run: Run, now: datetime, actor: str, reason: str | None) -> Run:
    """Forget what the run says, in whatever status it is; what was to come is cancelled. The verdicts
    stay, without the words in which they were given."""
    if run.erased_at is not None:
        return run
    stopped = run.status in _AT_WORK
    run = replace(
        run,
        status=RunStatus.CANCELLED if stopped else run.status,
        documents={},
        warnings=(),
        t0={},
        gate=run.gate and _without_words(run.gate, _KEPT_OF_GATE),
        decision=run.decision and _without_words(run.decision, _KEPT_OF_DECISION),
        final=run.final and _without_words(run.final, _KEPT_OF_DECISION),
        manual_review=None,
        erased_at=progress.run_time(run, now),
    )
    run = record_event(run, now, "privacy.erased", actor, {"reason": reason})
    return notify_update(run, now, "run.cancelled", actor) if stopped else run


def rectify(
    run: Run,
    now: datetime,
    document: DocumentInfo,
    t0: Mapping[str, Any],
    fields: Sequence[str],
    actor: str,
) -> Run:
    """The idea was corrected; ``fields`` names what, never how. ``TransitionError`` in mid-analysis."""
    require_rest(run)
    run = replace(run, documents={**run.documents, _IDEA: document}, t0=t0)
    return record_event(run, now, "privacy.rectified", actor, {"fields": list(fields)})


def require_rest(run: Run) -> None:
    """``TransitionError`` while stages read the idea."""
    if run.status in progress.MOVING:
        raise TransitionError("the analysis is under way; correct the idea when it rests")


def restrict(run: Run, now: datetime, restricted: bool, actor: str, reason: str | None) -> Run:
    """Stop processing, or resume it where it was stopped."""
    if run.restricted == restricted:
        return run
    run = replace(run, restricted=restricted)
    name = "privacy.restricted" if restricted else "privacy.restriction_lifted"
    return record_event(run, now, name, actor, {"reason": reason})


def _without_words(verdict: JsonObject, kept: Sequence[str]) -> JsonObject:
    return {name: verdict[name] for name in kept if name in verdict}
