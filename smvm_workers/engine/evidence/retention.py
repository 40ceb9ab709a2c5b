"""Customers who stayed, or bought again, tell of churn."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from smvm_workers.engine.domain import LogNormal, Observation
from smvm_workers.engine.estimation.shifted_beta_geometric import Cohort, fit
from smvm_workers.engine.evidence.consistency import Weighed
from smvm_workers.engine.evidence.scores import ScorePosterior, posterior
from smvm_workers.engine.priors import Draws

Array = NDArray[np.float64]

_MONTH = 30.0
"""Days; also how long a count is taken to span that does not say."""


_HORIZON = 36
"""Months: what the projection of money spans."""


@dataclass(frozen=True, slots=True)
class CohortsAlone:
    """What the cohorts say without any prior, by the shifted-beta-geometric model: the churn of the
    first month, and the constant one that leaves as many after three years. Where the second is
    far below the first, few leave of those who stay at first."""

    first_month: float
    over_three_years: float


def months_of(seen: Observation) -> float:
    """How long the customers were watched."""
    return (seen.days or _MONTH) / _MONTH


def staying(churn: Array, months: float) -> Array:
    """The chance to be a customer still, at a constant monthly churn: a cohort seen after a year
    tells of the year's mean churn."""
    return np.asarray((1 - np.minimum(churn, 1.0)) ** months, dtype=np.float64)


def churn_posterior(prior: LogNormal, observations: Iterable[Weighed]) -> ScorePosterior | None:
    """The posterior of the monthly churn, or None where nothing tells of it."""
    listed = list(observations)
    if not listed:
        return None

    def log_likelihood(scores: Array) -> Array:
        stays = np.log1p(-np.minimum(np.exp(prior.mu + prior.sigma * scores), 1 - 1e-12))
        total = np.zeros(scores.size)
        for weighed in listed:
            seen, kept = weighed.observation, months_of(weighed.observation) * stays
            left = np.log(-np.expm1(np.minimum(kept, -1e-300)))
            gone = seen.trials - seen.successes
            total += weighed.weight * (seen.successes * kept + gone * left)
        return total

    return posterior(log_likelihood, highest=-prior.mu / prior.sigma)


def condition_churn(draws: Draws, prior: LogNormal, found: ScorePosterior) -> Draws:
    """The draws with their churn moved to its quantile after the evidence."""
    before = (np.log(draws.churn) - prior.mu) / prior.sigma
    return replace(draws, churn=np.exp(prior.mu + prior.sigma * found.moved(before)))


def cohorts_alone(observations: Iterable[Weighed]) -> CohortsAlone | None:
    """The estimate, or None where the cohorts were all watched for as long, or do not tell how
    customers differ."""
    cohorts = [
        Cohort(
            start=0.0,
            end=months_of(weighed.observation),
            customers=weighed.weight * weighed.observation.trials,
            kept=weighed.weight * weighed.observation.successes,
        )
        for weighed in observations
    ]
    try:
        found = fit(cohorts)
    except ValueError:
        return None
    return CohortsAlone(found.constant_churn(1), found.constant_churn(_HORIZON))
