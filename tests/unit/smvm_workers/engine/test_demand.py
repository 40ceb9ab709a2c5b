from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smvm_workers.engine.demand import (
    buyer_types,
    choice_shares,
    expected_share,
    price_response,
    win_share,
)
from smvm_workers.engine.domain import Idea
from smvm_workers.engine.idea import read_idea
from smvm_workers.engine.personas import synthesise_personas
from smvm_workers.engine.priors import Draws, draw_priors
from smvm_workers.engine.scenarios import (
    SCENARIOS,
    MarketConditions,
    in_scenario,
    reaction_paths,
)

READING = read_idea(Idea("Budgeting app", "finance", "low", target_customers="millennials"))
DRAWS: Draws = draw_priors(READING, seed=3, size=300)
PERSONAS = synthesise_personas(READING)
TASTES = buyer_types(PERSONAS, 500)
MARKET = MarketConditions(
    names=("our offer", "one", "two"),
    prices=(1.0, 1.2, 0.7),
    qualities=(1.1, 1.2, 0.9),
    brands=(0.0, 0.3, 0.1),
    reaction_delay_days=(0, 10, 20),
    reaction_strength=(0.0, 0.1, 0.2),
    feature_strength=(0.0, 0.05, 0.1),
    annual_spend=100.0,
    customers=1e6,
)


@given(st.floats(0.05, 5))
@settings(max_examples=20, deadline=None)
def test_shares_sum_to_one_with_the_outside_option(price: float) -> None:
    found = choice_shares(MARKET, DRAWS, TASTES[:20], price)
    assert found.shape == (300, 20, 4)
    assert found.sum(axis=2) == pytest.approx(1)


def test_buyers_carry_the_weights_of_their_personas_and_differ_within() -> None:
    for persona in PERSONAS.personas:
        carried = np.isclose(
            TASTES[:, 3] * PERSONAS.personas[0].behavioral_attributes.adoption_propensity,
            persona.behavioral_attributes.adoption_propensity * _propensity_unit(),
        )
        assert carried.sum() >= np.floor(500 * persona.weight)
    assert TASTES[:, 3].mean() == pytest.approx(1, abs=0.02)
    assert len(np.unique(TASTES[:, 0])) == 500
    sensitivity = sum(
        p.weight * p.behavioral_attributes.price_sensitivity for p in PERSONAS.personas
    )
    assert TASTES[:, 0].mean() == pytest.approx(sensitivity, rel=0.05)


def _propensity_unit() -> float:
    """The first persona's multiple of the mean propensity."""
    mean = sum(p.weight * p.behavioral_attributes.adoption_propensity for p in PERSONAS.personas)
    return PERSONAS.personas[0].behavioral_attributes.adoption_propensity / mean


def test_a_lower_price_and_a_better_quality_win_more() -> None:
    cheaper = replace(MARKET, prices=(0.8, *MARKET.prices[1:]))
    better = replace(MARKET, qualities=(1.4, *MARKET.qualities[1:]))
    for changed in (cheaper, better):
        assert np.all(
            expected_share(changed, DRAWS, TASTES) > expected_share(MARKET, DRAWS, TASTES)
        )
        assert np.all(win_share(changed, DRAWS, TASTES) > win_share(MARKET, DRAWS, TASTES))


def test_each_draws_share_is_that_of_the_draw_alone() -> None:
    found = expected_share(MARKET, DRAWS, TASTES), win_share(MARKET, DRAWS, TASTES)
    for i in (0, 63, 64, 299):
        alone = DRAWS.take(np.array([i]))
        chosen = choice_shares(MARKET, alone, TASTES[::5], 1.0)[0].mean(axis=0)
        assert found[0][i] == pytest.approx(chosen[0], rel=1e-12)
        assert found[1][i] == pytest.approx(chosen[0] / chosen[:-1].sum(), rel=1e-12)


def test_elasticities_are_the_derivatives_of_demand() -> None:
    found = price_response(MARKET, DRAWS, TASTES, 0.6)
    step = 1e-5
    sample = TASTES[::5]
    some = DRAWS.take(np.arange(200))
    now = choice_shares(MARKET, some, sample, 1.0)[..., 0].mean()
    then = choice_shares(MARKET, some, sample, 1.0 + step)[..., 0].mean()
    assert found.own_elasticity == pytest.approx((then / now - 1) / step, rel=1e-3)
    raised = replace(MARKET, prices=(1.0, 1.2 * (1 + step), 0.7))
    cross = (choice_shares(raised, some, sample, 1.0)[..., 0].mean() / now - 1) / step
    assert found.cross_elasticities["one"] == pytest.approx(cross, rel=1e-3)


def test_best_price_is_the_best_of_the_curve_and_rises_with_the_cost() -> None:
    cheap, dear = (price_response(MARKET, DRAWS, TASTES, margin) for margin in (0.9, 0.2))
    assert cheap.best_price < dear.best_price
    best = max(cheap.curve, key=lambda point: point.profit)
    assert cheap.best_price == best.price
    low, high = cheap.best_price_interval
    assert low <= cheap.best_price <= high
    assert [p.share for p in cheap.curve] == sorted((p.share for p in cheap.curve), reverse=True)


def test_scenarios_change_the_market_only_as_they_say() -> None:
    by_name = {s.name: in_scenario(MARKET, s) for s in SCENARIOS}
    assert by_name["baseline"] == MARKET
    assert by_name["price_cut"].prices == (0.8, 1.2, 0.7)
    assert by_name["competitor_launch"].names[-1] == "a new rival"
    assert len(by_name["competitor_launch"].reaction_strength) == 4


def test_competitors_answer_on_price_and_later_on_features() -> None:
    prices, qualities = reaction_paths(MARKET, 30)
    assert prices[9].tolist() == [1.0, 1.2, 0.7]
    assert prices[10].tolist() == pytest.approx([1.0, 1.08, 0.7])
    assert prices[-1].tolist() == pytest.approx([1.0, 1.08, 0.56])
    assert qualities[19].tolist() == [1.1, 1.2, 0.9]
    assert qualities[20].tolist() == pytest.approx([1.1, 1.25, 0.9])
