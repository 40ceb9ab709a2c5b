import numpy as np
import pytest

from smvm_workers.engine.confidence import confidence


def test_nothing_is_sure_and_nothing_is_said_too_far_from_the_model() -> None:
    probabilities = np.linspace(0, 1, 101)
    said = np.array([confidence(float(p)) for p in probabilities])
    assert said.max() == pytest.approx(0.975)
    assert said.min() == pytest.approx(0.025)
    assert np.abs(said - probabilities).max() <= 0.025 + 1e-12
    assert np.all(np.diff(said) > 0)


def test_a_coin_stays_a_coin() -> None:
    assert confidence(0.5) == 0.5
