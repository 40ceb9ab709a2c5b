import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from smvm_workers.engine.diffusion import adoption
from smvm_workers.engine.domain import Idea
from smvm_workers.engine.idea import read_idea
from smvm_workers.engine.kernel import ADOPTERS, EVER
from smvm_workers.engine.personas import synthesise_personas
from smvm_workers.engine.precision import mean_error
from smvm_workers.engine.priors import draw_priors
from smvm_workers.engine.replications import Block, World, make_world, run_block, success_threshold
from smvm_workers.engine.scenarios import (
    BASELINE,
    SCENARIOS,
    AgentParameters,
    MarketConditions,
    Scenario,
    SimulationConfig,
    SimulationParameters,
)
from smvm_workers.engine.simulation import run_blocks, simulate, summarise

READING = read_idea(Idea("Budgeting app", "finance", "low", target_customers="millennials"))
PERSONAS = synthesise_personas(READING)
DRAWS = draw_priors(READING, seed=3, size=200)
MARKET = MarketConditions(
    names=("our offer", "one"),
    prices=(1.0, 1.1),
    qualities=(1.1, 1.0),
    brands=(0.0, 0.2),
    reaction_delay_days=(0, 10),
    reaction_strength=(0.0, 0.1),
    feature_strength=(0.0, 0.05),
    annual_spend=100.0,
    customers=1e6,
)
SMALL = SimulationConfig(
    SimulationParameters(seed=4, block_draws=16, scenario_draws=32, most_draws=64),
    agent_parameters=AgentParameters(agents=1500),
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


def _world(config: SimulationConfig = SMALL, **changed: object) -> World:
    return make_world(config, replace(MARKET, **changed), PERSONAS, DRAWS)  # type: ignore[arg-type]  # forwarded as they are


def _shares(world: World, scenario: str = "baseline", draws: int = 32) -> np.ndarray:
    return run_block(world, Block(scenario, 0, draws)).astype(np.float64)


def test_same_input_same_result_on_any_threads_and_from_any_blocks() -> None:
    world = _world()
    alone = simulate(world, 0.6)
    assert simulate(world, 0.6, threads=2) == alone
    elsewhere = run_blocks(world, (Block("stress", 16, 16), Block("baseline", 48, 16)))
    assert simulate(world, 0.6, at_hand=elsewhere) == alone
    other = replace(SMALL, simulation_parameters=replace(SMALL.simulation_parameters, seed=5))
    assert simulate(_world(other), 0.6) != alone


def test_adoption_is_of_the_order_of_the_bass_curve_with_the_same_coefficients() -> None:
    """Awareness is sped up by the share who take an average offer, which so follows p and q."""
    average = _world(prices=(1.0, 1.1), qualities=(1.0, 1.0))
    found = _shares(average, draws=200)[:, :, -1, EVER]
    expected = adoption(DRAWS.innovation, DRAWS.imitation, 30 / 365)
    assert found.mean() == pytest.approx(expected.mean(), rel=0.3)


def test_common_random_numbers_make_a_price_change_visible() -> None:
    """The variance of the effect of a price cut is several times that of independent runs."""
    baseline = _shares(_world(), draws=128)[..., -1, ADOPTERS]
    cut = _shares(_world(prices=(0.9, 1.1)), draws=128)[..., -1, ADOPTERS]
    effect = cut - baseline
    assert effect.mean() > 4 * mean_error(effect)
    assert cut.var() + baseline.var() > 5 * effect.var()


@pytest.mark.parametrize("better", [{"prices": (0.8, 1.1)}, {"qualities": (1.5, 1.0)}])
def test_a_better_offer_is_adopted_more(better: dict[str, object]) -> None:
    ours, then = _shares(_world()), _shares(_world(**better))
    assert then[..., -1, ADOPTERS].mean() > ours[..., -1, ADOPTERS].mean()
    assert np.all(then[..., -1, EVER] >= ours[..., -1, EVER])


def test_memory_does_not_grow_with_the_replications() -> None:
    """But by the small shares a day that are kept of each: a part of what one's agents take."""
    world = _world()

    def peak(draws: int) -> int:
        tracemalloc.start()
        run_block(world, Block("baseline", 0, draws))
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    _shares(world, draws=2)
    a_replication = (peak(128) - peak(8)) / 240
    assert a_replication < 1500 * 64 / 10


def test_a_larger_or_dearer_market_scales_money_and_nothing_else() -> None:
    world = _world()
    one = simulate(world, 0.6).scenarios[0]
    richer = replace(MARKET, customers=3e6, annual_spend=200.0)
    two = simulate(replace(world, conditions=richer), 0.6).scenarios[0]
    assert two.bands == one.bands
    assert two.share_bands == one.share_bands
    for name, band in one.revenue_bands.items():
        assert two.revenue_bands[name] == pytest.approx([6 * value for value in band])


def test_revenue_is_what_adopters_pay_a_day_at_the_price_of_the_scenario() -> None:
    found = {s.name: s for s in simulate(_world(), 0.6).scenarios}
    for name, price in (("baseline", 1.0), ("price_cut", 0.8)):
        expected = [share * 1e6 * 100.0 * price / 365 for share in found[name].bands["p90"]]
        assert found[name].revenue_bands["p90"] == pytest.approx(expected)


def test_shares_sum_to_one_with_the_outside_option() -> None:
    for found in simulate(_world(), 0.6).scenarios:
        whole = found.mean[-1] + sum(found.rivals.values()) + found.nothing
        assert whole == pytest.approx(1, abs=1e-6)
        assert found.ever <= found.aware
    assert set(found.rivals) == {"one", "a new rival"}


def test_success_is_the_chance_to_win_what_the_average_product_does() -> None:
    # p = .03 and q = .38 a year after thirty days
    assert success_threshold(30) == pytest.approx(0.0025, abs=0.0001)
    found = simulate(_world(), 0.6)
    assert found.success == found.scenarios[0].precision["success"].mean
    assert 0.1 < found.success < 0.9


def test_a_market_that_nobody_enters_has_no_adopters_and_no_division_by_zero() -> None:
    nobody = np.zeros((16, 2, 30, 5))
    found = summarise(Scenario("nobody"), nobody, nobody, MARKET)
    assert found.mean[-1] == 0
    assert found.error == 1
    assert found.against_baseline == 1
    assert found.nothing == 1
    assert summarise(BASELINE, nobody, nobody, MARKET).precision["success"].chance_share == 0
