"""Counts of people tell of rates, and rates of how fast a market adopts.

Who sees the offer and comes, then who comes and acts: adoption needs both. The logarithms of the two
rates and of the innovation coefficient are jointly normal a priori, with the correlations stated here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from smvm_workers.engine.domain import LogNormal, Observation, ObservationKind
from smvm_workers.engine.evidence.consistency import Weighed
from smvm_workers.engine.evidence.scores import ScorePosterior, posterior
from smvm_workers.engine.priors import Draws, stream
from smvm_workers.engine.reference.tables import assumption

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Channel:
    """A rate that counts tell of: the assumption it starts from, the kinds of observation that
    count in full and in part, and how its logarithm correlates with that of the innovation
    coefficient."""

    name: str
    behaviour: frozenset[ObservationKind]
    stated: frozenset[ObservationKind]
    correlation: float


CHANNELS = (
    Channel("click_through", frozenset({"visits"}), frozenset(), 0.4),
    # visitors who act tell more of adopters than people who only look
    Channel(
        "conversion", frozenset({"sign_ups", "orders"}), frozenset({"interview", "survey"}), 0.7
    ),
)


def assumed(name: str) -> LogNormal:
    """What is assumed of a quantity."""
    return LogNormal.from_interval(assumption(name).interval)


def rate_scores(innovation: Array, seed: int) -> Array:
    """Scores of the channels' rates, shape (draws, channels), drawn given each innovation
    coefficient: jointly with its score they have the stated correlations."""
    correlations = np.array([channel.correlation for channel in CHANNELS])
    speed = assumed("innovation_coefficient")
    score = (np.log(innovation) - speed.mu) / speed.sigma
    own = ndtri(stream(seed, "rates").random((score.size, correlations.size)))
    # the rates are independent of each other, so given the innovation they are not
    rest = np.linalg.cholesky(np.eye(correlations.size) - np.outer(correlations, correlations))
    return np.asarray(score[:, None] * correlations + own @ rest.T, dtype=np.float64)


def rate_posterior(channel: Channel, observations: Iterable[Weighed]) -> ScorePosterior | None:
    """The posterior of a channel's rate, or None where nothing tells of it."""
    successes, failures = _counts(channel, observations)
    if successes + failures == 0:
        return None
    prior = assumed(channel.name)

    def log_likelihood(scores: Array) -> Array:
        logs = np.minimum(prior.mu + prior.sigma * scores, -1e-12)
        return np.asarray(successes * logs + failures * np.log(-np.expm1(logs)), np.float64)

    # no rate is above one
    return posterior(log_likelihood, highest=-prior.mu / prior.sigma)


def condition_rates(draws: Draws, posteriors: Iterable[ScorePosterior | None], seed: int) -> Draws:
    """Carry what is now believed of the rates over to the draws' innovation and conversion: exact,
    since the rates' scores before and after differ by what the evidence says and by nothing else."""
    scores, speed = rate_scores(draws.innovation, seed), assumed("innovation_coefficient")
    shift = np.zeros(draws.size)
    for channel, found, before in zip(CHANNELS, posteriors, scores.T, strict=True):
        if found is None:
            continue
        after = found.moved(before)
        shift += channel.correlation * (after - before)
        if channel.name == "conversion":
            rate = assumed(channel.name)
            draws = replace(draws, conversion=np.exp(rate.mu + rate.sigma * after))
    return replace(draws, innovation=draws.innovation * np.exp(speed.sigma * shift))


def _counts(channel: Channel, observations: Iterable[Weighed]) -> tuple[float, float]:
    """Successes and failures. A stated intention is a success only in the part of cases in which
    people do what they say, and its counts weigh as much."""
    kept = assumption("stated_intention_weight").interval.median
    successes = failures = 0.0
    for weighed in observations:
        seen = weighed.observation
        if seen.kind in channel.behaviour:
            successes += weighed.weight * seen.successes
            failures += weighed.weight * (seen.trials - seen.successes)
        elif seen.kind in channel.stated:
            likely = kept * seen.successes
            successes += weighed.weight * kept * likely
            failures += weighed.weight * kept * (seen.trials - likely)
    return successes, failures


def behaviour_of(channel: Channel, observations: Iterable[Observation]) -> list[Observation]:
    """The observations that count in full for a channel."""
    return [seen for seen in observations if seen.kind in channel.behaviour]
