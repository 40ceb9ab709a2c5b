"""Every error as RFC 9457 problem details, in one place."""

from typing import Any

import structlog
from flask import Flask, Response, g, json, request
from prometheus_client import Counter
from werkzeug.exceptions import HTTPException

from smvm_common.errors import InvalidInputError, RateLimitedError, SmvmError, UnavailableError

_LOG = structlog.get_logger(__name__)

ERRORS = Counter("smvm_http_errors", "Error answers", ["type", "endpoint"])

_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    416: "Range Not Satisfiable",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def problem(
    status: int, slug: str, detail: str, headers: dict[str, str] | None = None, **members: Any
) -> Response:
    """A problem answer; counts it under its type and endpoint."""
    ERRORS.labels(slug, request.endpoint or "none").inc()
    body = {
        "type": f"urn:smvm:problem:{slug}",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "instance": request.path,
        "correlation_id": g.get("correlation_id", ""),
        **members,
    }
    return Response(
        json.dumps(body), status, headers=headers, content_type="application/problem+json"
    )


def register_problems(app: Flask) -> None:
    """Have every error of the application answered as a problem."""
    app.register_error_handler(SmvmError, _own)
    app.register_error_handler(HTTPException, _werkzeugs)
    app.register_error_handler(Exception, _unforeseen)


def _own(error: SmvmError) -> Response:
    if error.status >= 500 and not isinstance(error, UnavailableError):
        return _unforeseen(error)
    headers, members = {}, {}
    if isinstance(error, UnavailableError):
        headers["Retry-After"] = str(max(1, round(error.retry_after.total_seconds())))
    if isinstance(error, InvalidInputError):
        members["errors"] = error.errors
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="smvm"'
    if isinstance(error, RateLimitedError):
        headers |= error.headers
    return problem(error.status, error.slug, error.detail, headers, **members)


def _werkzeugs(error: HTTPException) -> Response:
    status = error.code or 500
    if status == 422:
        status = 400
    headers = {
        name: value for name, value in error.get_headers() if name in ("Allow", "Content-Range")
    }
    slug = _TITLES.get(status, error.name).lower().replace(" ", "-")
    return problem(status, slug, error.description or error.name, headers)


def _unforeseen(error: Exception) -> Response:
    _LOG.error("unforeseen_error", exc_info=error)
    return problem(500, "internal-error", "SMVM failed to answer; the error was logged")
