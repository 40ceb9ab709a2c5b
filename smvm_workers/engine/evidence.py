"""Observed traction changes what is believed: Bayes over the draws of the priors.

Counts of people are conjugate (Beta–Binomial), and move the speed of adoption as far as the two go
together; price tests weigh the draws of price response by their likelihood and resample. Stated
intentions count for a part of what people really do.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import root
from scipy.special import betaln, digamma, gammaln, logsumexp, ndtri, polygamma
from scipy.stats import beta as beta_distribution

from smvm_workers.engine.domain import Finding, Interval, LogNormal, Observation, ObservationKind
from smvm_workers.engine.priors import Draws, stream
from smvm_workers.engine.reference.tables import assumption

Array = NDArray[np.float64]
Beta = tuple[float, float]


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
    # whoever sees the offer and comes; then whoever comes and acts: adoption needs both, and
    # visitors who act tell more of adopters than those who only look
    Channel("click_through", frozenset({"visits"}), frozenset(), 0.4),
    Channel(
        "conversion", frozenset({"sign_ups", "orders"}), frozenset({"interview", "survey"}), 0.7
    ),
)
_SURPRISE = 0.01
"""Prior predictive tail probability below which evidence contradicts the prior."""
_FEW_DRAWS = 100
"""Below this many effective draws a tail of 5 % rests on a handful."""


@dataclass(frozen=True, slots=True)
class Change:
    """A quantity before and after the evidence: median and 80 % interval."""

    name: str
    before: Interval
    after: Interval


@dataclass(frozen=True, slots=True)
class Update:
    """The draws after the evidence, what it changed, how many observations were used, and the
    effective number of draws that price tests left."""

    draws: Draws
    changes: tuple[Change, ...]
    observations: int
    effective_draws: float
    findings: tuple[Finding, ...]


def update(
    draws: Draws, observations: tuple[Observation, ...], seed: int, usual_price: float
) -> Update:
    """Condition the draws on the observations; without any they stay what they are.

    ``usual_price`` is what the price coefficient counts in, in USD: a price test at this price is
    at relative price 1.
    """
    moved, changes, findings = draws, [], []
    for channel in CHANNELS:
        prior = beta_like(assumption(channel.name).interval)
        posterior = _posterior(prior, channel, observations)
        changes.append(Change(channel.name, _interval(prior), _interval(posterior)))
        findings += _contradictions(prior, channel, observations)
        if posterior != prior:
            moved = _move(moved, channel, posterior, draws.innovation, seed)
    tests = tuple(o for o in observations if o.kind == "price_test" and o.price is not None)
    effective = float(draws.size)
    if tests:
        weights = _price_weights(moved, tests, usual_price)
        effective = float(1 / np.sum(weights**2))
        moved = moved.take(_resample(weights))
        findings += _thin(effective)
    changes += [_change(name, draws, moved) for name in ("innovation", "price_coefficient")]
    return Update(moved, tuple(changes), len(observations), effective, tuple(findings))


def beta_like(interval: Interval) -> Beta:
    """The Beta distribution whose logarithm has the mean and deviation of the log-normal with this
    median and 80 % interval."""
    wanted = LogNormal.from_interval(interval)

    def misses(log_parameters: Array) -> list[float]:
        a, b = np.exp(log_parameters)
        mean = digamma(a) - digamma(a + b)
        variance = polygamma(1, a) - polygamma(1, a + b)
        return [float(mean - wanted.mu), float(np.sqrt(variance) - wanted.sigma)]

    found = root(misses, [0.7, 0.7 - wanted.mu], tol=1e-12)
    a, b = np.exp(found.x)
    return float(a), float(b)


def _posterior(prior: Beta, channel: Channel, observations: Iterable[Observation]) -> Beta:
    """Conjugate: successes and failures are added. A stated intention is a success only in the part
    of cases in which people do what they say, and its counts weigh as much."""
    a, b = prior
    kept = assumption("stated_intention_weight").interval.median
    for seen in observations:
        if seen.kind in channel.behaviour:
            a, b = a + seen.successes, b + seen.trials - seen.successes
        elif seen.kind in channel.stated:
            likely = kept * seen.successes
            a, b = a + kept * likely, b + kept * (seen.trials - likely)
    return a, b


def _move(draws: Draws, channel: Channel, posterior: Beta, innovation: Array, seed: int) -> Draws:
    """Shift each draw's innovation by the regression of its logarithm on that of the rate: exact for
    normal logarithms, and never wider than before where the rate is not."""
    rate, speed = (
        LogNormal.from_interval(assumption(name).interval)
        for name in (channel.name, "innovation_coefficient")
    )
    score = (np.log(innovation) - speed.mu) / speed.sigma
    own = ndtri(stream(seed, f"{channel.name} before").random(draws.size))
    mixed = channel.correlation * score + np.sqrt(1 - channel.correlation**2) * own
    uniform = stream(seed, f"{channel.name} after").random(draws.size)
    after = np.log(beta_distribution.ppf(uniform, *posterior))
    slope = channel.correlation * speed.sigma / rate.sigma
    moved = draws.innovation * np.exp(slope * (after - rate.mu - rate.sigma * mixed))
    changed = replace(draws, innovation=np.asarray(moved, dtype=np.float64))
    return replace(changed, conversion=np.exp(after)) if channel.name == "conversion" else changed


def _contradictions(
    prior: Beta, channel: Channel, observations: Iterable[Observation]
) -> list[Finding]:
    return [
        _contradiction(seen)
        for seen in observations
        if seen.kind in channel.behaviour and _tail(prior, seen) < _SURPRISE
    ]


def _tail(prior: Beta, seen: Observation) -> float:
    """Two-sided prior predictive probability of something at least as far out: the Beta-Binomial,
    summed over at most a thousand people (of more, their share counts)."""
    trials = min(seen.trials, 1000)
    successes = round(seen.successes * trials / seen.trials)
    counts = np.arange(trials + 1)
    logs = (
        gammaln(trials + 1)
        - gammaln(counts + 1)
        - gammaln(trials - counts + 1)
        + betaln(counts + prior[0], trials - counts + prior[1])
        - betaln(*prior)
    )
    below = np.exp(logsumexp(logs[: successes + 1]))
    above = np.exp(logsumexp(logs[successes:]))
    return float(min(1.0, 2 * min(below, above)))


def _contradiction(seen: Observation) -> Finding:
    text = (
        f"{seen.successes} of {seen.trials} {seen.kind.replace('_', ' ')} is far from what such"
        " offers usually see; it counts in full, and should be checked"
    )
    return Finding("evidence-surprising", "warning", text)


def _thin(effective: float) -> list[Finding]:
    if effective >= _FEW_DRAWS:
        return []
    text = (
        "hardly any assumed price response agrees with the price tests; what follows from them"
        f" rests on {effective:.0f} effective draws"
    )
    return [Finding("price-evidence-thin", "warning", text)]


def _interval(parameters: Beta) -> Interval:
    low, median, high = beta_distribution.ppf([0.1, 0.5, 0.9], *parameters)
    return Interval(float(median), float(low), float(high))


def _change(name: str, before: Draws, after: Draws) -> Change:
    intervals = []
    for draws in (before, after):
        low, median, high = np.quantile(getattr(draws, name), [0.1, 0.5, 0.9])
        intervals.append(Interval(float(median), float(low), float(high)))
    return Change(name, *intervals)


def _price_weights(draws: Draws, tests: Iterable[Observation], usual_price: float) -> Array:
    """Normalised likelihood of the price tests under each draw: a buyer takes the offer with the
    logit of status quo against price."""
    log_weights = np.zeros(draws.size)
    for seen in tests:
        relative = (seen.price or 0.0) / usual_price
        utility = draws.quality_coefficient - draws.price_coefficient * relative
        against = np.clip(draws.status_quo - utility, -500, 500)
        misses = seen.trials - seen.successes
        log_weights -= seen.successes * np.logaddexp(0, against)
        log_weights -= misses * np.logaddexp(0, -against)
    weights = np.exp(log_weights - log_weights.max())
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _resample(weights: Array) -> NDArray[np.int64]:
    """Systematic resampling (Kitagawa 1996) from the middle of each stratum."""
    marks = (np.arange(weights.size) + 0.5) / weights.size
    rows = np.searchsorted(np.cumsum(weights), marks)
    return np.minimum(rows, weights.size - 1).astype(np.int64)
