"""The guide's four flags and the logs, on and off, on real processes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import requests

from smvm_common.client import DisabledError, Idea, Observation, SmvmClient
from smvm_common.identifiers import ARTIFACT_NAMES
from smvm_common.settings import FeatureFlags, Settings
from support.callbacks import eventually
from support.stack import RunningStack, at_rest, running_stack

pytestmark = pytest.mark.timeout(170)

HOPELESS = Idea("A perpetual motion machine that powers homes for free", "energy")
"""Rejected at the gate, so that its analysis is short."""
_PATIENCE = 60.0
_OWN = ("smvm_api", "smvm_workers", "smvm_common")


def with_flags(**flags: bool):
    def adjust(settings: Settings) -> Settings:
        open_on_sundays = replace(settings.maintenance, enabled=False)
        return replace(settings, features=FeatureFlags(**flags), maintenance=open_on_sundays)

    return adjust


def lines(stack: RunningStack, name: str) -> Iterator[dict[str, object]]:
    """The JSON lines that a process logged; celery's banner is none."""
    for line in stack.log(name).splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def metrics(stack: RunningStack) -> str:
    return requests.get(f"{stack.url}/metrics", timeout=10).text


def debugged(stack: RunningStack, name: str) -> set[str]:
    """The events that SMVM's own loggers wrote at DEBUG."""
    own = (entry for entry in lines(stack, name) if str(entry["logger"]).startswith(_OWN))
    return {str(entry["event"]) for entry in own if entry["level"] == "debug"}


def test_validation_enabled_off(tmp_path):
    adjust = with_flags(validation_enabled=False)
    with running_stack(tmp_path, names=("web",), adjust=adjust) as stack:
        headers = {"Authorization": f"Bearer {stack.token()}"}
        runs = f"{stack.url}/api/v1/validation/runs"
        refused = requests.post(runs, json={}, headers=headers, timeout=10)
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert requests.get(runs, headers=headers, timeout=10).status_code == 200
        smvm = replace(stack.settings.integration.smvm, service_account_token=stack.token())
        integration = replace(stack.settings.integration, smvm=smvm)
        client = SmvmClient.from_settings(replace(stack.settings, integration=integration))
        with pytest.raises(DisabledError):
            client.submit(stack.submission(1))
        assert not list(stack.store.list("runs/"))


def test_mock_mode_on_needs_neither_redis_nor_workers(tmp_path):
    adjust = with_flags(mock_mode=True)
    with running_stack(tmp_path, names=("web",), adjust=adjust) as stack:
        stack.redis.kill()
        client = stack.client()
        run = client.submit(stack.submission(1)).validation_id
        state = client.status(run)
        assert (state.status, state.raw["mock"]) == ("awaiting_completion", True)
        assert "mock_mode" in state.raw["warnings"][0]
        assert {a.name for a in client.artifacts(run)} == set(ARTIFACT_NAMES)
        client.complete(run, evidence=[Observation("orders", trials=100, successes=7)])
        assert client.finalize(run)["final"]["recommendation"] in ("go", "conditional_go", "no_go")


@pytest.fixture(scope="module")
def talkative(tmp_path_factory):
    """Everything on but the mock."""
    directory = tmp_path_factory.mktemp("talkative")
    with running_stack(directory, adjust=with_flags(detailed_logging=True)) as stack:
        yield stack


@pytest.fixture(scope="module")
def run(talkative):
    """A run from its submission to its final decision."""
    client = talkative.client()
    submission = talkative.submission(1, idea=HOPELESS, correlation_id="CORR-ONE-1")
    submitted = client.submit(submission).validation_id
    client.wait(submitted, at_rest, timeout=timedelta(seconds=120))
    client.finalize(submitted)
    return submitted


@pytest.mark.slow
def test_one_correlation_id_from_the_request_to_the_callbacks(talkative, run):
    client = talkative.client()
    assert client.status(run).raw["correlation_id"] == "CORR-ONE-1"
    expected = [e["callback_sequence"] for e in client.events(run) if e["callback"]]
    eventually(lambda: len(talkative.receiver.of(run)) == len(expected), _PATIENCE)
    heard = talkative.receiver.of(run)
    assert {callback.correlation_id for callback in heard} == {"CORR-ONE-1"}
    posts = [e for e in lines(talkative, "web") if e.get("method") == "POST"]
    accepted = next(e for e in posts if e["status"] == 201)
    assert accepted["correlation_id"] == "CORR-ONE-1"
    done = [e for e in lines(talkative, "worker") if e["event"] == "stage_completed"]
    assert {e["correlation_id"] for e in done if e["validation_id"] == run} == {"CORR-ONE-1"}
    sent = [e for e in lines(talkative, "courier") if e["event"] == "callback_attempted"]
    assert len(sent) >= len(expected)
    assert {e["correlation_id"] for e in sent} == {"CORR-ONE-1"}


@pytest.mark.slow
def test_every_line_of_the_api_is_json_and_each_request_is_one_of_the_same_fields(talkative, run):
    written = talkative.log("web").splitlines()
    parsed = [json.loads(line) for line in written]
    for entry in parsed:
        assert {"timestamp", "level", "event", "logger"} <= set(entry)
    requests_of = [frozenset(entry) for entry in parsed if entry["event"] == "request"]
    assert len(set(requests_of)) == 1
    assert {"correlation_id", "endpoint", "status", "duration_ms"} <= requests_of[0]


@pytest.mark.slow
def test_detailed_logging_on_shows_what_passes_between_the_parts(talkative, run):
    assert {"idea_checked", "task_sent"} <= debugged(talkative, "web")
    assert {"run_changed", "documents_written"} <= debugged(talkative, "worker")


@pytest.mark.slow
def test_the_key_metrics_of_the_guide_are_served(talkative, run):
    headers = {"Authorization": f"Bearer {talkative.token()}"}
    missing = f"{talkative.url}/api/v1/validation/x/status"
    requests.get(missing, headers=headers, timeout=10)

    eventually(lambda: "smvm_queue_depth{" in metrics(talkative), _PATIENCE)
    text = metrics(talkative)
    for sample in (
        'smvm_runs_total{status="completed"}',
        "smvm_run_duration_seconds_count",
        'smvm_http_request_duration_seconds_bucket{endpoint="status.status"',
        'smvm_http_errors_total{endpoint="status.status",type="not-found"}',
        'smvm_queue_depth{queue="analysis"}',
        "smvm_dead_letters 0.0",
        'smvm_breaker_state{destination="',
        'smvm_callback_attempts_total{outcome="delivered"}',
    ):
        assert sample in text, sample


@pytest.mark.slow
def test_callbacks_and_detailed_logging_off(tmp_path):
    with running_stack(tmp_path, adjust=with_flags(async_callbacks=False)) as stack:
        client = stack.client()
        run = client.submit(stack.submission(1, idea=HOPELESS)).validation_id
        state = client.wait(run, at_rest, timeout=timedelta(seconds=120))
        assert state.status == "completed"
        assert client.finalize(run)["final"]["recommendation"] == "no_go"
        assert any(event["callback"] for event in client.events(run))
        # the reconciler has looked after the run, and found nothing to deliver
        eventually(lambda: "smvm_queue_depth{" in metrics(stack), _PATIENCE)
        assert stack.receiver.of(run) == []
        assert not [e for e in lines(stack, "courier") if e["event"] == "callback_attempted"]
        for name in ("web", "worker", "courier"):
            assert debugged(stack, name) == set()
