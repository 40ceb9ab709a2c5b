"""The stages one after the other, as the pipeline runs them, on whole ideas."""

import io
import json
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import pypdf
import pytest

from smvm_workers.pipeline import BY_NAME
from support.analysis import FINANCE_IDEA, PERPETUAL_MOTION, Analysis


@cache
def _finance() -> Analysis:
    return Analysis(FINANCE_IDEA)


def _bytes(document: Any) -> bytes:
    return document if isinstance(document, bytes) else json.dumps(document).encode()


def _pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def test_same_run_same_bytes() -> None:
    again = Analysis(FINANCE_IDEA)
    for name, document in _finance().documents.items():
        assert _bytes(document) == _bytes(again.documents[name]), name


def test_another_seed_changes_the_figures_but_not_much() -> None:
    chance, other = (
        a.documents["finance.output.json"]["probability_npv_positive"]
        for a in (_finance(), Analysis(FINANCE_IDEA, seed=8))
    )
    assert chance != other
    # two thousand draws: the standard error is about 0.011
    assert chance == pytest.approx(other, abs=0.06)


def test_every_document_names_its_sources() -> None:
    for name, document in _finance().documents.items():
        if name.endswith(".json") and name != "idea.input.json":
            assert document["sources"], name
            assert all({"name", "kind"} <= set(source) for source in document["sources"])


def test_decision_has_the_agreed_groups() -> None:
    document = _finance().documents["decision.output.json"]
    recommended = document["decision_recommendation"]
    assert recommended["recommendation"] in ("go", "conditional_go", "no_go")
    assert 0 <= recommended["confidence_score"] <= 1
    assert recommended["reasons"]
    for group in ("analysis_summary", "risk_assessment", "implementation_plan", "assumptions"):
        assert document[group]


def test_simulation_config_has_the_agreed_groups() -> None:
    config = _finance().documents["simulation.config.json"]
    groups = {"simulation_parameters", "market_conditions", "time_parameters", "agent_parameters"}
    assert groups <= set(config)


def test_bands_nest_and_grow() -> None:
    result = _finance().documents["simulation.result.json"]
    for scenario in result["scenarios"]:
        ordered = [
            scenario["bands"][f"p{level}"] for level in ("2.5", "10", "25", "50", "75", "90")
        ]
        for lower, upper in pairwise(ordered):
            assert all(low <= high for low, high in zip(lower, upper, strict=True))
        assert scenario["ever"] <= scenario["aware"]


def test_scenarios_move_adoption_the_way_their_names_say() -> None:
    scenarios = _finance().documents["simulation.result.json"]["scenarios"]
    ratio = {s["name"]: s["against_baseline"] for s in scenarios}
    assert ratio["baseline"] == 1
    assert ratio["stress"] < ratio["pessimistic"] < 1 < ratio["optimistic"]
    assert ratio["competitor_launch"] < 1
    assert ratio["downturn"] < 1
    assert ratio["price_cut"] > 1
    assert ratio["hype"] > 1


def test_good_traction_raises_the_chance_and_bad_lowers_it() -> None:
    stage = BY_NAME["financial_projection"]

    def chance(orders: int) -> float:
        observed = ({"kind": "orders", "trials": 2000, "successes": orders, "price": None},)
        given = replace(_finance().input_of(stage), observations=observed)
        found = stage.run(given).documents["finance.output.json"]
        assert not isinstance(found, bytes)
        return float(found["probability_npv_positive"])

    before = _finance().documents["finance.output.json"]["probability_npv_positive"]
    assert chance(4) < before < chance(240)


@pytest.mark.parametrize(
    "left_out", ["persona_synthesis", "competitor_analysis", "market_analysis"]
)
def test_what_the_deadline_left_out_is_made_up_for(left_out: str) -> None:
    found = Analysis(FINANCE_IDEA, left_out=frozenset({left_out}))
    whole = _finance().documents["finance.output.json"]
    assert found.documents["finance.output.json"]["npv"] == whole["npv"]
    assert found.documents["analysis_report.pdf"].startswith(b"%PDF")


def test_rejected_idea_gets_a_no_go_and_a_short_report() -> None:
    found = Analysis(PERPETUAL_MOTION)
    assert found.documents["gate.output.json"]["gate_decision"] == "reject"
    recommended = found.documents["decision.output.json"]["decision_recommendation"]
    assert recommended["recommendation"] == "no_go"
    assert recommended["reasons"]
    short = _pages(found.documents["analysis_report.pdf"])
    assert len(short) < len(_pages(_finance().documents["analysis_report.pdf"]))


