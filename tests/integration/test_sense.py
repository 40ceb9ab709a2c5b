"""The engine agrees with what a sensible analyst would say of fifty ideas (``support.sense``)."""

from functools import cache

import pytest

from support.analysis import Analysis
from support.sense import CASES

_NOT_NEEDED = frozenset(("market_simulation", "risk_assessment", "decision", "report"))
"""Chances come from the projection, which does not wait for the simulation."""


@cache
def _analysis(name: str) -> Analysis:
    return Analysis(CASES[name].idea, left_out=_NOT_NEEDED)


def _pairs(relation: str) -> list[tuple[str, str]]:
    return [(name, other) for name, case in CASES.items() for other in getattr(case, relation)]


def _median_market(name: str) -> float:
    return float(_analysis(name).documents["market.output.json"]["intervals"]["tam"]["median"])


def _chance(name: str) -> float:
    """A rejected idea has no projection, and no chance."""
    projection = _analysis(name).documents.get("finance.output.json")
    return float(projection["probability_npv_positive"]) if projection else 0.0


def _ease(name: str) -> float:
    """Feasibility as the gate words it, which is there for rejected ideas too."""
    factors = _analysis(name).documents["gate.output.json"]["key_factors"]
    return float(next(f["score"] for f in factors if f["factor"] == "technical_risks"))


def _findings(name: str) -> set[str]:
    documents = _analysis(name).documents
    found = (
        documents["reading.output.json"]["findings"] + documents["market.output.json"]["findings"]
    )
    return {finding["code"] for finding in found}


@pytest.mark.parametrize("name", CASES)
def test_gate(name: str) -> None:
    gate = _analysis(name).documents["gate.output.json"]
    assert gate["gate_decision"] in CASES[name].gate, gate["reasons"]


@pytest.mark.parametrize(("larger", "smaller"), _pairs("larger"))
def test_market_is_clearly_larger(larger: str, smaller: str) -> None:
    assert _median_market(larger) > 2 * _median_market(smaller)


@pytest.mark.parametrize(("likelier", "other"), _pairs("likelier"))
def test_chance_is_higher(likelier: str, other: str) -> None:
    # two thousand draws: differences below three standard errors would be chance
    assert _chance(likelier) > _chance(other) + 0.03 or _chance(other) == 0 < _chance(likelier)


@pytest.mark.parametrize(("harder", "easier"), _pairs("harder"))
def test_is_harder_to_build(harder: str, easier: str) -> None:
    assert _ease(harder) < _ease(easier)


@cache
def _risk(name: str) -> float:
    """The sum of probability times impact over what could go wrong."""
    whole = Analysis(CASES[name].idea, left_out=frozenset(("decision", "report")))
    return sum(float(risk["score"]) for risk in whole.documents["risk.output.json"]["risks"])


@pytest.mark.slow
@pytest.mark.parametrize(("riskier", "safer"), _pairs("riskier"))
def test_is_riskier(riskier: str, safer: str) -> None:
    assert _risk(riskier) > _risk(safer)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.findings])
def test_doubts_are_told_and_alerted(name: str) -> None:
    assert set(CASES[name].findings) <= _findings(name)
    alerts = [a for output in _analysis(name).outputs.values() for a in output.alerts]
    assert "quality_warning" in [alert.alert_type for alert in alerts]


@pytest.mark.parametrize("name", ["claim too large", "claim too small", "claim in shells"])
def test_a_claim_that_cannot_be_believed_moves_nothing(name: str) -> None:
    assert _median_market(name) == pytest.approx(_median_market("personal finance"))


@pytest.mark.parametrize(("doubtful", "clear"), [("budget in french", "personal finance")])
def test_a_doubtful_reading_has_the_wider_interval(doubtful: str, clear: str) -> None:
    def width(name: str) -> float:
        tam = _analysis(name).documents["market.output.json"]["intervals"]["tam"]
        return float(tam["high"] / tam["low"])

    assert width(doubtful) > width(clear)
