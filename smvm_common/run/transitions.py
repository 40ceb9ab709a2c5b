"""The state machine of a run: pure functions from one record to the next.

Each takes the record and the real time and returns the next record with its audit events, or raises
``TransitionError`` where :data:`ALLOWED` does not permit it. Times written down are in the run's own
time (see :func:`smvm_common.run.progress.run_time`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from smvm_common.clock import rfc3339
from smvm_common.errors import TransitionError
from smvm_common.run import progress
from smvm_common.run.record import (
    DocumentInfo,
    Event,
    EvidenceReference,
    JsonObject,
    ManualReview,
    Run,
    RunStatus,
    StageState,
    StageStatus,
)
from smvm_common.run.stages import CLOSING_STAGES, RAPID_STAGES, SIMULATED_STAGES

S = RunStatus

ALLOWED: Mapping[str, frozenset[RunStatus]] = {
    "complete_stage": frozenset({S.ACCEPTED, S.RUNNING}),
    "time_out_stage": frozenset({S.ACCEPTED, S.RUNNING}),
    "fail": frozenset({S.ACCEPTED, S.RUNNING}),
    "miss_gate": frozenset({S.ACCEPTED, S.RUNNING}),
    "postpone_gate": frozenset({S.ACCEPTED}),
    "start_round": frozenset({S.AWAITING_COMPLETION, S.INCOMPLETE}),
    "complete": frozenset({S.AWAITING_COMPLETION}),
    "finalize": frozenset({S.COMPLETED}),
    "cancel": frozenset({S.ACCEPTED, S.RUNNING, S.AWAITING_COMPLETION, S.INCOMPLETE}),
    "append_evidence": frozenset({S.ACCEPTED, S.RUNNING, S.AWAITING_COMPLETION, S.INCOMPLETE}),
    "resume": frozenset({S.FAILED, S.INCOMPLETE}),
    "advance_clock": frozenset(S) - {S.CANCELLED},
}
"""Which statuses permit which transition."""

_CALLBACK_STATUS = {
    S.ACCEPTED: "running",
    S.RUNNING: "running",
    S.AWAITING_COMPLETION: "running",
    S.COMPLETED: "completed",
    S.FINALIZED: "completed",
    S.INCOMPLETE: "failed",
    S.FAILED: "failed",
    S.CANCELLED: "failed",
}
"""The guide's update callback knows three statuses; the exact one travels beside as run_status."""


def require(run: Run, transition: str) -> None:
    """Raise ``TransitionError`` unless the run's status permits the transition."""
    if run.restricted and transition != "cancel":
        raise TransitionError("processing of this run is restricted at its data subject's request")
    if run.status not in ALLOWED[transition]:
        raise TransitionError(
            f"{transition.replace('_', ' ')} is not possible while the run is {run.status.value}"
        )


def record_event(
    run: Run,
    now: datetime,
    name: str,
    actor: str,
    data: JsonObject,
    callback: Literal["update", "alert"] | None = None,
) -> Run:
    """Append one audit event; a callback event also takes the next callback sequence number."""
    number = 1 + sum(event.callback is not None for event in run.events)
    event = Event(
        sequence=len(run.events) + 1,
        occurred_at=progress.run_time(run, now),
        name=name,
        actor=actor,
        data=data,
        callback=callback,
        callback_sequence=number if callback else None,
    )
    return replace(run, events=(*run.events, event), updated_at=now)


def notify_update(run: Run, now: datetime, name: str, actor: str = "smvm") -> Run:
    """Append an update callback that shows the run as it is now."""
    estimate = progress.estimated_completion(run, progress.run_time(run, now))
    data = {
        "status": _CALLBACK_STATUS[run.status],
        "run_status": run.status.value,
        "progress": progress.progress(run),
        "current_stage": progress.current_stage(run),
        "estimated_completion": rfc3339(estimate),
        "stage_results": progress.stage_results(run),
    }
    return record_event(run, now, name, actor, data, "update")


def raise_alert(
    run: Run, now: datetime, alert_type: str, severity: str, message: str, context: JsonObject
) -> Run:
    """Append an alert callback; ``alert_type`` is one of the guide's four."""
    data = {
        "alert_type": alert_type,
        "severity": severity,
        "message": message,
        "context": dict(context),
    }
    return record_event(run, now, "alert.raised", "smvm", data, "alert")


