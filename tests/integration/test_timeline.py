"""T0 to T32 over HTTP on the real stack: Redis, S3, gunicorn, workers, beat, receiver."""

import json
from datetime import timedelta

import jsonschema
import pytest
import requests

from smvm_common.client import ApiError, Idea, Observation
from smvm_common.contracts.artifacts import SCHEMA_NAMES, load_schema
from smvm_common.identifiers import ARTIFACT_NAMES
from smvm_common.run.stages import STAGE_NAMES
from support.stack import RunningStack, at_rest, running_stack

pytestmark = pytest.mark.timeout(170)


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    with running_stack(tmp_path_factory.mktemp("stack"), store="s3") as running:
        yield running


def test_from_submission_to_the_final_decision(stack: RunningStack):
    client = stack.client()
    accepted = client.submit(stack.submission(1))
    seen: list[float] = []
    state = client.wait(
        accepted.validation_id,
        at_rest,
        timeout=timedelta(seconds=90),
        on_progress=lambda s: seen.append(s.progress),
    )
    assert state.status == "awaiting_completion"
    assert seen == sorted(seen)
    assert state.gate is not None
    assert state.gate["gate_decision"] == "proceed"
    assert set(state.stage_results) == set(STAGE_NAMES)
    assert set(state.stage_results.values()) == {"completed"}

    with pytest.raises(ApiError, match="409"):
        client.finalize(accepted.validation_id)

    before = client.results(accepted.validation_id)
    client.submit_evidence(
        accepted.validation_id, [Observation("orders", trials=4000, successes=400, price=60.0)]
    )
    client.advance_clock(accepted.validation_id, timedelta(days=30))
    state = client.wait(
        accepted.validation_id, lambda s: s.status == "completed", timeout=timedelta(seconds=60)
    )
    after = client.results(accepted.validation_id)
    evidence = after["simulation"]["evidence"]
    assert evidence["observations"] == 1
    conversion = next(c for c in evidence["changes"] if c["name"] == "conversion")
    before_width, after_width = (
        conversion[part]["high"] - conversion[part]["low"] for part in ("before", "after")
    )
    assert after_width < before_width
    assert after["decision"] != before["decision"]

    client.advance_clock(accepted.validation_id, timedelta(days=2))
    state = client.wait(
        accepted.validation_id, lambda s: s.status == "finalized", timeout=timedelta(seconds=30)
    )
    assert state.final is not None
    assert state.final["recommendation"] in ("go", "conditional_go", "no_go")
    assert client.finalize(accepted.validation_id)["final"] == state.final
    _check_artifacts(stack, accepted.validation_id)
    _check_callbacks(stack, accepted.validation_id)


def _check_artifacts(stack: RunningStack, validation_id: str) -> None:
    client = stack.client()
    run_id = client.status(validation_id).raw["run_id"]
    folder = f"runs/PROJ-001/validation/{run_id}/"
    assert sorted(stack.store.list(folder)) == sorted(folder + n for n in ARTIFACT_NAMES)
    listed = {a.name: a for a in client.artifacts(validation_id)}
    assert set(listed) == set(ARTIFACT_NAMES)
    for name in ARTIFACT_NAMES:
        body = stack.store.get(folder + name).body
        assert len(body) == listed[name].size
        if name.endswith(".json"):
            schema = load_schema(name.removesuffix(".json"))
            jsonschema.validate(json.loads(body), schema)
            assert b"john.doe" not in body
    assert stack.store.get(folder + "analysis_report.pdf").body.startswith(b"%PDF")
    link = client.results(validation_id)["artifacts"][-2]["presigned_link"]
    assert requests.get(link, timeout=10).content.startswith(b"%PDF")


def _check_callbacks(stack: RunningStack, validation_id: str) -> None:
    client = stack.client()
    expected = [e["callback_sequence"] for e in client.events(validation_id) if e["callback"]]
    client.wait(
        validation_id,
        lambda _: len(stack.receiver.of(validation_id)) == len(expected),
        timeout=timedelta(seconds=20),
    )
    heard = stack.receiver.of(validation_id)
    assert [c.sequence for c in heard] == expected
    assert stack.receiver.duplicates == 0
    assert stack.receiver.refused == 0
    assert heard[-1].payload["run_status"] == "finalized"
    assert {c.correlation_id for c in heard} == {client.status(validation_id).raw["correlation_id"]}


