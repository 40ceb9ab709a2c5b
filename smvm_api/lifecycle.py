"""What a client may do to a run: add evidence, complete, finalize, cancel, advance a test clock."""

import hashlib
import json
import time
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from smvm_api.answers import answer
from smvm_api.documentation import VALIDATION_PATH, operation
from smvm_api.found import find_run
from smvm_api.guards import guarded, origin, principal, services
from smvm_api.mock_mode import apply_mock
from smvm_api.request_body import read_body
from smvm_common.contracts.requests import (
    CancelRequestSchema,
    ClockRequestSchema,
    CompleteRequestSchema,
    EvidenceRequestSchema,
)
from smvm_common.contracts.responses import EvidenceAcceptedSchema, RunStateSchema
from smvm_common.errors import ConflictError, NotFoundError, PreconditionFailedError
from smvm_common.pii import mask_text, mask_values
from smvm_common.run import transitions
from smvm_common.run.progress import MOVING
from smvm_common.run.record import Run, RunStatus

_MOST_EVIDENCE = 100
"""Evidence requests a run holds: each adds to the record that every transition rewrites."""
_ANALYSIS_WAIT = timedelta(seconds=50)
"""How long ``complete`` waits for a last analysis; the contract gives it 60 seconds in all."""
_POLL_SECONDS = 0.25

blueprint = Blueprint("lifecycle", __name__, description="Move a run on.")

_DONE = (RunStatus.COMPLETED, RunStatus.FINALIZED)


@blueprint.route("/api/v1/validation/<validation_id>/evidence", methods=["POST"])
@blueprint.doc(
    **operation(400, 404, 409, 413, 415, body=EvidenceRequestSchema, parameters=[VALIDATION_PATH])
)
@blueprint.response(202, EvidenceAcceptedSchema)
@guarded("validation:write", lambda s: s.settings.limits.other_rpm, writes=True)
def evidence(validation_id: str) -> Response:
    """Append observed traction; the next analysis uses it."""
    run = find_run(validation_id)
    body = read_body(EvidenceRequestSchema(), services().settings.limits)
    run = _append(run, body["observations"])
    document = {
        "validation_id": validation_id,
        "status": run.status.value,
        "evidence_count": len(run.evidence),
        "used_by": "the next analysis, at the latest at T0+30 days",
    }
    return answer(document, 202)


@blueprint.route("/api/v1/validation/<validation_id>/complete", methods=["PUT"])
@blueprint.doc(
    **operation(
        400,
        404,
        409,
        413,
        415,
        body=CompleteRequestSchema,
        body_required=False,
        parameters=[VALIDATION_PATH],
    )
)
@blueprint.response(200, RunStateSchema)
@guarded("validation:write", lambda s: s.settings.limits.complete_rpm, writes=True)
def complete(validation_id: str) -> Response:
    """Store the results and mark the run complete; idempotent."""
    run = find_run(validation_id)
    body = read_body(CompleteRequestSchema(), services().settings.limits, optional=True)
    note = mask_text(body["note"], Counter())
    if run.status in _DONE:
        return _state(run)
    if body["evidence"]:
        run = _append(run, body["evidence"])
    if any(reference.round == 0 for reference in run.evidence):
        return _state(_analyse_again(run, note))
    finish = partial(transitions.complete, actor=principal().subject, note=note or None)
    return _state(services().repository.update(run.key, finish, origin=origin()).after)


@blueprint.route("/api/v1/validation/<validation_id>/finalize", methods=["POST"])
@blueprint.doc(**operation(404, 409, parameters=[VALIDATION_PATH]))
@blueprint.response(200, RunStateSchema)
@guarded("validation:write", lambda s: s.settings.limits.finalize_rpm, writes=True)
def finalize(validation_id: str) -> Response:
    """Finalize with the go / no-go; the first decision stands."""
    run = find_run(validation_id)
    actor = principal().subject

    def once(latest: Run, now: datetime) -> Run:
        if latest.status is RunStatus.FINALIZED:
            return latest
        return transitions.finalize(latest, now, actor)

    return _state(services().repository.update(run.key, once, origin=origin()).after)


