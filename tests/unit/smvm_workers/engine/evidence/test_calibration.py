"""Simulation-based calibration (Talts et al. 2018, arXiv 1804.06788) of the whole update."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import chi2

from smvm_workers.engine.domain import Idea, Observation
from smvm_workers.engine.evidence import update
from smvm_workers.engine.evidence.price_tests import take_up
from smvm_workers.engine.evidence.rates import CHANNELS, assumed, rate_scores
from smvm_workers.engine.evidence.retention import staying
from smvm_workers.engine.idea import read_idea
from smvm_workers.engine.priors import Draws, churn_prior, draw_priors

READING = read_idea(Idea("Invoicing software for freelancers", "finance", "low"))
CHURN = churn_prior(READING)
WORLDS, DRAWS, BINS = 1000, 399, 20
PRICE = 80.0
PARAMETERS = ("innovation", "conversion", "churn", "price_coefficient", "take_up", "imitation")
"""Of the price response the tests identify the coefficient and the take-up, not its two parts."""


@pytest.mark.slow
def test_ranks_of_the_truth_are_uniform() -> None:
    generator = np.random.default_rng(20_180_418)
    truths = draw_priors(READING, seed=77, size=WORLDS)
    rates = _rates(truths, seed=78)
    ranks = np.zeros((WORLDS, len(PARAMETERS)), dtype=int)
    for world in range(WORLDS):
        truth = truths.take(np.array([world]))
        observed = _observe(generator, truth, rates[world])
        priors = draw_priors(READING, seed=1000 + world, size=DRAWS)
        found = update(priors, observed, seed=5000 + world, usual_price=PRICE, churn=CHURN)
        for column, name in enumerate(PARAMETERS):
            true = rates[world][1] if name == "conversion" else _value(truth, name)[0]
            ranks[world, column] = int((_value(found.draws, name) < true).sum())
    for name, own in zip(PARAMETERS, ranks.T, strict=True):
        counts = np.bincount(own * BINS // (DRAWS + 1), minlength=BINS)
        statistic = ((counts - WORLDS / BINS) ** 2 / (WORLDS / BINS)).sum()
        p_value = float(chi2.sf(statistic, BINS - 1))
        print(f"{name:20} chi² {statistic:5.1f}  p {p_value:.3f}  ranks {counts.tolist()}")
        assert p_value > 0.01, name


def _value(draws: Draws, name: str) -> NDArray[np.float64]:
    return take_up(draws, 1.0) if name == "take_up" else getattr(draws, name)


def _rates(truths: Draws, seed: int) -> NDArray[np.float64]:
    """Click-through and conversion of each world, given how fast it adopts."""
    scores = rate_scores(truths.innovation, seed)
    priors = [assumed(channel.name) for channel in CHANNELS]
    logs = [prior.mu + prior.sigma * own for prior, own in zip(priors, scores.T, strict=True)]
    return np.minimum(np.exp(np.column_stack(logs)), 1.0)


def _observe(
    generator: np.random.Generator, truth: Draws, rates: NDArray[np.float64]
) -> tuple[Observation, ...]:
    """What a world of these parameters shows to somebody who looks."""

    def count(chance: float, trials: int) -> int:
        return int(generator.binomial(trials, chance))

    seen = [
        Observation("visits", 4000, count(rates[0], 4000)),
        Observation("orders", 250, count(rates[1], 250)),
        Observation("sign_ups", 150, count(rates[1], 150)),
    ]
    for months in (1, 4):
        kept = count(staying(truth.churn, months)[0], 60)
        seen.append(Observation("retention", 60, kept, days=30.0 * months))
    for relative in (0.6, 1.0, 1.6):
        bought = count(take_up(truth, relative)[0], 120)
        seen.append(Observation("price_test", 120, bought, price=relative * PRICE))
    return tuple(seen)
