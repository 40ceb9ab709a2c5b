"""Against Train 2009, chapter 3."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smvm_workers.engine.choice import cross_elasticity, own_elasticity, shares

PRICES = np.array([1.0, 0.8, 1.3])
COEFFICIENT = 1.7


def _shares(prices: np.ndarray) -> np.ndarray:
    return shares(np.append(1.2 - COEFFICIENT * prices, 0.4))


@given(st.lists(st.floats(-500, 500), min_size=2, max_size=6))
def test_shares_sum_to_one_with_the_outside_option(utilities: list[float]) -> None:
    found = shares(utilities)
    assert found.sum() == pytest.approx(1)
    assert (found >= 0).all()


def test_shares_of_two() -> None:
    assert shares([0.0, np.log(3)]) == pytest.approx([0.25, 0.75])


def test_ratio_of_two_does_not_depend_on_a_third() -> None:
    few, many = shares([1.0, 0.5]), shares([1.0, 0.5, 4.0])
    assert few[0] / few[1] == pytest.approx(many[0] / many[1])


def test_elasticities_are_the_derivatives() -> None:
    step = 1e-6
    raised = PRICES * np.array([1 + step, 1, 1])
    now, then = _shares(PRICES), _shares(raised)
    change = (then / now - 1) / step
    assert change[0] == pytest.approx(own_elasticity(COEFFICIENT, PRICES[0], now[0]), rel=1e-4)
    cross = cross_elasticity(COEFFICIENT, PRICES[0], now[0])
    assert change[1] == pytest.approx(cross, rel=1e-4)
    assert change[2] == pytest.approx(cross, rel=1e-4)
