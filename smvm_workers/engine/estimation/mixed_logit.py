"""The mixed logit with normal coefficients, by simulated maximum likelihood (Train 2009, chs 6, 9).

A person's choices share the person's coefficients: the probability of the whole sequence is averaged
over Halton draws of them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import ndtri
from scipy.stats import qmc

from smvm_workers.engine.estimation.logit import Choices
from smvm_workers.engine.estimation.logit import fit as fit_logit
from smvm_workers.engine.estimation.maximum_likelihood import errors_of

Array = NDArray[np.float64]

_SKIPPED = 100
"""First points of the Halton sequences, which go together across primes (Train 2009, ch. 9)."""
_FIRST_DEVIATION = 0.5
"""Of a coefficient over people, relative to its mean, where the search starts."""
_TOLERANCE = 1e-2
"""Of the gradient's largest part, in log-likelihood a unit: far below a standard error's worth."""


@dataclass(frozen=True, slots=True)
class MixedLogitFit:
    """Mean and standard deviation of each coefficient over people, with standard errors from the
    outer product of the scores; the simulated log-likelihood."""

    means: Array
    deviations: Array
    mean_errors: Array
    deviation_errors: Array
    log_likelihood: float


@dataclass(frozen=True, slots=True)
class _Person:
    """``against``: what each rival of what was chosen has more of, shape (rivals, attributes);
    ``situation``: where each situation's rivals begin; ``normals``: (attributes, draws)."""

    against: Array
    situation: NDArray[np.int64]
    normals: Array


def fit(choices: Choices, people: NDArray[np.int64], draws: int) -> MixedLogitFit:
    """Fit to situations in which one alternative each was chosen; ``people`` says whose each is, a
    person's situations standing together. Starts at the conditional logit; deterministic."""
    persons = _persons(choices, people, draws)
    size = choices.attributes.shape[2]
    means = fit_logit(choices).values
    start = np.concatenate([means, np.log(_FIRST_DEVIATION * np.abs(means))])

    def loss(parameters: Array) -> tuple[float, Array]:
        value, scores = _simulated(persons, parameters)
        return -value, -scores.sum(axis=0)

    found = minimize(loss, start, jac=True, method="BFGS", options={"gtol": _TOLERANCE})
    value, scores = _simulated(persons, found.x)
    errors = errors_of(scores.T @ scores)
    deviations = np.exp(found.x[size:])
    return MixedLogitFit(
        found.x[:size], deviations, errors[:size], errors[size:] * deviations, value
    )


def halton_normals(people: int, dimensions: int, draws: int) -> Array:
    """Standard normal draws, shape (people, dimensions, draws): consecutive stretches of one Halton
    sequence per dimension, so that the draws of neighbours balance each other."""
    sequence = qmc.Halton(dimensions, scramble=False)
    sequence.fast_forward(_SKIPPED)
    points = sequence.random(people * draws).reshape(people, draws, dimensions)
    return np.ascontiguousarray(ndtri(points.transpose(0, 2, 1)))


def _persons(choices: Choices, people: NDArray[np.int64], draws: int) -> list[_Person]:
    starts = np.flatnonzero(np.r_[True, people[1:] != people[:-1]])
    normals = halton_normals(len(starts), choices.attributes.shape[2], draws)
    rows = np.split(np.arange(len(people)), starts[1:])
    return [_person(choices, row, own) for row, own in zip(rows, normals, strict=True)]


def _person(choices: Choices, rows: NDArray[np.int64], normals: Array) -> _Person:
    attributes, taken = choices.attributes[rows], choices.counts[rows] > 0
    rivals = choices.available[rows] & ~taken
    against = (attributes - attributes[taken][:, None])[rivals]
    begins = np.r_[0, np.cumsum(rivals.sum(axis=1))[:-1]]
    return _Person(against, begins.astype(np.int64), normals)


def _simulated(persons: list[_Person], parameters: Array) -> tuple[float, Array]:
    """The simulated log-likelihood, and each person's score, shape (people, parameters): means, then
    logarithms of deviations (a draw and its negative being alike, the sign would mean nothing)."""
    means, deviations = np.split(parameters, 2)
    deviations = np.exp(deviations)
    found = [_sequence(person, means, deviations) for person in persons]
    return sum(value for value, _ in found), np.array([score for _, score in found])


def _sequence(person: _Person, means: Array, deviations: Array) -> tuple[float, Array]:
    """Log-probability of a person's choices, and its gradient by means and log-deviations."""
    gaps = (person.against * deviations) @ person.normals + (person.against @ means)[:, None]
    odds = np.exp(np.minimum(gaps, 500.0))
    totals = 1 + np.add.reduceat(odds, person.situation, axis=0)
    logs = -np.log(totals).sum(axis=0)
    highest = logs.max()
    weights = np.exp(logs - highest)
    value = float(highest + np.log(weights.mean()))
    weights /= weights.sum()
    lengths = np.diff(np.r_[person.situation, len(odds)])
    shares = odds / np.repeat(totals, lengths, axis=0) * weights
    by_mean = -shares.sum(axis=1) @ person.against
    by_deviation = -((shares @ person.normals.T) * person.against).sum(axis=0)
    return value, np.concatenate([by_mean, by_deviation * deviations])
