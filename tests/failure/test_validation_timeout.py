"""The guide's validation time-out: incomplete with partial results, an alert, a manual review.

The worker is stopped as one that hangs; the first stage is done from here, so that the run has begun.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from smvm_common.client import SmvmClient, State
from smvm_common.run.stages import STAGE_NAMES
from smvm_common.settings import Settings
from smvm_workers.services import build_services
from support.callbacks import eventually
from support.stack import RunningStack, at_rest, running_stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PATIENCE = timedelta(seconds=240)
GATE_SECONDS = 30.0


def hurried(settings: Settings) -> Settings:
    """Half a minute in the place of three, most of it kept back for a decision on what exists."""
    return replace(
        settings,
        timeline=replace(settings.timeline, gate_seconds=GATE_SECONDS, gate_margin_seconds=27.0),
        scheduler=replace(settings.scheduler, reconcile_tick_seconds=1.0, stalled_after_seconds=5),
    )


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    with running_stack(tmp_path_factory.mktemp("timeout"), adjust=hurried) as running:
        yield running


@pytest.fixture
def begun(stack: RunningStack):
    """A run whose first stage is done, with the worker stopped."""
    client = stack.client()
    warm = client.submit(stack.submission()).validation_id
    client.wait(warm, at_rest, timeout=PATIENCE)
    stack.processes["worker"].pause()
    try:
        validation_id = client.submit(stack.submission()).validation_id
        services = build_services(stack.settings)
        key = services.repository.index.resolve("tractionbuild", validation_id)
        services.runner.run(key, STAGE_NAMES[0], 1)
        yield validation_id
    finally:
        stack.processes["worker"].unpause()


def test_a_gate_decided_without_a_stage_leaves_the_run_incomplete(stack: RunningStack, begun: str):
    client = stack.client()
    client.wait(
        begun, lambda s: s.stage_results["market_analysis"] == "timed_out", timeout=PATIENCE
    )
    stack.processes["worker"].unpause()
    state = client.wait(begun, at_rest, timeout=PATIENCE)
    assert state.gate is not None
    assert state.gate["gate_decision"] == "hold"
    is_incomplete_with_partial_results(stack, client, begun, state)
    is_mended_by_resuming(stack, client, begun)


def test_a_deadline_missed_altogether_leaves_the_run_incomplete(stack: RunningStack, begun: str):
    client = stack.client()
    state = client.wait(begun, at_rest, timeout=PATIENCE)
    assert state.gate is None
    is_incomplete_with_partial_results(stack, client, begun, state)
    stack.processes["worker"].unpause()
    is_mended_by_resuming(stack, client, begun)


def is_incomplete_with_partial_results(
    stack: RunningStack, client: SmvmClient, validation_id: str, state: State
) -> None:
    assert state.status == "incomplete"
    assert state.degraded
    assert state.raw["manual_review"]["reason"]
    results = client.results(validation_id)
    assert results["preliminary"]
    assert results["quality_report"]["degraded"]
    listed = {a["name"] for a in results["artifacts"]}
    assert {"idea.input.json", "personas.output.json", "validation_summary.json"} <= listed

    def heard() -> bool:
        alerts = [c.payload for c in stack.receiver.of(validation_id) if c.kind == "alert"]
        return "timeline_slip" in {alert["alert_type"] for alert in alerts}

    eventually(heard, within=240)


def is_mended_by_resuming(stack: RunningStack, client: SmvmClient, validation_id: str) -> None:
    """The operator's command brings the run to where an undisturbed one is."""
    assert "running" in stack.celery("runs", "resume", validation_id)
    state = client.wait(
        validation_id, lambda s: s.status == "awaiting_completion", timeout=PATIENCE
    )
    assert set(state.stage_results.values()) == {"completed"}
    assert state.raw["manual_review"] is None
