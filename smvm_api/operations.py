"""Liveness, readiness, metrics: for machines that look after SMVM."""

import os
from collections.abc import Callable

from flask import Response
from flask_smorest import Blueprint
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from redis import RedisError

from smvm_api.answers import answer
from smvm_api.guards import services
from smvm_common.contracts.responses import HealthSchema
from smvm_common.errors import SmvmError
from smvm_common.tokens import json_web_key_set

blueprint = Blueprint("operations", __name__, description="Health and metrics.")


@blueprint.route("/healthz")
@blueprint.response(200, HealthSchema)
def healthz() -> Response:
    """This process answers."""
    return answer({"status": "alive"})


@blueprint.route("/readyz")
@blueprint.alt_response(503, schema=HealthSchema, description="Runs cannot be accepted.")
@blueprint.response(200, HealthSchema)
def readyz() -> Response:
    """Whether runs can be accepted, with the state of each dependency.

    Without Redis runs are still accepted, and start when it is back: that is degraded, not unready.
    """
    bound = services()
    states = {"store": _state(bound.store.ping), "redis": _state(bound.redis.ping)}
    ready = states["store"] == "up"
    status = "ready" if set(states.values()) == {"up"} else "degraded" if ready else "unready"
    return answer({"status": status, "dependencies": states}, 200 if ready else 503)


@blueprint.route("/.well-known/jwks.json")
@blueprint.response(200)
def jwks() -> Response:
    """The public keys that verify SMVM's tokens, as a JWK set (RFC 7517)."""
    keys = json_web_key_set(services().settings.auth.keys_directory)
    return answer(keys, headers={"Cache-Control": "max-age=300"})


@blueprint.route("/metrics")
@blueprint.doc(responses={"200": {"description": "Metrics.", "content": {"text/plain": {}}}})
def metrics() -> Response:
    """The metrics of every process that shares the metrics directory, for Prometheus."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _state(check: Callable[[], object]) -> str:
    try:
        check()
    except (SmvmError, RedisError):
        return "down"
    return "up"