@pytest.mark.parametrize(("threshold", "raised"), [(0.05, ["risk_escalation"]), (0.99, [])])
def test_a_risk_beyond_the_threshold_is_escalated(threshold: float, raised: list[str]) -> None:
    stage = BY_NAME["risk_assessment"]
    given = _finance().input_of(stage)
    given = replace(given, rules=replace(given.rules, risk_escalation=threshold))
    assert [alert.alert_type for alert in stage.run(given).alerts] == raised


def test_surprising_evidence_is_a_quality_warning() -> None:
    observed = ({"kind": "orders", "trials": 500, "successes": 400, "price": None},)
    stage = BY_NAME["market_simulation"]
    given = replace(_finance().input_of(stage), observations=observed)
    assert [alert.alert_type for alert in stage.run(given).alerts] == ["quality_warning"]


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ('#panic("x") $1+1$ *bold* _it_ `raw` @ref <label> // comment', '#panic("x") $1+1$ *bold*'),
        ('#include "/etc/passwd" ]#', '#include "/etc/passwd" ]#'),
        (
            "Ünïcödé — “quotes” \N{BULLET} Привет, κόσμε",
            "Ünïcödé — “quotes” \N{BULLET} Привет, κόσμε",
        ),
    ],
)
def test_what_users_write_is_printed_and_never_run(text: str, printed: str) -> None:
    idea = {**FINANCE_IDEA, "description": f"Personal finance {text}"}
    documents = {**_finance().documents, "idea.input.json": {"idea": idea}}
    given = replace(_finance().input_of(BY_NAME["report"]), documents=documents)
    written = BY_NAME["report"].run(given).documents["analysis_report.pdf"]
    assert isinstance(written, bytes)
    assert printed in " ".join(_pages(written)[0].split())


def test_report_tells_what_the_decision_says() -> None:
    pages = _pages(_finance().documents["analysis_report.pdf"])
    whole = " ".join(" ".join(pages).split())
    recommended = _finance().documents["decision.output.json"]["decision_recommendation"]
    assert " ".join(recommended["plain_words"].split())[:60] in whole
    for title in ("Market", "Simulation", "Money", "Technology", "Risks", "Assumptions", "Sources"):
        assert title in whole


def test_report_has_bookmarks_and_its_date_is_the_analysis() -> None:
    reader = pypdf.PdfReader(io.BytesIO(_finance().documents["analysis_report.pdf"]))
    assert len(reader.outline) >= 5
    assert reader.metadata is not None
    assert "20241201" in str(reader.metadata.get("/CreationDate"))


def test_decision_says_how_far_the_evidence_moved_it_and_what_would_flip_it() -> None:
    observed = (
        {"kind": "orders", "trials": 2000, "successes": 240},
        {"kind": "retention", "trials": 400, "successes": 360, "days": 60},
    )
    stage = BY_NAME["decision"]
    given = replace(_finance().input_of(stage), observations=observed)
    document = stage.run(given).documents["decision.output.json"]
    assert not isinstance(document, bytes)
    decided = document["decision_recommendation"]
    effect = decided["evidence_effect"]
    assert effect["observations"] == 2
    assert effect["probability_after"] > effect["probability_before"]
    assert decided["utility"]["chance"] == effect["probability_after"]
    without = _finance().documents["decision.output.json"]["decision_recommendation"]
    assert without["evidence_effect"] is None
    assert effect["probability_before"] == without["utility"]["chance"]
    assert without["what_would_flip_it"]


ABSURD = (
    {"kind": "orders", "trials": 10**9, "successes": 10**9},
    {"kind": "orders", "trials": 10**9, "successes": 0},
    {"kind": "price_test", "trials": 10**9, "successes": 10**9, "price": 1e9},
    {"kind": "retention", "trials": 10**9, "successes": 0, "days": 0.001},
    {"kind": "visits", "trials": 1, "successes": 0},
)


@pytest.mark.slow
@pytest.mark.parametrize("claimed", [0, 1e30, -5.0])
def test_absurd_claims_and_contradictory_evidence_are_flagged_and_never_crash(
    claimed: float,
) -> None:
    idea = {**FINANCE_IDEA, "metadata": {"estimated_market_size": claimed}}
    found = Analysis(idea, observations=ABSURD)
    raised = {alert.alert_type for output in found.outputs.values() for alert in output.alerts}
    assert "quality_warning" in raised
    codes = {f["code"] for f in found.documents["simulation.result.json"]["findings"]}
    assert "evidence-inconsistent" in codes
    decided = found.documents["decision.output.json"]["decision_recommendation"]
    assert decided["confidence_score"] <= 0.975
    assert found.documents["analysis_report.pdf"].startswith(b"%PDF")
