"""Against the conjugate posterior, and what no evidence must leave alone."""

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import gamma

from smvm_workers.engine.evidence.scores import posterior

LEVELS = np.array([0.025, 0.1, 0.5, 0.9, 0.975])


def test_no_evidence_leaves_every_score() -> None:
    found = posterior(np.zeros_like)
    assert found.moved(ndtri(LEVELS)) == pytest.approx(ndtri(LEVELS), abs=1e-4)


@pytest.mark.parametrize(("mean", "deviation"), [(1.5, 0.5), (-3.0, 0.01), (2.0, 1e-6)])
def test_normal_evidence_is_conjugate(mean: float, deviation: float) -> None:
    found = posterior(lambda s: -((s - mean) ** 2) / (2 * deviation**2))
    precision = 1 + deviation**-2
    expected = mean * deviation**-2 / precision + ndtri(LEVELS) / np.sqrt(precision)
    assert found.moved(ndtri(LEVELS)) == pytest.approx(expected, abs=2e-4 / np.sqrt(precision))


def test_skewed_evidence() -> None:
    """A likelihood that makes exp(score) a Gamma variable a posteriori."""
    shape, rate = 3.0, 2.0
    found = posterior(lambda s: shape * s - rate * np.exp(s) + s**2 / 2)
    expected = np.log(gamma.ppf(LEVELS, shape, scale=1 / rate))
    assert found.moved(ndtri(LEVELS)) == pytest.approx(expected, abs=1e-4)


def test_what_is_impossible_stays_impossible() -> None:
    found = posterior(lambda s: 1e6 * s, highest=2.0)
    assert found.moved(np.array([8.0]))[0] <= 2.0
