"""``POST /api/v1/validation/runs``: a run is accepted. And the listing of runs."""

import hmac
import json
from typing import Any

import structlog
from flask import Response, g, request, url_for
from flask.views import MethodView
from flask_smorest import Blueprint

from smvm_api.answers import answer
from smvm_api.documentation import asked, header, operation, pattern
from smvm_api.guards import guarded, origin, principal, services, set_correlation_id
from smvm_api.idempotency import bind_idempotency_key
from smvm_api.listing import list_runs
from smvm_api.mock_mode import apply_mock
from smvm_api.request_body import read_body
from smvm_api.services import ApiServices
from smvm_common.clock import rfc3339
from smvm_common.contracts.requests import RunRequestSchema
from smvm_common.contracts.responses import RunAcceptedSchema, RunListSchema
from smvm_common.errors import (
    ConflictError,
    InvalidInputError,
    ObjectNotFoundError,
    PreconditionFailedError,
    UnavailableError,
)
from smvm_common.identifiers import (
    PROJECT_ID,
    VALIDATION_ID,
    RunKey,
    mint_run_id,
    validation_id_for,
)
from smvm_common.pseudonyms import pseudonym_of
from smvm_common.retention.classes import RETENTION_DAYS
from smvm_common.run.creation import new_run
from smvm_common.run.record import Run, RunStatus
from smvm_common.t0 import mask_and_check

_LOG = structlog.get_logger(__name__)
_MAX_SEQUENCE = 20
"""Projects that may share one run suffix; more would be an attack on the index."""

_QUERY: dict[str, dict[str, Any]] = {
    "project_id": pattern(PROJECT_ID),
    "status": {"type": "string", "enum": [status.value for status in RunStatus]},
    "cursor": pattern(VALIDATION_ID),
    "limit": {"type": "integer", "minimum": 1, "maximum": 100},
}

blueprint = Blueprint("runs", __name__, description="Submit ideas and list runs.")


@blueprint.route("/api/v1/validation/runs")
class Runs(MethodView):
    @blueprint.doc(
        **operation(
            400,
            409,
            413,
            415,
            body=RunRequestSchema,
            parameters=[
                {
                    "in": "header",
                    "name": "Idempotency-Key",
                    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
                },
                *asked("X-Correlation-ID"),
            ],
        )
    )
    @blueprint.alt_response(
        200,
        schema=RunAcceptedSchema,
        description="The run exists already.",
        headers=header("Location", "Idempotent-Replayed"),
    )
    @blueprint.response(201, RunAcceptedSchema, headers=header("Location"))
    @guarded(
        "validation:write",
        lambda s: s.settings.integration.tractionbuild.rate_limit_rpm,
        writes=True,
    )
    def post(self) -> Response:
        """Initiate a validation run."""
        bound = services()
        body = read_body(RunRequestSchema(), bound.settings.limits)
        set_correlation_id(body.get("correlation_id", g.correlation_id))
        _check_callback(bound, body["callback_url"])
        digest = _digest(bound, body)
        body.setdefault("run_id", mint_run_id(bound.clock.now()))
        body["run_id"] = bind_idempotency_key(
            bound.store, principal().tenant, request.headers.get("Idempotency-Key"), digest, body
        )
        return _accept(bound, body, digest)

    @blueprint.doc(
        **operation(
            400,
            parameters=[
                {"in": "query", "name": name, "schema": schema} for name, schema in _QUERY.items()
            ],
        )
    )
    @blueprint.response(200, RunListSchema)
    @guarded("validation:read", lambda s: s.settings.limits.other_rpm)
    def get(self) -> Response:
        """List the tenant's runs, oldest first, page by page."""
        bound = services()
        return answer(list_runs(bound.repository, principal().tenant, request.args.to_dict()))


def _check_callback(bound: ApiServices, url: str) -> None:
    problems = bound.callback_urls.problems(url)
    if problems:
        raise InvalidInputError("the callback URL is not allowed", {"$.callback_url": problems})


def _digest(bound: ApiServices, body: dict[str, Any]) -> str:
    """Recognises the same request again without keeping what it said."""
    canonical = {name: value for name, value in body.items() if name != "correlation_id"}
    text = json.dumps(canonical, sort_keys=True, ensure_ascii=False)
    return hmac.digest(bound.settings.pseudonym_key.encode(), text.encode(), "sha256").hex()


