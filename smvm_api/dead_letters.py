"""The dead-letter queue over HTTP, for operators: list, show, replay, purge. Per tenant."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from smvm_api.answers import answer
from smvm_api.documentation import operation
from smvm_api.guards import guarded, principal, services
from smvm_api.request_body import read_body
from smvm_common.contracts.requests import ReplayRequestSchema
from smvm_common.contracts.responses import DeadLetterListSchema, ReplaySchema
from smvm_common.dead_letters import DeadLetter, DeadLetterFilter
from smvm_common.errors import NotFoundError

_PAGE = 100
_MOST_REPLAYED = 1000
"""Letters one request hands on; more go by repeating it, or by the celery command."""
_LETTER_PATH = {
    "in": "path",
    "name": "letter_id",
    "required": True,
    "schema": {"type": "string"},
}
_QUERY = [
    {"in": "query", "name": name, "schema": {"type": "string"}}
    for name in ("validation_id", "destination", "cursor")
]

blueprint = Blueprint("dead_letters", __name__, description="Undelivered callbacks.")


@blueprint.route("/api/v1/dead-letters")
@blueprint.doc(**operation(parameters=_QUERY))
@blueprint.response(200, DeadLetterListSchema)
@guarded("dead-letters:read", lambda s: s.settings.limits.other_rpm)
def list_letters() -> Response:
    """List the tenant's dead letters, oldest first."""
    wanted = _filter(request.args.get("validation_id"), request.args.get("destination"))
    cursor = request.args.get("cursor", "")
    cursor = cursor if cursor.isascii() and cursor.isprintable() else ""
    letters = list(services().dead_letters.list(wanted, cursor, _PAGE))
    following = letters[-1].id if len(letters) == _PAGE else None
    listed = [letter.to_json() for letter in letters]
    return answer({"dead_letters": listed, "next_cursor": following})


@blueprint.route("/api/v1/dead-letters/<letter_id>")
@blueprint.doc(**operation(404, parameters=[_LETTER_PATH]))
@blueprint.response(200)
@guarded("dead-letters:read", lambda s: s.settings.limits.other_rpm)
def show_letter(letter_id: str) -> Response:
    """One dead letter with its payload."""
    return answer(_own(letter_id).to_json())


@blueprint.route("/api/v1/dead-letters/<letter_id>", methods=["DELETE"])
@blueprint.doc(**operation(404, parameters=[_LETTER_PATH]))
@blueprint.response(204)
@guarded("dead-letters:write", lambda s: s.settings.limits.other_rpm, writes=True)
def purge_letter(letter_id: str) -> Response:
    """Delete a dead letter for good."""
    services().dead_letters.remove(_own(letter_id).id)
    return Response(status=204)


@blueprint.route("/api/v1/dead-letters/replay", methods=["POST"])
@blueprint.doc(**operation(400, 404, 413, 415, body=ReplayRequestSchema))
@blueprint.response(202, ReplaySchema)
@guarded("dead-letters:write", lambda s: s.settings.limits.other_rpm, writes=True)
def replay_letters() -> Response:
    """Have dead letters sent again; each keeps its webhook-id."""
    body = read_body(ReplayRequestSchema(), services().settings.limits)
    ids = [letter.id for letter in islice(_chosen(body), _MOST_REPLAYED)]
    if not body["dry_run"]:
        for letter_id in ids:
            services().sender.replay_dead_letter(letter_id)
    return answer({"dry_run": body["dry_run"], "ids": ids}, 202)


def _chosen(body: dict[str, Any]) -> Iterator[DeadLetter]:
    if "ids" in body:
        return (_own(letter_id) for letter_id in body["ids"])
    wanted = _filter(body.get("validation_id"), body.get("destination"))
    return services().dead_letters.list(wanted)


def _filter(validation_id: str | None, destination: str | None) -> DeadLetterFilter:
    return DeadLetterFilter(
        tenant=principal().tenant, validation_id=validation_id, destination=destination
    )


def _own(letter_id: str) -> DeadLetter:
    letter = services().dead_letters.get(letter_id)
    if letter.key.tenant != principal().tenant:
        raise NotFoundError(f"there is no dead letter {letter_id}")
    return letter
