"""Records what ``mock_mode`` answers with: the documents of one analysis of the guide's example idea.

``PYTHONPATH=tests python -m support.recording`` writes ``smvm_api/recorded/`` anew, from the production
stages. Do so whenever the stages write something else; the same code gives the same bytes.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from smvm_common.identifiers import DEFAULT_TENANT, RunKey, validation_id_for
from smvm_workers.documents import encode, envelope, seed_of
from support.analysis import Analysis
from support.api import IDEA_REQUEST
from support.runs import new_run

FOLDER = Path(__file__).parents[2] / "smvm_api" / "recorded"

_RUN_ID = IDEA_REQUEST["run_id"]
_ACCEPTED_AT = datetime(2024, 12, 1, 14, 30, 52, tzinfo=UTC)
_INDEX = "index.json"


def record() -> dict[str, bytes]:
    """Analyse the example idea; the files of the recording by name."""
    idea = {name: value for name, value in IDEA_REQUEST["idea"].items() if name != "submitter"}
    analysis = Analysis(idea, seed=seed_of(_RUN_ID))
    key = RunKey(DEFAULT_TENANT, IDEA_REQUEST["project_id"], _RUN_ID, validation_id_for(_RUN_ID))
    run = new_run(_ACCEPTED_AT, key)
    written = {name: body for name, body in analysis.documents.items() if name != "idea.input.json"}
    files = {
        name: body if isinstance(body, bytes) else encode(envelope(run, name), body)
        for name, body in written.items()
    }
    return {**files, _INDEX: _index(sorted(files), analysis)}


def _index(names: list[str], analysis: Analysis) -> bytes:
    summaries: Mapping[str, Any] = {
        stage: output.summary for stage, output in analysis.outputs.items() if output.summary
    }
    index = {"documents": names, "summaries": summaries}
    return json.dumps(index, indent=2, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def main() -> None:
    """Replace the recording in the package."""
    FOLDER.mkdir(exist_ok=True)
    files = record()
    for path in FOLDER.iterdir():
        if path.name not in files:
            path.unlink()
    for name, body in files.items():
        (FOLDER / name).write_bytes(body)
        print(f"{len(body):>9} {name}")


if __name__ == "__main__":
    main()
