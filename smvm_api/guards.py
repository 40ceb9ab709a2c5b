"""What stands before every view: correlation, maintenance, authentication, rate limit, scope."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, ParamSpec, cast

import structlog
from flask import Flask, Response, current_app, g, request
from prometheus_client import Histogram

from smvm_api.client_certificates import presented_certificate
from smvm_api.services import ApiServices
from smvm_common.errors import (
    AuthenticationError,
    PermissionDeniedError,
    RateLimitedError,
    UnavailableError,
)
from smvm_common.identifiers import CORRELATION_ID, mint_correlation_id
from smvm_common.tokens import Principal

P = ParamSpec("P")
_LOG = structlog.get_logger("smvm_api.access")

DURATION = Histogram(
    "smvm_http_request_duration_seconds",
    "Time to answer, in seconds",
    ["endpoint", "method", "status"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)


def services() -> ApiServices:
    """The services of the application that answers."""
    return cast(ApiServices, current_app.extensions["smvm"])


def principal() -> Principal:
    """Who sent the request; only in views behind :func:`guarded`."""
    return cast(Principal, g.principal)


def origin() -> dict[str, str]:
    """With which token and from where the request came, for the audit trail."""
    return {"token_id": principal().token_id, "address": request.remote_addr or ""}


def register_guards(app: Flask) -> None:
    """Bind the correlation id before each request; log and measure after it."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.began = time.perf_counter()
    offered = request.headers.get("X-Correlation-ID", "")
    valid = CORRELATION_ID.fullmatch(offered) is not None
    set_correlation_id(offered if valid else mint_correlation_id(services().clock.now()))


def set_correlation_id(correlation_id: str) -> None:
    """Use this id for the answer, the logs and everything that follows from the request."""
    g.correlation_id = correlation_id
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(correlation_id=correlation_id)


def _end(response: Response) -> Response:
    # the things themselves: each look through a proxy costs as much as the observation of a metric
    asked, bag = cast(Any, request)._get_current_object(), g._get_current_object()
    response.headers["X-Correlation-ID"] = bag.correlation_id
    response.headers.extend(bag.get("rate_headers", {}))
    taken = time.perf_counter() - bag.began
    method, endpoint = asked.method, asked.endpoint or "none"
    DURATION.labels(endpoint, method, response.status_code).observe(taken)
    _LOG.info(
        "request",
        method=method,
        endpoint=endpoint,
        path=asked.path,
        status=response.status_code,
        duration_ms=round(1000 * taken, 1),
        subject=bag.principal.subject if "principal" in bag else None,
    )
    return response


def guarded(
    scope: str,
    per_minute: Callable[[ApiServices], int],
    *,
    writes: bool = False,
    reads: Callable[[str, str], str] | None = None,
) -> Callable[[Callable[P, Response]], Callable[P, Response]]:
    """Let a view be reached only with a token of this scope, within its rate limit and, for
    writes, outside maintenance.

    ``reads`` names, by tenant and validation id, a key of Redis whose value the view finds in
    ``g.beside``.
    """

    def decorate(view: Callable[P, Response]) -> Callable[P, Response]:
        @wraps(view)
        def guard(*args: P.args, **kwargs: P.kwargs) -> Response:
            bound = services()
            caller = g.principal = _authenticate(bound)
            beside = reads(caller.tenant, str(kwargs["validation_id"])) if reads else ""
            _count(bound, caller, per_minute(bound), beside)
            if scope not in caller.scopes:
                raise PermissionDeniedError(f"this needs a token with the scope {scope}")
            if writes:
                _refuse_in_maintenance(bound)
            return view(*args, **kwargs)

        return guard

    return decorate


def _authenticate(bound: ApiServices) -> Principal:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise AuthenticationError
    principal = bound.verifier.verify(token.strip())
    _check_certificate(bound, principal)
    return principal


def _check_certificate(bound: ApiServices, principal: Principal) -> None:
    """A token that is bound to a certificate is of no use without it (RFC 8705, section 3)."""
    auth = bound.settings.auth
    if principal.certificate is None:
        if auth.require_bound_tokens:
            raise AuthenticationError("the token must be bound to a client certificate")
        return
    presented = presented_certificate(request.environ, auth.client_certificate_header)
    if presented != principal.certificate:
        raise AuthenticationError("the token is bound to another client certificate")


def _count(bound: ApiServices, caller: Principal, per_minute: int, beside: str) -> None:
    endpoint = request.endpoint or "none"
    allowance = bound.limiter.count(caller.token_id, endpoint, per_minute, beside)
    g.rate_headers, g.beside = allowance.headers(), allowance.beside
    if allowance.exceeded:
        raise RateLimitedError({"Retry-After": str(allowance.resets_in)})


def _refuse_in_maintenance(bound: ApiServices) -> None:
    if not bound.settings.features.validation_enabled:
        raise UnavailableError("validation is switched off", timedelta(minutes=5))
    closed_for = bound.maintenance.closed_for()
    if closed_for is not None:
        raise UnavailableError("SMVM is in maintenance; reads go on", closed_for)
