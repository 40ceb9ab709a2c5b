"""The dead-letter queue over HTTP, for operators: list, show, replay, purge. Per tenant."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from smvm_api.answers import answer
from smvm_api.documentation import TIME, operation, pattern
from smvm_api.guards import guarded, principal, services
from smvm_api.query import check_query, matches, moment
from smvm_api.request_body import read_body
from smvm_common.clock import parse_rfc3339
from smvm_common.contracts.requests import ReplayRequestSchema
from smvm_common.contracts.responses import DeadLetterListSchema, DeadLetterSchema, ReplaySchema
from smvm_common.dead_letters import LETTER_ID, DeadLetter, DeadLetterFilter
from smvm_common.errors import NotFoundError
from smvm_common.identifiers import VALIDATION_ID

_PAGE = 100
_MOST_REPLAYED = 1000
"""Letters one request hands on; more go by repeating it, or by the celery command."""
_LETTER_PATH = {
    "in": "path",
    "name": "letter_id",
    "required": True,
    "schema": {"type": "string"},
}
_QUERY = {
    "validation_id": matches(VALIDATION_ID, "is not a validation identifier"),
    "destination": matches(re.compile(r"https?://\S{1,2000}"), "is not a destination"),
    "occurred_after": moment,
    "occurred_before": moment,
    "cursor": matches(LETTER_ID, "is not a cursor of this listing"),
}
_PARAMETERS = [
    {"in": "query", "name": "validation_id", "schema": pattern(VALIDATION_ID)},
    {"in": "query", "name": "destination", "schema": {"type": "string", "format": "uri"}},
    {"in": "query", "name": "occurred_after", "schema": TIME},
    {"in": "query", "name": "occurred_before", "schema": TIME},
    {"in": "query", "name": "cursor", "schema": pattern(LETTER_ID)},
]

blueprint = Blueprint("dead_letters", __name__, description="Undelivered callbacks.")


@blueprint.route("/api/v1/dead-letters")
@blueprint.doc(**operation(400, parameters=_PARAMETERS))
@blueprint.response(200, DeadLetterListSchema)
@guarded("dead-letters:read", lambda s: s.settings.limits.other_rpm)
def list_letters() -> Response:
    """List the tenant's dead letters, oldest first."""
    query = check_query(request.args.to_dict(), _QUERY)
    times = {
        n: parse_rfc3339(query[n]) for n in ("occurred_after", "occurred_before") if n in query
    }
    letters = list(
        services().dead_letters.list(_filter({**query, **times}), query.get("cursor", ""), _PAGE)
    )
    following = letters[-1].id if len(letters) == _PAGE else None
    listed = [letter.to_json() for letter in letters]
    return answer({"dead_letters": listed, "next_cursor": following})


@blueprint.route("/api/v1/dead-letters/<letter_id>")
@blueprint.doc(**operation(404, parameters=[_LETTER_PATH]))
@blueprint.response(200, DeadLetterSchema)
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
    return services().dead_letters.list(_filter(body))


def _filter(wanted: Mapping[str, Any]) -> DeadLetterFilter:
    return DeadLetterFilter(
        tenant=principal().tenant,
        validation_id=wanted.get("validation_id"),
        destination=wanted.get("destination"),
        older_than=wanted.get("occurred_before"),
        younger_than=wanted.get("occurred_after"),
    )


def _own(letter_id: str) -> DeadLetter:
    letter = services().dead_letters.get(letter_id)
    if letter.key.tenant != principal().tenant:
        raise NotFoundError(f"there is no dead letter {letter_id!r}")
    return letter
