from dataclasses import replace

import numpy as np
import pytest

from smvm_workers.engine.kernel import ADOPTERS, EVER
from smvm_workers.engine.replications import Block, exact_enough, outstanding, together
from smvm_workers.engine.scenarios import SCENARIOS, SimulationConfig, SimulationParameters

CONFIG = SimulationConfig(
    SimulationParameters(seed=1, block_draws=16, scenario_draws=32, most_draws=200)
)


def _result(block: Block, spread: float) -> np.ndarray:
    """Shares whose final adopters vary by ``spread`` around one half."""
    generator = np.random.Generator(np.random.Philox(key=block.first + 1))
    shares = np.zeros((block.size, 2, 30, 5), np.float32)
    shares[:, :, -1, ADOPTERS] = 0.5 + spread * generator.normal(size=(block.size, 2))
    shares[:, :, -1, EVER] = 0.5
    return shares


def _waves(spread: float, draws: int = 2000) -> list[list[Block]]:
    results: dict[Block, np.ndarray] = {}
    waves = []
    while todo := outstanding(CONFIG, results, draws):
        waves.append(list(todo))
        results |= {block: _result(block, spread) for block in todo}
    return waves


def test_every_scenario_has_its_least_and_an_exact_baseline_no_more() -> None:
    (only,) = _waves(spread=0.01)
    assert len(only) == len(set(only)) == 2 * len(SCENARIOS)
    assert {block.scenario for block in only} == {s.name for s in SCENARIOS}


def test_the_baseline_is_doubled_until_the_draws_are_used_up() -> None:
    first, *later = _waves(spread=5.0)
    assert len(first) == 2 * len(SCENARIOS)
    ends = [max(block.first + block.size for block in wave) for wave in later]
    assert ends == [64, 128, 200]
    assert {block.scenario for wave in later for block in wave} == {"baseline"}
    assert max(b.first + b.size for wave in _waves(5.0, draws=70) for b in wave) == 70


def test_doubling_stops_when_exact_enough() -> None:
    # a deviation of .2 in .5 needs about (.2/.5/.04)² / 2 = 50 draws
    assert len(_waves(spread=0.2)) == 2


def test_a_lost_block_is_asked_for_again() -> None:
    results = {b: _result(b, 0.01) for b in outstanding(CONFIG, {}, 2000)}
    lost = results.pop(Block("hype", 16, 16))
    assert outstanding(CONFIG, results, 2000) == (Block("hype", 16, 16),)
    assert lost.shape[0] == 16


def test_blocks_are_put_together_in_the_order_of_their_draws() -> None:
    late, early = Block("baseline", 16, 16), Block("baseline", 0, 16)
    results = {late: _result(late, 1.0), early: _result(early, 1.0)}
    whole = together(results, "baseline")
    assert np.array_equal(whole[16:], results[late])
    assert np.array_equal(together(results, "baseline", 20), whole[:20])


@pytest.mark.parametrize("bound", ["success_error", "adopters_error"])
def test_both_errors_must_be_within_their_bounds(bound: str) -> None:
    generator = np.random.Generator(np.random.Philox(key=3))
    shares = np.zeros((64, 2, 30, 5))
    shares[:, :, -1, ADOPTERS] = shares[:, :, -1, EVER] = np.maximum(
        0.0025 * (1 + 0.3 * generator.normal(size=(64, 2))), 0
    )

    def bounded(**bounds: float) -> bool:
        return exact_enough(
            shares,
            replace(CONFIG, simulation_parameters=replace(CONFIG.simulation_parameters, **bounds)),
        )

    wide = {"success_error": 1.0, "adopters_error": 1.0}
    assert bounded(**wide)
    assert not bounded(**{**wide, bound: 0.001})
