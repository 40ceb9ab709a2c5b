import json

import jsonschema
import pytest

from smvm_api.mock_mode import NOTICE
from smvm_common.contracts.artifacts import load_schema
from smvm_common.identifiers import ARTIFACT_NAMES
from smvm_common.run.stages import STAGE_NAMES
from smvm_workers.pipeline import STAGES
from support import recording
from support.api import RUN, RUNS, make_api


@pytest.fixture
def mock(tmp_path):
    return make_api(tmp_path, mock_mode=True)


def test_a_run_has_its_results_at_once_and_says_that_they_are_a_recording(mock):
    answer = mock.submit()
    assert (answer.status_code, answer.get_json()["mock"]) == (201, True)
    status = mock.get(RUN + "/status").get_json()
    assert status["status"] == "awaiting_completion"
    assert status["mock"] is True
    assert status["warnings"] == [NOTICE]
    assert set(status["stage_results"].values()) == {"completed"}
    assert status["gate"]["gate_decision"] in ("proceed", "hold")
    results = mock.get(RUN + "/results").get_json()
    assert results["mock"] is True
    assert NOTICE in results["quality_report"]["warnings"]
    assert {entry["name"] for entry in results["artifacts"]} == set(ARTIFACT_NAMES)
    for deliverable in ("decision", "financial_projections", "technical_validation"):
        assert results[deliverable]["mock"] is True


def test_every_artefact_satisfies_its_schema_under_the_runs_own_identifiers(mock):
    mock.submit(run_id="RUN-20260101-000000-00000001", project_id="OTHER")
    folder = "runs/OTHER/validation/RUN-20260101-000000-00000001/"
    for name in ARTIFACT_NAMES:
        body = mock.store.get(folder + name).body
        if name.endswith(".pdf"):
            assert body.startswith(b"%PDF")
            continue
        document = json.loads(body)
        schema = load_schema(name.removesuffix(".json"))
        jsonschema.validate(document, schema, format_checker=jsonschema.FormatChecker())
        assert document["run_id"] == "RUN-20260101-000000-00000001"


def test_the_recording_holds_what_the_stages_write():
    index = json.loads((recording.FOLDER / "index.json").read_text())
    assert index["documents"] == sorted(name for stage in STAGES for name in stage.writes)
    assert set(index["summaries"]) == {"gate", "decision"}
    present = {path.name for path in recording.FOLDER.iterdir()}
    assert present == {*index["documents"], "index.json"}


def test_the_same_request_gets_the_same_results(tmp_path):
    bodies = []
    for part in ("a", "b"):
        api = make_api(tmp_path / part, mock_mode=True)
        api.submit()
        bodies.append(api.get(RUN + "/results").get_json())
    for body in bodies:
        # the record counts when it was written, and the key of pseudonyms is the same
        body.pop("artifacts")
    assert bodies[0] == bodies[1]


def test_without_redis_and_workers_a_run_goes_through_to_its_final_decision(mock):
    mock.redis_server.connected = False
    mock.sender.down = True
    assert mock.submit().status_code == 201
    evidence = {"evidence": [{"kind": "orders", "trials": 100, "successes": 7}]}
    done = mock.client.put(RUN + "/complete", json=evidence, headers=mock.token())
    assert (done.status_code, done.get_json()["status"]) == (200, "completed")
    final = mock.post(RUN + "/finalize")
    assert final.status_code == 200
    assert final.get_json()["final"]["recommendation"] in ("go", "conditional_go", "no_go")


def test_the_stages_are_told_of_one_by_one_as_after_workers(mock):
    mock.submit()
    events = mock.get(RUN + "/events").get_json()["events"]
    names = [event["name"] for event in events]
    assert [f"stage.{name}.completed" for name in STAGE_NAMES] == names[1:]
    assert mock.sender.stages == []
    assert mock.sender.deliveries


def test_off_nothing_is_recorded(tmp_path):
    api = make_api(tmp_path, mock_mode=False)
    assert api.submit().get_json()["mock"] is False
    assert api.get(RUN + "/status").get_json()["status"] == "accepted"
    assert api.get(RUNS).get_json()["runs"][0]["status"] == "accepted"
