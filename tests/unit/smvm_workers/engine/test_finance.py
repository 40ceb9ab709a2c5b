import numpy as np
import pytest

from smvm_workers.engine.cash_flow import npv_of
from smvm_workers.engine.finance import project, yearly_irr
from support.finance import finance_inputs


def test_irr_of_the_numpy_financial_example() -> None:
    """IRR(−100, 39, 59, 55, 20) = 0.2809484…, a period of its example being a month here."""
    found = yearly_irr(np.array([[-100.0, 39, 59, 55, 20]]))
    assert (1 + found[0]) ** (1 / 12) - 1 == pytest.approx(0.2809484211599611, abs=1e-9)


def test_irr_is_absent_where_money_only_flows_one_way() -> None:
    assert np.isnan(yearly_irr(np.array([[-1.0, -2.0, -3.0]]))).all()


def test_tail_and_chances_agree_with_the_draws() -> None:
    inputs = finance_inputs(500)
    found, npv = project(inputs), npv_of(inputs)
    assert found.probability_npv_positive == (npv > 0).mean()
    assert found.value_at_risk_95 == pytest.approx(-np.quantile(npv, 0.05))
    assert found.expected_shortfall_95 >= found.value_at_risk_95
    assert found.npv["p10"] <= found.npv["p50"] <= found.npv["p90"]


def test_costs_add_up_and_bands_cover_the_months() -> None:
    found = project(finance_inputs(500))
    assert sum(found.cost_structure.values()) == pytest.approx(1)
    assert {len(band) for band in found.monthly_revenue.values()} == {36}
    assert {len(band) for band in found.monthly_cash.values()} == {36}


def test_years_are_sums_of_months() -> None:
    found = project(finance_inputs(1))
    months = found.monthly_revenue["p50"]
    assert found.revenue_by_year["year_2"]["p50"] == pytest.approx(sum(months[12:24]))


def test_payback_is_the_first_month_in_the_black() -> None:
    found = project(finance_inputs(1))
    cash = found.monthly_cash["p50"]
    black = [month for month, total in enumerate(cash, 1) if total > 0]
    expected = black[0] if black else None
    assert (found.payback_months or {}).get("p50") == expected