def test_a_range_of_an_artefact_and_its_etag(stack: RunningStack):
    client = stack.client()
    accepted = client.submit(stack.submission(2))
    client.wait(accepted.validation_id, at_rest, timeout=timedelta(seconds=60))
    url = f"{stack.url}/api/v1/validation/{accepted.validation_id}/artifacts/analysis_report.pdf"
    headers = {"Authorization": f"Bearer {stack.token()}"}
    whole = requests.get(url, headers=headers, timeout=10)
    part = requests.get(url, headers={**headers, "Range": "bytes=5-99"}, timeout=10)
    assert (part.status_code, part.content) == (206, whole.content[5:100])
    assert part.headers["Content-Range"] == f"bytes 5-99/{len(whole.content)}"
    same = requests.get(
        url, headers={**headers, "If-None-Match": whole.headers["ETag"]}, timeout=10
    )
    assert same.status_code == 304
    beyond = requests.get(url, headers={**headers, "Range": "bytes=99999999-"}, timeout=10)
    assert beyond.status_code == 416


def test_a_rejected_idea_ends_at_the_gate_with_a_short_report(stack: RunningStack):
    client = stack.client()
    idea = Idea("A perpetual motion machine that powers homes for free", "energy")
    accepted = client.submit(stack.submission(3, idea=idea))
    state = client.wait(accepted.validation_id, at_rest, timeout=timedelta(seconds=60))
    assert state.status == "completed"
    assert state.gate is not None
    assert state.gate["gate_decision"] == "reject"
    assert state.stage_results["market_simulation"] == "skipped"
    final = client.finalize(accepted.validation_id)["final"]
    assert final["recommendation"] == "no_go"
    assert "analysis_report.pdf" in {a.name for a in client.artifacts(accepted.validation_id)}
    alerts = [c for c in stack.receiver.of(accepted.validation_id) if c.kind == "alert"]
    assert "risk_escalation" in {c.payload["alert_type"] for c in alerts}


def test_completing_by_hand_with_evidence_waits_for_the_analysis(stack: RunningStack):
    client = stack.client()
    accepted = client.submit(stack.submission(4))
    client.wait(accepted.validation_id, at_rest, timeout=timedelta(seconds=60))
    answer = client.complete(
        accepted.validation_id,
        evidence=[Observation("sign_ups", trials=1000, successes=50)],
        note="landing page",
    )
    assert answer["status"] == "completed"
    assert client.complete(accepted.validation_id)["status"] == "completed"
    assert client.status(accepted.validation_id).raw["round"] == 2


def test_a_cancelled_run_stays_cancelled(stack: RunningStack):
    client = stack.client()
    accepted = client.submit(stack.submission(5))
    assert client.cancel(accepted.validation_id, "changed our mind")["status"] == "cancelled"
    assert client.cancel(accepted.validation_id)["status"] == "cancelled"
    state = client.status(accepted.validation_id)
    assert state.status == "cancelled"


def test_runs_are_listed_page_by_page(stack: RunningStack):
    client = stack.client()
    listed = list(client.runs(limit="2"))
    ids = [entry["validation_id"] for entry in listed]
    assert len(ids) >= 5
    assert ids == sorted(set(ids))
    assert {e["project_id"] for e in client.runs(project_id="PROJ-001")} == {"PROJ-001"}


def test_metrics_tell_of_stages_callbacks_and_requests(stack: RunningStack):
    text = requests.get(f"{stack.url}/metrics", timeout=10).text
    for name in (
        "smvm_http_request_duration_seconds_bucket",
        'smvm_stage_total{outcome="completed",stage="report"}',
        'smvm_runs_total{status="finalized"}',
        'smvm_callback_attempts_total{outcome="delivered"}',
        "smvm_queue_depth",
        "smvm_dead_letters",
    ):
        assert name in text, name


def test_every_schema_is_published(stack: RunningStack):
    listed = requests.get(f"{stack.url}/api/v1/schemas/", timeout=10).json()["schemas"]
    assert len(listed) == len(SCHEMA_NAMES) == 8
    for path in listed:
        schema = requests.get(stack.url + path, timeout=10).json()
        jsonschema.Draft202012Validator.check_schema(schema)
