"""Whatever an idea says, the stages before the gate neither fail nor pretend to know."""

import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.analysis import AFTER_THE_GATE, FINANCE_IDEA, Analysis

_RAPID = AFTER_THE_GATE | {"decision", "report"}
_SANE = ("ai app for banks", "robots", "sells drugs", "für kleine Firmen", "家計簿", "budget")
_ODD = ("", "perpetual motion", "\ud800", "\x00", "🙂🙂", "a" * 400, "the the the", "(((", "%s {0}")
_WORDS = st.sampled_from([*_SANE, *_ODD])
_TEXTS = st.text(max_size=200) | st.lists(_WORDS, max_size=6).map(" ".join)
_SIZES = st.none() | st.sampled_from(
    [0, -0.0, -1e6, 1e-300, 1e30, 1e308, math.nan, math.inf, -math.inf, 1e6]
)
_METADATA = st.fixed_dictionaries(
    {},
    optional={
        "estimated_market_size": _SIZES | st.floats(),
        "currency": st.sampled_from(["USD", "EUR", "XXX", "", "\N{EURO SIGN}", "usd"]),
        "target_customers": _TEXTS,
        "competitive_advantage": _TEXTS,
        "country": _TEXTS | st.sampled_from(["Germany", "DE", "Atlantis", "us"]) | st.floats(),
    },
)


def _rapid(description: str, domain: str, metadata: dict[str, Any]) -> Analysis:
    idea = {"description": description, "domain": domain, "urgency": "low", "metadata": metadata}
    return Analysis(idea, left_out=_RAPID)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(_TEXTS, _TEXTS | st.sampled_from(["finance", "other", "Gesundheit"]), _METADATA)
def test_nothing_makes_the_rapid_stages_fail(
    description: str, domain: str, metadata: dict[str, Any]
) -> None:
    documents = _rapid(description, domain, metadata).documents
    tam = documents["market.output.json"]["intervals"]["tam"]
    assert 0 < tam["low"] < tam["median"] < tam["high"] < math.inf
    assert 0 <= documents["gate.output.json"]["confidence_score"] < 1
    assert len(documents["competitors.output.json"]["competitors"]) == 5
    weights = [p["weight"] for p in documents["personas.output.json"]["personas"]]
    assert sum(weights) == pytest.approx(1)


@pytest.mark.parametrize(
    ("size", "currency", "code"),
    [
        (math.nan, "USD", "claim-absurd"),
        (math.inf, "USD", "claim-absurd"),
        (-5e6, "USD", "claim-absurd"),
        (0.0, "USD", "claim-absurd"),
        (1e30, "USD", "claim-absurd"),
        (5e13, "USD", "claim-implausible"),
        (5e6, "XXX", "claim-currency"),
        (5e6, "EUR", "claim-currency"),
    ],
)
def test_an_absurd_claim_is_a_quality_warning_and_weighs_nothing(
    size: float, currency: str, code: str
) -> None:
    told = {"target_customers": "millennials", "competitive_advantage": "AI-driven insights"}
    told_more = {**told, "estimated_market_size": size, "currency": currency}
    found = _rapid(FINANCE_IDEA["description"], "finance", told_more)
    without = _rapid(FINANCE_IDEA["description"], "finance", told)
    market = found.documents["market.output.json"]
    assert code in {finding["code"] for finding in market["findings"]}
    assert market["claim"] is None
    assert market["tam"] == without.documents["market.output.json"]["tam"]
    alerts = found.outputs["market_analysis"].alerts
    assert [alert.alert_type for alert in alerts] == ["quality_warning"]


@pytest.mark.parametrize(
    ("description", "domain", "code"),
    [
        ("", "finance", "too-few-words"),
        ("app", "finance", "too-few-words"),
        ("qwrt zxcvb plkjh mnbvc", "health", "gibberish"),
        ("something nice for everyone that makes life better", "other", "unclear"),
        ("Smart collar that tracks the health of dogs and cats", "legal", "domain-mismatch"),
        ("Plattform für die Buchhaltung von Handwerkern", "finance", "foreign-language"),
    ],
)
def test_a_doubtful_reading_is_a_quality_warning_with_a_wider_interval(
    description: str, domain: str, code: str
) -> None:
    found = _rapid(description, domain, {})
    codes = {f["code"] for f in found.documents["reading.output.json"]["findings"]}
    assert code in codes
    alerts = found.outputs["persona_synthesis"].alerts
    assert [alert.alert_type for alert in alerts] == ["quality_warning"]
    tam = found.documents["market.output.json"]["intervals"]["tam"]
    clear = _rapid("Budgeting app for households", "finance", {})
    plain = clear.documents["market.output.json"]["intervals"]["tam"]
    assert tam["high"] / tam["low"] > plain["high"] / plain["low"]


def test_a_country_without_figures_is_told() -> None:
    found = _rapid("Budgeting app for households", "finance", {"country": "Atlantis"})
    codes = {f["code"] for f in found.documents["reading.output.json"]["findings"]}
    assert codes == {"country-unknown"}