def complete_stage(
    run: Run,
    now: datetime,
    stage: str,
    documents: Mapping[str, DocumentInfo],
    summary: JsonObject,
    warnings: Sequence[str] = (),
    alerts: Sequence[Mapping[str, Any]] = (),
) -> Run:
    """Note a stage done with its documents, and move the run on to what follows from it."""
    require(run, "complete_stage")
    run = run.with_stage(stage, StageState(StageStatus.COMPLETED, progress.run_time(run, now)))
    new_warnings = tuple(text for text in warnings if text not in run.warnings)
    run = replace(
        run,
        status=S.RUNNING,
        documents={**run.documents, **documents},
        warnings=run.warnings + new_warnings,
        degraded=run.degraded or bool(new_warnings),
    )
    if stage == "gate":
        run = _decide_gate(run, now, summary)
    elif stage == "decision":
        run = replace(run, decision=summary)
    elif stage == "report":
        run = _finish_round(run, now)
    for alert in alerts:
        run = raise_alert(run, now, **alert)
    return notify_update(run, now, f"stage.{stage}.completed")


def _decide_gate(run: Run, now: datetime, matrix: JsonObject) -> Run:
    gate = replace(run.timeline.gate, done_at=progress.run_time(run, now))
    run = replace(run, gate=matrix, timeline=replace(run.timeline, gate=gate))
    if run.rejected:
        for name in SIMULATED_STAGES:
            run = run.with_stage(
                name, StageState(StageStatus.SKIPPED, reason="rejected at the gate")
            )
        return run
    missed = [n for n in RAPID_STAGES if run.stages[n].status is StageStatus.TIMED_OUT]
    if missed and run.round == 1:
        return _mark_incomplete(run, now, f"the gate was decided without {', '.join(missed)}")
    return run


def _mark_incomplete(run: Run, now: datetime, reason: str) -> Run:
    review = ManualReview(progress.run_time(run, now), reason)
    run = replace(run, status=S.INCOMPLETE, degraded=True, manual_review=review)
    run = record_event(run, now, "manual_review.opened", "smvm", {"reason": reason})
    return raise_alert(run, now, "timeline_slip", "warning", reason, {"deadline": "gate"})


def _finish_round(run: Run, now: datetime) -> Run:
    if run.rejected:
        return _mark_completed(run, now)
    if run.completing and any(reference.round == 0 for reference in run.evidence):
        # it was acknowledged for the next analysis, and there would be none
        reason = {"reason": "evidence that came during the last analysis"}
        return _reopen(run, now, "round.started", "smvm", reason, new_round=True)
    if run.completing:
        return _mark_completed(run, now)
    return replace(run, status=S.AWAITING_COMPLETION)


def _mark_completed(run: Run, now: datetime) -> Run:
    completion = replace(run.timeline.completion, done_at=progress.run_time(run, now))
    timeline = replace(run.timeline, completion=completion)
    return replace(run, status=S.COMPLETED, completing=False, timeline=timeline)


def time_out_stage(run: Run, now: datetime, stage: str, reason: str) -> Run:
    """Leave a rapid stage out, so that the gate can be decided on what there is."""
    require(run, "time_out_stage")
    state = StageState(StageStatus.TIMED_OUT, progress.run_time(run, now), reason)
    run = replace(run.with_stage(stage, state), status=S.RUNNING, degraded=True)
    return notify_update(run, now, f"stage.{stage}.timed_out")


def miss_gate(run: Run, now: datetime) -> Run:
    """The deadline passed with no gate decision: keep what exists and ask for a person."""
    require(run, "miss_gate")
    run = _mark_incomplete(run, now, "no gate decision within the deadline after acceptance")
    return notify_update(run, now, "gate.missed")


def postpone_gate(run: Run, now: datetime, allowance: timedelta) -> Run:
    """Nothing ran before the deadline because SMVM was down: give the run its time from now."""
    require(run, "postpone_gate")
    due = progress.run_time(run, now) + allowance
    timeline = replace(run.timeline, gate=replace(run.timeline.gate, due_at=due))
    run = replace(run, timeline=timeline, degraded=True)
    message = "processing began late; the gate is due later than three minutes after acceptance"
    return raise_alert(run, now, "timeline_slip", "warning", message, {"gate_due": rfc3339(due)})


