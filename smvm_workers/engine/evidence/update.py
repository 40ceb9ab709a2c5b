"""The update: every observation conditions the draws of what it tells of."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from smvm_workers.engine.domain import Finding, Interval, LogNormal, Observation
from smvm_workers.engine.evidence import price_tests, rates, retention
from smvm_workers.engine.evidence.consistency import Weighed, surprises, weigh
from smvm_workers.engine.evidence.scores import ScorePosterior
from smvm_workers.engine.priors import Draws

Array = NDArray[np.float64]

_MIDDLES = ndtri((np.arange(200) + 0.5) / 200)
"""Scores that stand for a prior where a mean over it is asked for."""


@dataclass(frozen=True, slots=True)
class Change:
    """A quantity before and after the evidence: median and 80 % interval."""

    name: str
    before: Interval
    after: Interval


@dataclass(frozen=True, slots=True)
class Update:
    """The draws before and after the evidence, what it changed, how many observations were used, and
    what price tests and cohorts say by themselves."""

    prior: Draws
    draws: Draws
    changes: tuple[Change, ...]
    observations: int
    price_tests_alone: price_tests.PriceTestsAlone | None
    cohorts_alone: retention.CohortsAlone | None
    findings: tuple[Finding, ...]


def update(
    draws: Draws,
    observations: tuple[Observation, ...],
    seed: int,
    usual_price: float,
    churn: LogNormal,
) -> Update:
    """Condition the draws on the observations; without any they stay what they are.

    ``usual_price`` is what the price coefficient counts in, in USD: a price test at this price is
    at relative price 1. ``churn`` is what the draws of the monthly churn were drawn from.
    """
    after, changes, findings = _with_rates(draws, observations, seed)
    after, changed, cohorts, found = _with_retention(after, observations, churn)
    changes, findings = [*changes, changed], [*findings, *found]
    after, by_themselves, found = _with_prices(draws, after, observations, usual_price, seed)
    changes += [_of_draws(name, draws, after) for name in ("innovation", "price_coefficient")]
    return Update(
        prior=draws,
        draws=after,
        changes=tuple(changes),
        observations=len(observations),
        price_tests_alone=by_themselves,
        cohorts_alone=cohorts,
        findings=(*findings, *found),
    )


def count_in(draws: Draws, observations: tuple[Observation, ...], seed: int) -> Draws:
    """Condition the draws on the counts of people alone: on what tells how fast a market adopts."""
    return _with_rates(draws, observations, seed)[0]


def _with_rates(
    draws: Draws, observations: tuple[Observation, ...], seed: int
) -> tuple[Draws, list[Change], list[Finding]]:
    posteriors, changes, findings = [], [], []
    for channel in rates.CHANNELS:
        prior = rates.assumed(channel.name)
        counted, found = weigh(rates.behaviour_of(channel, observations))
        stated = tuple(Weighed(seen) for seen in observations if seen.kind in channel.stated)
        posterior = rates.rate_posterior(channel, (*counted, *stated))
        posteriors.append(posterior)
        changes.append(_of_scores(channel.name, prior, posterior))
        seen = [weighed.observation for weighed in counted]
        possible = np.minimum(np.exp(prior.mu + prior.sigma * _MIDDLES), 1.0)
        findings += [*found, *surprises(seen, [possible] * len(seen))]
    if any(posteriors):
        draws = rates.condition_rates(draws, posteriors, seed)
    return draws, changes, findings


def _with_retention(
    draws: Draws, observations: tuple[Observation, ...], prior: LogNormal
) -> tuple[Draws, Change, retention.CohortsAlone | None, list[Finding]]:
    counted, findings = weigh(_of_kind("retention", observations))
    posterior = retention.churn_posterior(prior, counted)
    if posterior is not None:
        draws = retention.condition_churn(draws, prior, posterior)
    seen = [weighed.observation for weighed in counted]
    possible = np.exp(prior.mu + prior.sigma * _MIDDLES)
    chances = [retention.staying(possible, retention.months_of(one)) for one in seen]
    change, found = _of_scores("churn", prior, posterior), surprises(seen, chances)
    return draws, change, retention.cohorts_alone(counted), [*findings, *found]


def _with_prices(
    prior: Draws,
    draws: Draws,
    observations: tuple[Observation, ...],
    usual_price: float,
    seed: int,
) -> tuple[Draws, price_tests.PriceTestsAlone | None, list[Finding]]:
    priced = [seen for seen in _of_kind("price_test", observations) if seen.price is not None]
    if not priced:
        return draws, None, []
    tests, findings = weigh(priced)
    chances = [
        price_tests.take_up(prior, price_tests.relative_price(seen, usual_price)) for seen in priced
    ]
    after = price_tests.condition_price_response(draws, tests, usual_price, seed)
    found = [*findings, *surprises(priced, chances)]
    return after, price_tests.alone(tests, usual_price), found


def _of_kind(kind: str, observations: Iterable[Observation]) -> list[Observation]:
    return [seen for seen in observations if seen.kind == kind]


def _of_scores(name: str, prior: LogNormal, posterior: ScorePosterior | None) -> Change:
    if posterior is None:
        return Change(name, prior.interval, prior.interval)
    scores = posterior.moved(ndtri(np.array([0.1, 0.5, 0.9])))
    low, median, high = map(float, np.exp(prior.mu + prior.sigma * scores))
    return Change(name, prior.interval, Interval(median, low, high))


def _of_draws(name: str, before: Draws, after: Draws) -> Change:
    intervals = []
    for draws in (before, after):
        low, median, high = map(float, np.quantile(getattr(draws, name), [0.1, 0.5, 0.9]))
        intervals.append(Interval(median, low, high))
    return Change(name, *intervals)
