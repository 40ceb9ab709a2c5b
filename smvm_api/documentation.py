"""What the OpenAPI document says beside the schemas: security, headers, problems per operation."""

from typing import Any

from marshmallow import Schema

from smvm_common.contracts.responses import ProblemSchema
from smvm_common.identifiers import VALIDATION_ID

_PROBLEMS = {
    400: "The body or a parameter does not satisfy the contract; `errors` names each wrong field.",
    401: "No valid bearer token.",
    403: "The token lacks the scope.",
    404: "No such run for this tenant.",
    409: "The run's state does not allow this.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    416: "The range lies outside the artefact.",
    429: "The token's requests for this minute are used up.",
    503: "Maintenance, or the store does not answer; `Retry-After` says when to try again.",
}

VALIDATION_PATH = {
    "in": "path",
    "name": "validation_id",
    "required": True,
    "schema": {"type": "string", "pattern": f"^{VALIDATION_ID.pattern}$"},
}


def operation(
    *problems: int, body: type[Schema] | None = None, body_required: bool = True, **extra: Any
) -> dict[str, Any]:
    """Arguments of ``Blueprint.doc`` for an operation behind a token."""
    responses = {
        str(status): {
            "description": _PROBLEMS[status],
            "content": {"application/problem+json": {"schema": ProblemSchema}},
        }
        for status in sorted({401, 403, 429, 503, *problems})
    }
    document: dict[str, Any] = {
        "security": [{"bearerAuth": []}],
        "responses": responses,
        **extra,
    }
    if body is not None:
        document["requestBody"] = {
            "required": body_required,
            "content": {"application/json": {"schema": body}},
        }
    return document