def fail(run: Run, now: datetime, stage: str, reason: str) -> Run:
    """A stage could not be done after its bounded tries."""
    require(run, "fail")
    state = StageState(StageStatus.FAILED, progress.run_time(run, now), reason)
    review = ManualReview(progress.run_time(run, now), f"{stage}: {reason}")
    run = replace(
        run.with_stage(stage, state), status=S.FAILED, degraded=True, manual_review=review
    )
    message = f"stage {stage} failed; partial results are kept and a manual review is open"
    run = raise_alert(run, now, "timeline_slip", "critical", message, {"stage": stage})
    return notify_update(run, now, "run.failed")


def start_round(run: Run, now: datetime, reason: str) -> Run:
    """Analyse again with the evidence gathered; the round that follows completes the run."""
    require(run, "start_round")
    run = replace(run, completing=True)
    return _reopen(run, now, "round.started", "smvm", {"reason": reason}, new_round=True)


def resume(run: Run, now: datetime, actor: str, allowance: timedelta) -> Run:
    """Try again what failed or was left out; a gate still undecided is due ``allowance`` from now."""
    require(run, "resume")
    run = replace(run, manual_review=None)
    if run.gate is None:
        due = progress.run_time(run, now) + allowance
        run = replace(
            run, timeline=replace(run.timeline, gate=replace(run.timeline.gate, due_at=due))
        )
    return _reopen(run, now, "run.resumed", actor, {}, new_round=run.gate is not None)


def _reopen(
    run: Run, now: datetime, name: str, actor: str, data: JsonObject, *, new_round: bool
) -> Run:
    again = set(SIMULATED_STAGES + CLOSING_STAGES)
    again |= {n for n in RAPID_STAGES if run.stages[n].status is not StageStatus.COMPLETED}
    if again & set(RAPID_STAGES):
        again.add("gate")
    stages = {n: StageState() if n in again else state for n, state in run.stages.items()}
    started = progress.run_time(run, now)
    number = run.round + 1 if new_round else run.round
    evidence = tuple(e if e.round else replace(e, round=number) for e in run.evidence)
    run = replace(
        run,
        status=S.RUNNING,
        stages=stages,
        round=number,
        round_started_at=started,
        evidence=evidence,
    )
    return record_event(run, now, name, actor, {**data, "round": number})


def complete(run: Run, now: datetime, actor: str, note: str | None) -> Run:
    """Accept the latest analysis as the complete one, ahead of T0+30 days."""
    require(run, "complete")
    if any(reference.round == 0 for reference in run.evidence):
        raise TransitionError("evidence has arrived that no analysis has used yet")
    run = _mark_completed(run, now)
    if note:
        run = record_event(run, now, "run.note", actor, {"note": note})
    return notify_update(run, now, "run.completed", actor)


def finalize(run: Run, now: datetime, actor: str) -> Run:
    """Make the decision of the completed analysis final; the first decision stands."""
    require(run, "finalize")
    moment = progress.run_time(run, now)
    final = {**(run.decision or {}), "decided_at": rfc3339(moment), "decided_by": actor}
    timeline = replace(run.timeline, final=replace(run.timeline.final, done_at=moment))
    run = replace(run, status=S.FINALIZED, final=final, timeline=timeline)
    return notify_update(run, now, "run.finalized", actor)


def cancel(run: Run, now: datetime, actor: str, reason: str | None) -> Run:
    """Stop the run where it is; what exists is kept."""
    require(run, "cancel")
    run = replace(run, status=S.CANCELLED)
    run = record_event(run, now, "run.cancel_requested", actor, {"reason": reason})
    return notify_update(run, now, "run.cancelled", actor)


def append_evidence(run: Run, now: datetime, digest: str, actor: str) -> Run:
    """Add a reference to stored evidence; evidence already there changes nothing."""
    require(run, "append_evidence")
    if any(reference.sha256 == digest for reference in run.evidence):
        return run
    reference = EvidenceReference(digest, progress.run_time(run, now))
    run = replace(run, evidence=(*run.evidence, reference))
    return record_event(run, now, "evidence.received", actor, {"sha256": digest})


def advance_clock(run: Run, now: datetime, by: timedelta, actor: str) -> Run:
    """Move a sandbox run's own clock forward."""
    require(run, "advance_clock")
    if by <= timedelta(0):
        raise TransitionError("a test clock only moves forward")
    run = replace(run, clock_offset=run.clock_offset + by)
    return record_event(run, now, "clock.advanced", actor, {"seconds": by.total_seconds()})
