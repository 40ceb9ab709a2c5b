"""``GET …/status`` and ``…/events``: where a run stands, and how it came there."""

import hashlib
from datetime import timedelta
from typing import Any

from flask import Response, g, json, request
from flask_smorest import Blueprint

from smvm_api.answers import answer
from smvm_api.documentation import VALIDATION_PATH, asked, header, operation
from smvm_api.found import find_run
from smvm_api.guards import guarded, principal, services
from smvm_common.clock import rfc3339
from smvm_common.contracts.responses import EventsSchema, StatusSchema
from smvm_common.run import progress
from smvm_common.run.record import Milestone, Run
from smvm_common.status_cache import status_key

_STORE_SECONDS = timedelta(seconds=2.5)
"""The contract gives a status five seconds; the list of revoked tokens may have taken some."""

_ETAG_SIZE = 24

blueprint = Blueprint("status", __name__, description="Follow a run.")


@blueprint.route("/api/v1/validation/<validation_id>/status")
@blueprint.doc(**operation(404, parameters=[VALIDATION_PATH, *asked("If-None-Match")]))
@blueprint.alt_response(
    304, description="Nothing changed since the given `If-None-Match`.", headers=header("ETag")
)
@blueprint.response(200, StatusSchema, headers=header("ETag"))
@guarded("validation:read", lambda s: s.settings.limits.status_rpm, reads=status_key)
def status(validation_id: str) -> Response:
    """Where the run stands."""
    rendered: bytes | None = g.beside
    if rendered is None:
        rendered = _rendered(find_run(validation_id, _STORE_SECONDS))
        services().status_cache.put(principal().tenant, validation_id, rendered)
    etag, body = rendered[:_ETAG_SIZE].decode(), rendered[_ETAG_SIZE:]
    headers = {"ETag": f'"{etag}"'}
    if "If-None-Match" in request.headers and request.if_none_match.contains_weak(etag):
        return Response(status=304, headers=headers)
    return Response(body, headers=headers, content_type="application/json")


@blueprint.route("/api/v1/validation/<validation_id>/events")
@blueprint.doc(**operation(404, parameters=[VALIDATION_PATH]))
@blueprint.response(200, EventsSchema)
@guarded("validation:read", lambda s: s.settings.limits.other_rpm)
def events(validation_id: str) -> Response:
    """The run's audit trail."""
    run = find_run(validation_id)
    lines = [
        {
            "sequence": event.sequence,
            "occurred_at": rfc3339(event.occurred_at),
            "name": event.name,
            "actor": event.actor,
            "data": event.data,
            "callback": event.callback,
            "callback_sequence": event.callback_sequence,
            "origin": event.origin,
            "digest": event.digest,
        }
        for event in run.events
    ]
    return answer({"validation_id": validation_id, "events": lines})


def _rendered(run: Run) -> bytes:
    """The entity tag and, right behind it, the body."""
    body = _render(run)
    return hashlib.blake2s(body, digest_size=_ETAG_SIZE // 2).hexdigest().encode() + body


def _render(run: Run) -> bytes:
    now = progress.run_time(run, run.updated_at)
    review = run.manual_review
    return json.dumps(
        {
            "validation_id": run.key.validation_id,
            "run_id": run.key.run_id,
            "project_id": run.key.project_id,
            "correlation_id": run.correlation_id,
            "status": run.status.value,
            "progress": progress.progress(run),
            "current_stage": progress.current_stage(run),
            "stage_results": progress.stage_results(run),
            "gate": run.gate,
            "timeline": timeline(run),
            "estimated_completion": rfc3339(progress.estimated_completion(run, now)),
            "round": run.round,
            "degraded": run.degraded,
            "warnings": list(run.warnings),
            "manual_review": review
            and {"opened_at": rfc3339(review.opened_at), "reason": review.reason},
            "decision": run.decision,
            "final": run.final,
            "mock": run.mock,
        }
    ).encode()


def timeline(run: Run) -> dict[str, Any]:
    """The guide's four points of time."""
    points = run.timeline
    return {
        "T0": _point(points.accepted),
        "T0+3min": _point(points.gate),
        "T0+30d": _point(points.completion),
        "T32": _point(points.final),
    }


def _point(milestone: Milestone) -> dict[str, Any]:
    done = milestone.done_at
    return {"due_at": rfc3339(milestone.due_at), "done_at": done and rfc3339(done)}
