"""Holds each stage to the one shape: what it reads, writes, repeats and may be left without."""

import json

import pytest

from smvm_workers.alerts import Alert
from smvm_workers.pipeline import STAGES
from smvm_workers.stages.base import StageOutput
from support.analysis import AFTER_THE_GATE, FINANCE_IDEA, PERPETUAL_MOTION, Analysis

stages = pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
ALERTS = {"quality_warning", "risk_escalation", "timeline_slip", "resource_constraint"}


@pytest.fixture(scope="module")
def analysis():
    return Analysis(FINANCE_IDEA)


@pytest.fixture(scope="module")
def rejected():
    return Analysis(PERPETUAL_MOTION)


@stages
def test_a_stage_writes_what_it_says_and_nothing_else(analysis, stage):
    output = analysis.outputs[stage.name]
    assert isinstance(output, StageOutput)
    assert set(output.documents) == set(stage.writes)
    assert stage.time_limit.total_seconds() > 0
    assert stage.title


@stages
def test_its_documents_are_json_with_sources_or_files(analysis, stage):
    for name, body in analysis.outputs[stage.name].documents.items():
        if name.endswith(".json"):
            assert json.loads(json.dumps(body, allow_nan=False)) == body
            assert body["sources"], name
        else:
            assert isinstance(body, bytes)
            assert body


@stages
def test_done_again_it_hands_back_the_same_and_leaves_what_it_read_as_it_was(analysis, stage):
    given = analysis.input_of(stage)
    before = json.dumps(dict(given.documents), sort_keys=True)
    assert stage.run(given) == analysis.outputs[stage.name]
    assert json.dumps(dict(given.documents), sort_keys=True) == before


@stages
def test_it_reads_nothing_that_it_does_not_name(analysis, stage):
    """What it is given is all there is: :class:`Analysis` gives it what it names."""
    assert set(analysis.input_of(stage).documents) == set(stage.reads)


@stages
def test_what_it_tells_is_text_and_the_guides_alerts(analysis, stage):
    output = analysis.outputs[stage.name]
    assert all(isinstance(text, str) and text for text in output.warnings)
    assert all(isinstance(a, Alert) and a.alert_type in ALERTS for a in output.alerts)
    json.dumps(dict(output.summary), allow_nan=False)


@pytest.mark.parametrize(
    "left_out", ["persona_synthesis", "competitor_analysis", "market_analysis"]
)
def test_each_rapid_stage_can_be_left_out(left_out):
    analysis = Analysis(FINANCE_IDEA, left_out=frozenset({left_out}) | AFTER_THE_GATE)
    assert analysis.documents["gate.output.json"]["gate_decision"] in ("hold", "reject")
    assert analysis.documents["analysis_report.pdf"].startswith(b"%PDF")


def test_a_rejected_idea_gets_its_decision_and_its_report(rejected):
    assert not AFTER_THE_GATE & set(rejected.outputs)
    decision = rejected.outputs["decision"].summary
    assert decision["recommendation"] == "no_go"
    assert rejected.documents["analysis_report.pdf"].startswith(b"%PDF")