@blueprint.route("/api/v1/validation/<validation_id>/cancel", methods=["POST"])
@blueprint.doc(
    **operation(
        400,
        404,
        409,
        413,
        415,
        body=CancelRequestSchema,
        body_required=False,
        parameters=[VALIDATION_PATH],
    )
)
@blueprint.response(202, RunStateSchema)
@guarded("validation:write", lambda s: s.settings.limits.other_rpm, writes=True)
def cancel(validation_id: str) -> Response:
    """Stop the run where it is; what exists is kept. Idempotent."""
    run = find_run(validation_id)
    body = read_body(CancelRequestSchema(), services().settings.limits, optional=True)
    actor, reason = principal().subject, mask_text(body["reason"], Counter()) or None

    def once(latest: Run, now: datetime) -> Run:
        if latest.status is RunStatus.CANCELLED:
            return latest
        return transitions.cancel(latest, now, actor, reason)

    return _state(services().repository.update(run.key, once, origin=origin()).after, 202)


@blueprint.route("/api/v1/validation/<validation_id>/clock", methods=["POST"])
@blueprint.doc(
    **operation(400, 404, 409, 413, 415, body=ClockRequestSchema, parameters=[VALIDATION_PATH])
)
@blueprint.response(200, RunStateSchema)
@guarded("sandbox", lambda s: s.settings.limits.other_rpm, writes=True)
def advance_clock(validation_id: str) -> Response:
    """In a sandbox, advance the run's own clock: what is due by it then happens."""
    if not services().settings.sandbox.enabled:
        raise NotFoundError("test clocks exist only in a sandbox")
    run = find_run(validation_id)
    body = read_body(ClockRequestSchema(), services().settings.limits)
    by = timedelta(seconds=body["advance_seconds"])
    advance = partial(transitions.advance_clock, by=by, actor=principal().subject)
    return _state(services().repository.update(run.key, advance, origin=origin()).after)


def _append(run: Run, observations: list[dict[str, Any]]) -> Run:
    transitions.require(run, "append_evidence")
    masked = mask_values({"observations": observations}, Counter())
    body = json.dumps(masked, sort_keys=True, ensure_ascii=False).encode()
    digest = hashlib.sha256(body).hexdigest()
    known = any(reference.sha256 == digest for reference in run.evidence)
    if not known and len(run.evidence) >= _MOST_EVIDENCE:
        raise ConflictError(f"a run holds at most {_MOST_EVIDENCE} pieces of evidence")
    with suppress(PreconditionFailedError):  # the same evidence again has the same name
        services().store.create(run.key.evidence(digest), body)
    append = partial(transitions.append_evidence, digest=digest, actor=principal().subject)
    return services().repository.update(run.key, append, origin=origin()).after


def _analyse_again(run: Run, note: str) -> Run:
    """Have the evidence used, and wait for it as long as the contract allows."""
    repository = services().repository
    actor = principal().subject

    def begin(latest: Run, now: datetime) -> Run:
        if latest.status in MOVING:
            return latest
        if note:
            latest = transitions.record_event(latest, now, "run.note", actor, {"note": note})
        return transitions.start_round(latest, now, "completion with evidence")

    run = repository.update(run.key, begin, origin=origin()).after
    if run.mock:
        run = apply_mock(repository, run)
    deadline = time.monotonic() + _ANALYSIS_WAIT.total_seconds()
    while run.status in MOVING and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        run = repository.load(run.key)
    if run.status not in _DONE:
        raise ConflictError(
            f"the analysis is unfinished ({run.status.value}); complete again when it is done"
        )
    return run


def _state(run: Run, status: int = 200) -> Response:
    document = {
        "validation_id": run.key.validation_id,
        "status": run.status.value,
        "decision": run.decision,
        "final": run.final,
    }
    return answer(document, status)
