"""``mock_mode``: recorded results of a real analysis, clearly marked, without workers.

``recorded/`` holds the documents of one run of the engine on the guide's example idea; every run in
mock mode gets them under its own identifiers, whatever its idea says.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from smvm_common.clock import rfc3339
from smvm_common.identifiers import VALIDATION_ID
from smvm_common.run import transitions
from smvm_common.run.progress import next_stage
from smvm_common.run.record import DocumentInfo, Run
from smvm_common.run.repository import RunRepository
from smvm_common.store.keys import content_type_of

NOTICE = "recorded results of the example idea (mock_mode); this idea was not analysed"


def apply_mock(repository: RunRepository, run: Run) -> Run:
    """Do the stages still to do from the recording: the run then rests as it would after workers."""
    documents = {name: _write(repository, run, name) for name in _recorded()["documents"]}

    def move_on(latest: Run, now: datetime) -> Run:
        latest = replace(latest, mock=True, warnings=(NOTICE,))
        while (stage := next_stage(latest)) is not None:
            summary = _recorded()["summaries"].get(stage, {})
            latest = transitions.complete_stage(latest, now, stage, documents, summary)
        return latest

    return repository.update(run.key, move_on).after


@cache
def _recorded() -> Mapping[str, Any]:
    index: Mapping[str, Any] = json.loads((_folder() / "index.json").read_text("utf-8"))
    return index


def _folder() -> Traversable:
    return files(__package__) / "recorded"


def _write(repository: RunRepository, run: Run, name: str) -> DocumentInfo:
    body = (_folder() / name).read_bytes()
    kind = content_type_of(name)
    if kind == "application/json":
        document = json.loads(body) | {
            "run_id": run.key.run_id,
            "validation_id": run.key.validation_id,
            "project_id": run.key.project_id,
            "created_at": rfc3339(run.accepted_at),
            "mock": True,
        }
        body = json.dumps(document, indent=2, ensure_ascii=False).encode()
    elif kind.startswith("text/html"):
        body = VALIDATION_ID.sub(run.key.validation_id, body.decode()).encode()
    repository.store.put(run.key.document(name), body, kind)
    return DocumentInfo(hashlib.sha256(body).hexdigest(), len(body), kind)
