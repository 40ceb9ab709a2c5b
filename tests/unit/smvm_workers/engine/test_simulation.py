from dataclasses import replace

import numpy as np
import pytest

from smvm_workers.engine.demand import agent_traits
from smvm_workers.engine.diffusion import adoption
from smvm_workers.engine.domain import Idea
from smvm_workers.engine.idea import read_idea
from smvm_workers.engine.personas import synthesise_personas
from smvm_workers.engine.priors import draw_priors
from smvm_workers.engine.scenarios import (
    BASELINE,
    AgentParameters,
    MarketConditions,
    Scenario,
    SimulationConfig,
    SimulationParameters,
)
from smvm_workers.engine.simulation import (
    World,
    make_world,
    relative_error,
    run_scenario,
    simulate,
    summarise,
)

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
    annual_spend=100.0,
    customers=1e6,
)
SMALL = SimulationConfig(
    SimulationParameters(seed=4, batch=16, most_replications=48, scenario_replications=32),
    agent_parameters=AgentParameters(agents=1500),
)


def _world(**changed: object) -> World:
    market = replace(MARKET, **changed)  # type: ignore[arg-type]  # forwarded as they are
    return make_world(SMALL, market, agent_traits(PERSONAS, 1500), DRAWS)


def test_same_input_same_result() -> None:
    one, two = (simulate(SMALL, MARKET, PERSONAS, DRAWS, 0.6) for _ in range(2))
    assert one == two
    other = replace(SMALL, simulation_parameters=replace(SMALL.simulation_parameters, seed=5))
    assert simulate(other, MARKET, PERSONAS, DRAWS, 0.6) != one


def test_adoption_is_of_the_order_of_the_bass_curve_with_the_same_coefficients() -> None:
    """Awareness is sped up by the share who choose us, so that adoption follows p and q."""
    world = _world()
    shares = run_scenario(world, BASELINE)[:, -1, 1]
    draws = DRAWS.take(np.arange(len(shares)))
    expected = adoption(draws.innovation, draws.imitation, 30 / 365)
    assert shares.mean() == pytest.approx(expected.mean(), rel=0.35)


def test_replications_are_added_until_exact_enough_or_at_most() -> None:
    coarse = replace(SMALL.simulation_parameters, error_bound=10.0)
    world = _world()
    few = run_scenario(
        replace(world, config=replace(SMALL, simulation_parameters=coarse)), BASELINE
    )
    many = run_scenario(world, BASELINE)
    assert (len(few), len(many)) == (16, 48)
    assert few.tobytes() == many[:16].tobytes()
    assert relative_error(many) < relative_error(few)


def test_common_random_numbers_make_a_small_price_change_visible() -> None:
    baseline = run_scenario(_world(), BASELINE)
    cut = run_scenario(_world(), Scenario("cut", our_price=0.9))
    found = summarise("cut", cut, baseline)
    apart = np.hypot(relative_error(cut), relative_error(baseline[: len(cut)]))
    assert found.against_baseline > 1
    assert found.against_baseline_error < apart / 2


@pytest.mark.parametrize(
    "better", [{"prices": (0.8, 1.1)}, {"qualities": (1.5, 1.0)}, {"prices": (1.0, 1.6)}]
)
def test_a_better_offer_takes_a_larger_share_of_the_aware(better: dict[str, object]) -> None:
    """At equal awareness: the hazards stay those of the market as it is."""
    world = _world()
    improved = replace(world, conditions=replace(MARKET, **better))  # type: ignore[arg-type]  # as above
    ours, then = run_scenario(world, BASELINE), run_scenario(improved, BASELINE)
    assert then[:, -1, 0].mean() > ours[:, -1, 0].mean()


def test_a_market_that_nobody_enters_has_no_adopters_and_no_division_by_zero() -> None:
    nobody = np.zeros((16, 30, 3))
    found = summarise("nobody", nobody, nobody)
    assert found.mean[-1] == 0
    assert found.error == 1
    assert found.against_baseline == 1
