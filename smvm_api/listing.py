"""Pages through a tenant's runs."""

import re
from collections.abc import Mapping
from typing import Any

from smvm_api.query import check_query, matches
from smvm_common.clock import rfc3339
from smvm_common.errors import NotFoundError
from smvm_common.identifiers import PROJECT_ID, VALIDATION_ID
from smvm_common.run.progress import progress
from smvm_common.run.record import Run, RunStatus
from smvm_common.run.repository import RunRepository

_PAGE = 50
_MOST_READ = 500
"""Records one request may read in search of matches; the cursor goes on from there."""


def list_runs(repository: RunRepository, tenant: str, query: Mapping[str, str]) -> dict[str, Any]:
    """One page of runs, oldest first; ``next_cursor`` is None at the end."""
    wanted = check_query(query, _QUERY)
    limit = int(wanted.get("limit", _PAGE))
    found: list[dict[str, Any]] = []
    last, read = "", 0
    for validation_id in repository.index.validations(tenant, wanted.get("cursor", "")):
        if len(found) == limit or read == _MOST_READ:
            return {"runs": found, "next_cursor": last}
        last, read = validation_id, read + 1
        run = _load(repository, tenant, validation_id)
        if run is not None and _matches(run, wanted):
            found.append(_line(run))
    return {"runs": found, "next_cursor": None}


def _status(value: str) -> str | None:
    known = [status.value for status in RunStatus]
    return None if value in known else f"must be one of {', '.join(known)}"


_QUERY = {
    "project_id": matches(PROJECT_ID, "is not a project identifier"),
    "status": _status,
    "cursor": matches(VALIDATION_ID, "is not a cursor of this listing"),
    "limit": matches(re.compile("[1-9][0-9]?|100"), "must be 1 to 100"),
}


def _load(repository: RunRepository, tenant: str, validation_id: str) -> Run | None:
    try:
        return repository.find(tenant, validation_id)
    except NotFoundError:
        return None


def _matches(run: Run, wanted: Mapping[str, str]) -> bool:
    return wanted.get("project_id", run.key.project_id) == run.key.project_id and (
        wanted.get("status", run.status.value) == run.status.value
    )


def _line(run: Run) -> dict[str, Any]:
    return {
        "validation_id": run.key.validation_id,
        "run_id": run.key.run_id,
        "project_id": run.key.project_id,
        "status": run.status.value,
        "progress": progress(run),
        "accepted_at": rfc3339(run.accepted_at),
        "gate_decision": run.gate["gate_decision"] if run.gate else None,
    }