def _accept(bound: ApiServices, body: dict[str, Any], digest: str) -> Response:
    key, existing = _claim(bound, body, digest)
    if existing is not None:
        return _answer(existing, 200, degraded=False)
    idea, t0 = _check(bound, key, body["idea"])
    _LOG.debug("idea_checked", validation_id=key.validation_id, risk=t0["risk_assessment"])
    run = new_run(
        key,
        bound.clock.now(),
        bound.settings.timeline,
        correlation_id=g.correlation_id,
        request_digest=digest,
        callback_url=body["callback_url"],
        t0=t0,
        actor=principal().subject,
    )
    bound.retention.begin(key, run.accepted_at)
    try:
        run = bound.repository.create(run, _idea_document(run, idea), origin())
    except PreconditionFailedError as error:
        return _lost_race(bound, key, digest, error)
    if bound.settings.features.mock_mode:
        return _answer(apply_mock(bound.repository, run), 201, degraded=False)
    return _answer(run, 201, degraded=not _hand_on(bound, run))


def _claim(bound: ApiServices, body: dict[str, Any], digest: str) -> tuple[RunKey, Run | None]:
    """The run's key, and its record if the same request was accepted before."""
    tenant = principal().tenant
    for sequence in range(1, _MAX_SEQUENCE):
        validation_id = validation_id_for(body["run_id"], sequence)
        key = RunKey(tenant, body["project_id"], body["run_id"], validation_id)
        if bound.repository.index.claim_pointer(key) == key:
            return key, _existing(bound, key, digest)
    raise ConflictError("too many projects use this run identifier")


def _existing(bound: ApiServices, key: RunKey, digest: str) -> Run | None:
    try:
        run = bound.repository.load(key)
    except ObjectNotFoundError:
        return None
    if run.request_digest != digest:
        raise ConflictError(f"{key.run_id} exists already with another body")
    return run


def _lost_race(
    bound: ApiServices, key: RunKey, digest: str, error: PreconditionFailedError
) -> Response:
    existing = _existing(bound, key, digest)
    if existing is None:
        raise ConflictError("another request for this run is being accepted") from error
    return _answer(existing, 200, degraded=False)


def _check(
    bound: ApiServices, key: RunKey, idea: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Mask the idea, pseudonymise its submitter, and run the checks of T0."""
    submitter = idea.pop("submitter", None)
    masked, t0 = mask_and_check(idea)
    if submitter is not None:
        masked["submitter"] = pseudonym_of(bound.settings.pseudonym_key, submitter)
        bound.privacy.subjects.note(masked["submitter"], key)
    return masked, t0


def _idea_document(run: Run, idea: dict[str, Any]) -> dict[str, Any]:
    return {
        "schema_version": "1.0",
        "run_id": run.key.run_id,
        "validation_id": run.key.validation_id,
        "project_id": run.key.project_id,
        "created_at": rfc3339(run.accepted_at),
        "data_class": "confidential",
        "retention_days": RETENTION_DAYS["artefacts"],
        "engine": {"version": None, "seed": None},
        "sources": [{"name": "the client's submission", "kind": "claim"}],
        "idea": idea,
        "checks": dict(run.t0),
    }


def _hand_on(bound: ApiServices, run: Run) -> bool:
    try:
        bound.announcer.hand_on(run)
    except UnavailableError:
        _LOG.warning("accepted_without_broker", validation_id=run.key.validation_id)
        return False
    return True


def _answer(run: Run, status: int, *, degraded: bool) -> Response:
    location = url_for("status.status", validation_id=run.key.validation_id)
    headers = {"Location": location}
    if status == 200:
        headers["Idempotent-Replayed"] = "true"
    body = {
        "validation_id": run.key.validation_id,
        "run_id": run.key.run_id,
        "project_id": run.key.project_id,
        "correlation_id": run.correlation_id,
        "status": "accepted",
        "estimated_completion": rfc3339(run.timeline.gate.due_at),
        "validation_results": dict(run.t0),
        "degraded": degraded,
        "mock": run.mock,
    }
    return answer(body, status, headers)
