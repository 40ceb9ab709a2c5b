"""``/api/v1/privacy/…``: what data subjects may ask for (GDPR, chapter III), for privacy officers."""

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from smvm_api.answers import answer
from smvm_api.documentation import operation
from smvm_api.guards import guarded, origin, principal, services
from smvm_api.request_body import read_body
from smvm_common.contracts.privacy import (
    ConsentRecordedSchema,
    ConsentSchema,
    ExportSchema,
    RectificationSchema,
    RestrictionSchema,
    SubjectSchema,
    TouchedSchema,
)
from smvm_common.privacy import Request

blueprint = Blueprint("privacy", __name__, description="Requests of data subjects.")


@blueprint.route("/api/v1/privacy/export", methods=["POST"])
@blueprint.doc(**operation(400, 404, 413, 415, body=SubjectSchema))
@blueprint.response(200, ExportSchema)
@guarded("privacy:read", lambda s: s.settings.limits.other_rpm)
def export() -> Response:
    """All that is kept of a data subject (Art. 15, 20)."""
    body = read_body(SubjectSchema(), services().settings.limits)
    return answer(services().privacy.export(_request(body)))


@blueprint.route("/api/v1/privacy/erase", methods=["POST"])
@blueprint.doc(**operation(400, 404, 409, 413, 415, body=SubjectSchema))
@blueprint.response(200, TouchedSchema)
@guarded("privacy:write", lambda s: s.settings.limits.other_rpm, writes=True)
def erase() -> Response:
    """Erase what the subject's runs say; their audit trails stay (Art. 17). 409 under legal hold."""
    body = read_body(SubjectSchema(), services().settings.limits)
    return answer({"validation_ids": services().privacy.erase(_request(body))})


@blueprint.route("/api/v1/privacy/rectify", methods=["POST"])
@blueprint.doc(**operation(400, 404, 409, 413, 415, body=RectificationSchema))
@blueprint.response(200, TouchedSchema)
@guarded("privacy:write", lambda s: s.settings.limits.other_rpm, writes=True)
def rectify() -> Response:
    """Correct the idea of one of the subject's runs (Art. 16); the next analysis reads it."""
    body = read_body(RectificationSchema(), services().settings.limits)
    run = services().privacy.rectify(_request(body), body["validation_id"], body["corrections"])
    return answer({"validation_ids": [run.key.validation_id]})


@blueprint.route("/api/v1/privacy/restrict", methods=["POST"])
@blueprint.doc(**operation(400, 404, 413, 415, body=RestrictionSchema))
@blueprint.response(200, TouchedSchema)
@guarded("privacy:write", lambda s: s.settings.limits.other_rpm, writes=True)
def restrict() -> Response:
    """Stop processing the subject's runs, or go on with it (Art. 18)."""
    body = read_body(RestrictionSchema(), services().settings.limits)
    touched = services().privacy.restrict(_request(body), restricted=body["restricted"])
    return answer({"validation_ids": touched})


@blueprint.route("/api/v1/privacy/consent", methods=["POST"])
@blueprint.doc(**operation(400, 413, 415, body=ConsentSchema))
@blueprint.response(201, ConsentRecordedSchema)
@guarded("privacy:write", lambda s: s.settings.limits.other_rpm, writes=True)
def consent() -> Response:
    """Write down that consent was given or withdrawn (Art. 7)."""
    body = read_body(ConsentSchema(), services().settings.limits)
    recorded = services().privacy.record_consent(
        _request(body), body["purpose"], given=body["given"]
    )
    return answer(recorded, 201)


def _request(body: dict[str, Any]) -> Request:
    caller = principal()
    return Request(caller.tenant, body["subject"], caller.subject, origin(), body["reason"])
