from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smvm_workers.engine.cash_flow import (
    BUILD_MONTHS,
    FinanceInputs,
    cash_flows,
    lifetime_value_ratio,
    market_draws,
    net_present_value,
    npv_of,
    repriced,
    run_off_value,
)
from smvm_workers.engine.diffusion import adoption
from smvm_workers.engine.domain import Idea
from smvm_workers.engine.idea import read_idea
from smvm_workers.engine.market import size_market

MONEY = {"price", "som", "trial_marketing", "build_cost"}


def _inputs(**changed: float) -> FinanceInputs:
    usual = {
        "innovation": 0.03,
        "imitation": 0.38,
        "customers": 20_000.0,
        "price": 240.0,
        "som": 1e9,
        "churn": 0.04,
        "gross_margin": 0.6,
        "acquisition_cost_ratio": 0.5,
        "trial_marketing": 1e9,
        "build_cost": 300_000.0,
        "fixed_cost_ratio": 0.5,
        "discount_rate": 0.15,
    }
    return FinanceInputs(**{name: np.array([value]) for name, value in (usual | changed).items()})


def test_npv_of_the_numpy_financial_example() -> None:
    flows = np.array([[-40_000.0, 5_000, 8_000, 12_000, 30_000]])
    # discounted from the end of the first period, unlike the example, hence the factor
    yearly = 1.08**12 - 1
    assert net_present_value(flows, np.array([yearly]))[0] * 1.08 == pytest.approx(
        3065.2226681795255, abs=1e-9
    )


def test_customers_follow_the_bass_curve_when_nothing_holds_them() -> None:
    found = cash_flows(_inputs(churn=1e-15, acquisition_cost_ratio=0.1)).customers[0]
    years = np.maximum(0, np.arange(1, 37) - BUILD_MONTHS) / 12
    assert found == pytest.approx(20_000 * adoption(0.03, 0.38, years), rel=1e-10)


def test_customers_stay_within_the_obtainable_market() -> None:
    inputs = _inputs(som=240.0 * 500)
    assert cash_flows(inputs).customers.max() == pytest.approx(500)


def test_nothing_is_sold_before_it_is_built_and_the_build_is_paid_once() -> None:
    flows = cash_flows(_inputs())
    assert not flows.revenue[0, :BUILD_MONTHS].any()
    assert flows.build.sum() == pytest.approx(300_000)
    assert not flows.build[0, BUILD_MONTHS:].any()


def test_trial_budget_is_kept() -> None:
    flows = cash_flows(_inputs(trial_marketing=12_000.0))
    assert flows.acquisition[0, BUILD_MONTHS:12].max() == pytest.approx(1000, rel=0.02)
    assert flows.acquisition[0, 12:].max() > 2000


def test_who_loses_on_each_customer_stops_advertising() -> None:
    inputs = _inputs(acquisition_cost_ratio=3.0)
    assert lifetime_value_ratio(inputs)[0] < 1
    assert not cash_flows(inputs).acquisition[0, 12:].any()
    assert cash_flows(inputs).acquisition[0, BUILD_MONTHS:12].all()


def test_lifetime_value_ratio() -> None:
    # 240 a year at 60 % is 12 a month for 25 months, against 120
    assert lifetime_value_ratio(_inputs())[0] == pytest.approx(2.5)


def test_run_off_is_what_the_customers_bring_until_they_leave() -> None:
    inputs = _inputs()
    flows = cash_flows(inputs)
    monthly = 1.15 ** (1 / 12) - 1
    left, total = flows.customers[0, -1], 0.0
    for month in range(1, 2000):
        left *= 0.96
        total += left * 12 / (1 + monthly) ** month
    assert run_off_value(flows, inputs)[0] == pytest.approx(total, rel=1e-9)


