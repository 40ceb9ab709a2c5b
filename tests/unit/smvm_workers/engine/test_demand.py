from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smvm_workers.engine.demand import (
    agent_traits,
    choice_shares,
    expected_share,
    price_response,
    win_share,
)
from smvm_workers.engine.domain import Idea
from smvm_workers.engine.idea import read_idea
from smvm_workers.engine.personas import synthesise_personas
from smvm_workers.engine.priors import Draws, draw_priors
from smvm_workers.engine.scenarios import SCENARIOS, MarketConditions, in_scenario

READING = read_idea(Idea("Budgeting app", "finance", "low", target_customers="millennials"))
DRAWS: Draws = draw_priors(READING, seed=3, size=300)
PERSONAS = synthesise_personas(READING)
TRAITS = agent_traits(PERSONAS, 500)
MARKET = MarketConditions(
    names=("our offer", "one", "two"),
    prices=(1.0, 1.2, 0.7),
    qualities=(1.1, 1.2, 0.9),
    brands=(0.0, 0.3, 0.1),
    reaction_delay_days=(0, 10, 20),
    reaction_strength=(0.0, 0.1, 0.2),
    annual_spend=100.0,
    customers=1e6,
)


@given(st.floats(0.05, 5))
@settings(max_examples=20, deadline=None)
def test_shares_sum_to_one_with_the_outside_option(price: float) -> None:
    found = choice_shares(MARKET, DRAWS, TRAITS[:20], price)
    assert found.shape == (300, 20, 4)
    assert found.sum(axis=2) == pytest.approx(1)


def test_agents_carry_the_weights_of_their_personas() -> None:
    for persona in PERSONAS.personas:
        carried = np.isclose(TRAITS[:, 0], persona.behavioral_attributes.price_sensitivity)
        assert abs(carried.sum() - 500 * persona.weight) < len(PERSONAS.personas)
    assert TRAITS[:, 3].mean() == pytest.approx(1, abs=0.02)


def test_a_lower_price_and_a_better_quality_win_more() -> None:
    cheaper = replace(MARKET, prices=(0.8, *MARKET.prices[1:]))
    better = replace(MARKET, qualities=(1.4, *MARKET.qualities[1:]))
    for changed in (cheaper, better):
        assert np.all(
            expected_share(changed, DRAWS, TRAITS) > expected_share(MARKET, DRAWS, TRAITS)
        )
        assert np.all(win_share(changed, DRAWS, TRAITS) > win_share(MARKET, DRAWS, TRAITS))


def test_elasticities_are_the_derivatives_of_demand() -> None:
    found = price_response(MARKET, DRAWS, TRAITS, 0.6)
    step = 1e-5
    sample = TRAITS[::5]
    some = DRAWS.take(np.arange(200))
    now = choice_shares(MARKET, some, sample, 1.0)[..., 0].mean()
    then = choice_shares(MARKET, some, sample, 1.0 + step)[..., 0].mean()
    assert found.own_elasticity == pytest.approx((then / now - 1) / step, rel=1e-3)
    raised = replace(MARKET, prices=(1.0, 1.2 * (1 + step), 0.7))
    cross = (choice_shares(raised, some, sample, 1.0)[..., 0].mean() / now - 1) / step
    assert found.cross_elasticities["one"] == pytest.approx(cross, rel=1e-3)


def test_best_price_is_the_best_of_the_curve_and_rises_with_the_cost() -> None:
    cheap, dear = (price_response(MARKET, DRAWS, TRAITS, margin) for margin in (0.9, 0.2))
    assert cheap.best_price < dear.best_price
    best = max(cheap.curve, key=lambda point: point.profit)
    assert cheap.best_price == best.price
    assert [p.share for p in cheap.curve] == sorted((p.share for p in cheap.curve), reverse=True)


def test_scenarios_change_the_market_only_as_they_say() -> None:
    by_name = {s.name: in_scenario(MARKET, s) for s in SCENARIOS}
    assert by_name["baseline"] == MARKET
    assert by_name["price_cut"].prices == (0.8, 1.2, 0.7)
    assert by_name["competitor_launch"].names[-1] == "a new rival"
    assert len(by_name["competitor_launch"].reaction_strength) == 4
