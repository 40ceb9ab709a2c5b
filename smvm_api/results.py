"""``GET …/results``: the four deliverables, composed from the run's documents."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from flask import Response, request, url_for
from flask_smorest import Blueprint

from smvm_api.answers import answer
from smvm_api.documentation import VALIDATION_PATH, header, operation
from smvm_api.found import find_open_run
from smvm_api.guards import guarded, services
from smvm_api.results_page import results_page, wants_page
from smvm_common.contracts.responses import ResultsSchema
from smvm_common.identifiers import ARTIFACT_NAMES
from smvm_common.run.progress import MOVING
from smvm_common.run.record import DocumentInfo, Run, RunStatus, StageStatus
from smvm_common.store.base import ObjectStore

_ENVELOPE = {
    "schema_version",
    "run_id",
    "validation_id",
    "project_id",
    "created_at",
    "round",
    "engine",
    "data_class",
    "retention_days",
}
_LINK_LIFETIME = timedelta(minutes=15)
_RETRY_SECONDS = 5
_FORMS = {
    "application/json": {"schema": ResultsSchema},
    "text/html": {"schema": {"type": "string"}},
}

blueprint = Blueprint("results", __name__, description="Read what came of a run.")


@blueprint.route("/api/v1/validation/<validation_id>/results")
@blueprint.doc(**operation(404, parameters=[VALIDATION_PATH]))
@blueprint.doc(responses={200: {"content": _FORMS}, 202: {"content": _FORMS}})
@blueprint.alt_response(
    202, schema=ResultsSchema, description="What exists so far.", headers=header("Retry-After")
)
@blueprint.alt_response(304, description="Not changed since the given `If-None-Match`.")
@blueprint.response(200, ResultsSchema)
@guarded("validation:read", lambda s: s.settings.limits.results_rpm)
def results(validation_id: str) -> Response:
    """The results; 202 with what exists so far while there is no decision. As a page for whoever
    accepts `text/html` rather than JSON."""
    run, store = find_open_run(validation_id), services().store
    found = results_page(run, store, _RETRY_SECONDS) if wants_page() else _as_json(run, store)
    found.headers["Vary"] = "Accept"
    found.headers["Cache-Control"] = "private, no-cache"
    if found.status_code == 200:
        found.add_etag()
        found.make_conditional(request)
    return found


def _as_json(run: Run, store: ObjectStore) -> Response:
    document = compose(run, store)
    if run.decision is None and run.status in MOVING:
        return answer(document, 202, {"Retry-After": str(_RETRY_SECONDS)})
    return answer(document)


def compose(run: Run, store: ObjectStore) -> dict[str, Any]:
    """The answer; deliverables whose documents do not exist yet are None."""
    read = _Documents(run, store)
    return {
        "validation_id": run.key.validation_id,
        "run_id": run.key.run_id,
        "status": run.status.value,
        "round": run.round,
        "preliminary": run.status not in (RunStatus.COMPLETED, RunStatus.FINALIZED),
        "gate": run.gate,
        "decision": read("decision.output.json"),
        "final": run.final,
        "market_analysis": _market_analysis(read),
        "financial_projections": read("finance.output.json"),
        "technical_validation": read("technical.output.json"),
        "risk_assessment": read("risk.output.json"),
        "simulation": read("simulation.result.json"),
        "quality_report": _quality_report(run, read),
        "artifacts": _artifacts(run, store),
        "mock": run.mock,
    }


class _Documents:
    """Reads each document once; None where the run has none of that name."""

    def __init__(self, run: Run, store: ObjectStore) -> None:
        self._run = run
        self._store = store
        self.read: dict[str, dict[str, Any] | None] = {}

    def __call__(self, name: str) -> dict[str, Any] | None:
        if name not in self.read:
            self.read[name] = self._load(name)
        return self.read[name]

    def _load(self, name: str) -> dict[str, Any] | None:
        if name not in self._run.documents:
            return None
        body = json.loads(self._store.get(self._run.key.document(name)).body)
        return {key: value for key, value in body.items() if key not in _ENVELOPE}


def _market_analysis(read: _Documents) -> dict[str, Any] | None:
    market = read("market.output.json")
    if market is None:
        return None
    return {
        "market_size": market,
        "customer_segmentation": read("personas.output.json"),
        "competitive_positioning": read("competitors.output.json"),
    }


def _quality_report(run: Run, read: _Documents) -> dict[str, Any]:
    left_out = (StageStatus.TIMED_OUT, StageStatus.FAILED)
    findings = [
        {**finding, "document": name}
        for name, document in read.read.items()
        for finding in (document or {}).get("findings", ())
        if isinstance(finding, Mapping)
    ]
    return {
        "degraded": run.degraded,
        "warnings": list(run.warnings),
        "missing": [name for name, state in run.stages.items() if state.status in left_out],
        "findings": findings,
    }


def _artifacts(run: Run, store: ObjectStore) -> list[dict[str, Any]]:
    return [_artifact(run, store, name, info) for name, info in _files(run, store)]


def _files(run: Run, store: ObjectStore) -> Iterator[tuple[str, DocumentInfo]]:
    for name in ARTIFACT_NAMES:
        if name == "validation_summary.json":
            # the record cannot hold its own digest
            body = store.get(run.key.document(name)).body
            digest = hashlib.sha256(body).hexdigest()
            yield name, DocumentInfo(digest, len(body), "application/json")
        elif name in run.documents:
            yield name, run.documents[name]


def _artifact(run: Run, store: ObjectStore, name: str, info: DocumentInfo) -> dict[str, Any]:
    validation_id = run.key.validation_id
    entry = {
        "name": name,
        "bytes": info.size,
        "sha256": info.sha256,
        "content_type": info.content_type,
        "link": url_for("artifacts.artifact", validation_id=validation_id, name=name),
    }
    presigned = store.presign(run.key.document(name), _LINK_LIFETIME)
    return entry if presigned is None else {**entry, "presigned_link": presigned}
