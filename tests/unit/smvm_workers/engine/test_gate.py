import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smvm_workers.engine.competitors import find_competitors
from smvm_workers.engine.domain import GateDecision, Idea, LogNormal, MarketSize
from smvm_workers.engine.gate import Assessment, GateCriteria, decide_gate
from smvm_workers.engine.idea import read_idea
from smvm_workers.engine.market import size_market
from smvm_workers.engine.personas import synthesise_personas
from smvm_workers.engine.technical import assess_technology

CRITERIA = GateCriteria()
IDEA = Idea("Invoicing software for freelancers", "finance", "low")
READING = read_idea(IDEA)
COMPLETE = Assessment(
    READING,
    assess_technology(IDEA, READING),
    size_market(IDEA, READING),
    find_competitors(IDEA, READING),
    synthesise_personas(READING),
)


def _gate(seen: Assessment, criteria: GateCriteria = CRITERIA) -> GateDecision:
    return decide_gate(seen, criteria)


def _sized(median: float, sigma: float = 1.0) -> MarketSize:
    """A market whose sources say so much."""
    assert COMPLETE.market is not None
    scale = median / COMPLETE.market.tam.interval.median
    moved = {
        name: LogNormal(getattr(COMPLETE.market, name).mu + math.log(scale), sigma)
        for name in ("tam", "top_down", "bottom_up")
    }
    return replace(COMPLETE.market, **moved)


def test_nothing_is_said_to_be_sure() -> None:
    found = _gate(COMPLETE)
    assert found.gate_decision == "proceed"
    assert found.confidence_score <= 0.975
    assert all(factor.score < 1 for factor in found.key_factors if "market" in factor.factor)
    words = " ".join([*found.reasons, *(factor.evidence for factor in found.key_factors)])
    assert "100 %" not in words
    assert "100%" not in words


@pytest.mark.parametrize("part", ["market", "competitors", "personas"])
def test_what_is_missing_turns_proceed_into_hold(part: str) -> None:
    found = _gate(replace(COMPLETE, **{part: None}))
    assert found.gate_decision == "hold"
    assert found.confidence_score == 0.5
    assert len(found.missing) == 1


def test_the_criteria_are_the_operators() -> None:
    assert _gate(COMPLETE, replace(CRITERIA, minimum_tam=1e13)).gate_decision == "reject"
    assert _gate(COMPLETE, replace(CRITERIA, minimum_feasibility=0.99)).gate_decision == "reject"
    assert _gate(COMPLETE, replace(CRITERIA, required_competitors=9)).gate_decision == "hold"


def test_a_larger_market_is_never_judged_worse() -> None:
    order = ("reject", "hold", "proceed")
    found = [_gate(replace(COMPLETE, market=_sized(m))) for m in (1e4, 1e5, 1e6, 3e6, 1e8, 1e11)]
    ranks = [order.index(one.gate_decision) for one in found]
    assert ranks == sorted(ranks)
    assert set(ranks) == {0, 1, 2}
    met = [one.criteria_met for one in found]
    assert met == sorted(met)


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 1e30), st.floats(1e5, 3e6))
def test_a_claim_without_evidence_never_turns_hold_into_proceed(
    claimed: float, minimum: float
) -> None:
    claiming = replace(IDEA, estimated_market_size=claimed)
    # the smaller the sourced market, the more a claim could add
    criteria = replace(CRITERIA, minimum_tam=minimum * 1e3)
    without = _gate(COMPLETE, criteria)
    found = _gate(replace(COMPLETE, market=size_market(claiming, READING)), criteria)
    assert found.criteria_met <= without.criteria_met + 1e-9
    if without.gate_decision != "proceed":
        assert found.gate_decision != "proceed"
