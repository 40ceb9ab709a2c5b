"""Laws of the money: what scales, what narrows, what repeats."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smvm_workers.engine.cash_flow import FinanceInputs
from smvm_workers.engine.finance import project
from smvm_workers.engine.sensitivity import sobol_indices, tornado
from support.finance import finance_inputs

MONEY = ("price", "som", "trial_marketing", "build_cost")
FREE_OF_CURRENCY = (
    "roi",
    "irr",
    "payback_months",
    "break_even_month",
    "ltv_to_cac",
    "probability_npv_positive",
    "probability_payback",
    "cost_structure",
)
IN_MONEY = (
    "npv",
    "run_off_value",
    "value_at_risk_95",
    "expected_shortfall_95",
    "funding_need",
    "revenue_by_year",
    "monthly_revenue",
    "monthly_cash",
)


def _numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for item in value.values() for number in _numbers(item)]
    return list(value) if isinstance(value, tuple) else [value]


@settings(max_examples=10, deadline=None)
@given(st.floats(1e-4, 1e6))
def test_currency_scales_money_and_nothing_else(rate: float) -> None:
    inputs = finance_inputs(60)
    usual = project(inputs)
    scaled = project(replace(inputs, **{name: getattr(inputs, name) * rate for name in MONEY}))
    for name in FREE_OF_CURRENCY:
        one, other = _numbers(getattr(usual, name)), _numbers(getattr(scaled, name))
        assert one == pytest.approx(other, rel=1e-6, abs=1e-9), name
    for name in IN_MONEY:
        one, other = _numbers(getattr(usual, name)), _numbers(getattr(scaled, name))
        assert [rate * x for x in one] == pytest.approx(other, rel=1e-9, abs=1e-6 * rate), name


def test_every_figure_is_either_money_or_free_of_currency() -> None:
    assert {*FREE_OF_CURRENCY, *IN_MONEY} == set(project(finance_inputs(300)).__slots__)


def test_what_is_known_better_gives_narrower_results() -> None:
    spans = []
    for spread in (1.0, 0.5, 0.1):
        npv = project(finance_inputs(300, spread)).npv
        spans.append(npv["p90"] - npv["p10"])
    assert spans == sorted(spans, reverse=True)


def test_same_inputs_same_figures() -> None:
    assert project(finance_inputs(300)) == project(finance_inputs(300))
    assert tornado(finance_inputs(300)) == tornado(finance_inputs(300))
    assert sobol_indices(finance_inputs(300), seed=3) == sobol_indices(finance_inputs(300), seed=3)


def test_the_tornado_has_every_input_and_stands_widest_first() -> None:
    bars = tornado(finance_inputs(300))
    assert {bar.input for bar in bars} == set(FinanceInputs.__slots__)
    widths = [abs(bar.high - bar.low) for bar in bars]
    assert widths == sorted(widths, reverse=True)
    # what does not vary moves nothing
    assert {bar.input for bar in bars if bar.high == bar.low} >= {"gross_margin", "discount_rate"}


def test_sobol_indices_share_the_variance() -> None:
    found = sobol_indices(finance_inputs(300), seed=3)
    assert sum(index.first_order for index in found) <= 1.05
    for index in found:
        assert index.total >= index.first_order - 0.1
        assert -0.05 <= index.total <= 1.05
    fixed = {i.input: i.total for i in found}
    assert fixed["gross_margin"] == pytest.approx(0, abs=1e-9)
