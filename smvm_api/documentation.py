"""What the OpenAPI document says beside the schemas: security, headers, problems per operation."""

import re
from typing import Any

from marshmallow import Schema

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
    500: "SMVM failed to answer; the error was logged under the correlation id.",
    503: "Maintenance, or the store does not answer; `Retry-After` says when to try again.",
}

_CORRELATION = "X-Correlation-ID"
_RATE_LIMITS = ("RateLimit-Policy", "RateLimit")
_HEADERS = {
    _CORRELATION: "The request's own correlation id, or the one minted for it.",
    "RateLimit-Policy": "Requests that a token has in a window of seconds, such as `q=100;w=60`.",
    "RateLimit": "What is left of them, and the seconds until there are more: `r=99;t=60`.",
    "Retry-After": "Seconds after which it is worth trying again.",
    "WWW-Authenticate": "The scheme that is asked for.",
    "Location": "Where the run's status is.",
    "Idempotent-Replayed": "`true`: nothing was done, the run was accepted before.",
    "ETag": "The version; sent back as `If-None-Match` it saves the body.",
    "Content-Range": "The bytes that these are.",
}

TIME = {"type": "string", "format": "date-time"}


def pattern(expression: re.Pattern[str]) -> dict[str, Any]:
    """The schema of a string that the whole expression must match."""
    return {"type": "string", "pattern": f"^{expression.pattern}$"}


VALIDATION_PATH = {
    "in": "path",
    "name": "validation_id",
    "required": True,
    "schema": pattern(VALIDATION_ID),
}


def operation(
    *problems: int, body: type[Schema] | None = None, body_required: bool = True, **extra: Any
) -> dict[str, Any]:
    """Arguments of ``Blueprint.doc`` for an operation behind a token."""
    responses = {
        str(status): problem_response(_PROBLEMS[status])
        for status in sorted({401, 403, 429, 500, 503, *problems})
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


def problem_response(description: str) -> dict[str, Any]:
    """An error answer of an operation."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": description, "content": content}


def header(*names: str) -> dict[str, Any]:
    """Response headers by name, as ``Blueprint.response`` takes them."""
    return {
        name: {"description": _HEADERS[name], "required": True, "schema": {"type": "string"}}
        for name in names
    }


def asked(*names: str) -> list[dict[str, Any]]:
    """Request headers by name, as parameters of an operation; none is required."""
    return [{"in": "header", "name": name, "schema": {"type": "string"}} for name in names]


def describe_common(document: dict[str, Any]) -> dict[str, Any]:
    """Add to a document what holds for every operation: its id, the headers of its answers."""
    for path, item in document["paths"].items():
        for method in item.keys() - {"parameters"}:
            described = item[method]
            described["operationId"] = _operation_id(method, path)
            guarded = "security" in described
            for status, response in described["responses"].items():
                named = _common_headers(status, guarded=guarded)
                response["headers"] = {**header(*named), **response.get("headers", {})}
    return document


def _common_headers(status: str, *, guarded: bool) -> list[str]:
    names = [_CORRELATION]
    if guarded and status != "401":
        names += _RATE_LIMITS
    if status == "401":
        names.append("WWW-Authenticate")
    if guarded and status in ("429", "503"):
        names.append("Retry-After")
    return names


def _operation_id(method: str, path: str) -> str:
    """Such as ``get_validation_status`` for ``GET /api/v1/validation/{validation_id}/status``."""
    steps = path.removeprefix("/api/v1/").replace("-", "_").split("/")
    named = (step.strip("{}") for step in steps if step not in ("", "{validation_id}"))
    return "_".join([method, *named])