def test_scaling_the_currency_scales_money_and_nothing_else() -> None:
    inputs = _inputs(som=1e6, trial_marketing=50_000.0)
    scaled = replace(inputs, **{name: getattr(inputs, name) * 7.5 for name in MONEY})
    assert npv_of(scaled) == pytest.approx(npv_of(inputs) * 7.5, rel=1e-12)
    assert cash_flows(scaled).customers == pytest.approx(cash_flows(inputs).customers)


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("customers", 1.5),
        ("gross_margin", 1.2),
        ("build_cost", 0.5),
        ("fixed_cost_ratio", 0.5),
        ("churn", 0.5),
        ("acquisition_cost_ratio", 0.5),
        ("imitation", 1.3),
    ],
)
def test_what_is_better_is_worth_more(name: str, factor: float) -> None:
    inputs = _inputs()
    better = replace(inputs, **{name: getattr(inputs, name) * factor})
    assert npv_of(better)[0] > npv_of(inputs)[0]
    assert cash_flows(better).customers.sum() >= cash_flows(inputs).customers.sum() * (1 - 1e-12)


def test_a_larger_obtainable_market_is_worth_more_where_it_binds() -> None:
    small, large = _inputs(som=100_000.0), _inputs(som=200_000.0)
    assert npv_of(large)[0] > npv_of(small)[0]


def test_draws_do_not_see_each_other() -> None:
    one, other = _inputs(), _inputs(churn=0.1, customers=900.0)
    together = FinanceInputs(
        **{
            f.name: np.concatenate([getattr(one, f.name), getattr(other, f.name)])
            for f in fields(one)
        }
    )
    assert npv_of(together) == pytest.approx([npv_of(one)[0], npv_of(other)[0]], rel=1e-14)


@pytest.mark.parametrize("claim", [None, 1e3, 5e6, 1e12])
def test_som_is_within_sam_within_tam_in_every_draw(claim: float | None) -> None:
    idea = Idea("Invoicing software for freelancers", "finance", "low", claim)
    market = size_market(idea, read_idea(idea))
    found = market_draws(market, seed=3, size=20_000)
    assert np.all(found.som <= found.sam)
    assert np.all(found.sam <= found.tam)
    assert np.median(found.tam) == pytest.approx(market.tam.interval.median, rel=0.1)
    assert np.median(found.som) == pytest.approx(market.som.interval.median, rel=0.1)


def test_the_unit_costs_the_same_at_another_price() -> None:
    inputs = _inputs()
    found = repriced(inputs, 1.25, np.array([0.7]))
    assert found.price * (1 - found.gross_margin) == pytest.approx(
        inputs.price * (1 - inputs.gross_margin)
    )
    assert found.price * found.acquisition_cost_ratio == pytest.approx(
        inputs.price * inputs.acquisition_cost_ratio
    )
    assert found.customers == pytest.approx(0.7 * inputs.customers)


_SIZES = st.sampled_from([0.0, 1e-300, 1e-9, 1.0, 1e4, 1e30])


@settings(max_examples=150, deadline=None)
@given(
    st.fixed_dictionaries(
        {
            **dict.fromkeys(("customers", "price", "som", "trial_marketing", "build_cost"), _SIZES),
            "innovation": st.sampled_from([1e-9, 0.03, 50.0]),
            "imitation": st.sampled_from([1e-9, 0.38, 50.0]),
            "churn": st.sampled_from([0.0, 0.03, 1.0]),
            "gross_margin": st.sampled_from([-3.0, 0.0, 0.6, 1.0]),
            "acquisition_cost_ratio": st.sampled_from([0.0, 0.5, 1e6]),
        }
    )
)
def test_no_input_however_absurd_makes_it_crash_or_sell_more_than_there_is(
    changed: dict[str, float],
) -> None:
    inputs = _inputs(**changed)
    flows = cash_flows(inputs)
    assert np.all(np.isfinite(flows.net))
    assert not np.isnan(npv_of(inputs)).any()
    assert np.all(flows.customers >= 0)
    assert np.all(flows.customers <= inputs.customers * (1 + 1e-9))
    assert np.all(flows.revenue * 12 <= inputs.som * (1 + 1e-9))
