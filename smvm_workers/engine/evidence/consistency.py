"""Does the evidence agree with itself, and with what was believed?"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, chdtrc

from smvm_workers.engine.domain import Finding, Observation
from smvm_workers.engine.wording import percent

Array = NDArray[np.float64]

_SURPRISE = 0.01
"""Prior predictive tail probability below which an observation contradicts the prior."""
_DISAGREEMENT = 1e-3
"""Probability of differing so much by chance below which observations contradict each other."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """An observation, and how much each person in it counts."""

    observation: Observation
    weight: float = 1.0


def weigh(observations: Iterable[Observation]) -> tuple[tuple[Weighed, ...], list[Finding]]:
    """Weigh observations of one thing: where they differ by more than chance allows, each counts
    for less by the factor by which they do (quasi-likelihood, McCullagh & Nelder 1989, ch. 9).
    """
    listed = list(observations)
    excess, freedom = _pearson(listed)
    if freedom == 0 or chdtrc(freedom, excess) >= _DISAGREEMENT:
        return tuple(Weighed(seen) for seen in listed), []
    weight = freedom / excess
    kind = listed[0].kind.replace("_", " ")
    text = (
        f"observations of {kind} contradict each other by more than chance allows; each counts for"
        f" {percent(weight)} of its people, and should be checked"
    )
    found = Finding("evidence-inconsistent", "warning", text)
    return tuple(Weighed(seen, weight) for seen in listed), [found]


def _pearson(observations: list[Observation]) -> tuple[float, int]:
    """Pearson's statistic of what should be the same rate, and its degrees of freedom."""
    alike: dict[tuple[object, ...], list[Observation]] = {}
    for seen in observations:
        alike.setdefault((seen.kind, seen.price, seen.days), []).append(seen)
    excess, freedom = 0.0, 0
    for group in alike.values():
        trials = np.array([seen.trials for seen in group], dtype=np.float64)
        successes = np.array([seen.successes for seen in group], dtype=np.float64)
        rate = successes.sum() / trials.sum()
        if 0 < rate < 1:
            excess += float(((successes - trials * rate) ** 2 / trials).sum() / rate / (1 - rate))
            freedom += len(group) - 1
    return excess, freedom


def surprises(observations: Iterable[Observation], chances: Iterable[Array]) -> list[Finding]:
    """A finding for each observation that the prior hardly allows; ``chances`` are draws of the
    probability of a success in each."""
    return [
        _finding(seen)
        for seen, chance in zip(observations, chances, strict=True)
        if _tail(seen, chance) < _SURPRISE
    ]


def _tail(seen: Observation, chances: Array) -> float:
    """Two-sided prior predictive probability of something at least as far out."""
    below = bdtr(seen.successes, seen.trials, chances).mean()
    above = 1 - bdtr(seen.successes - 1, seen.trials, chances).mean() if seen.successes else 1.0
    return float(min(1.0, 2 * min(below, above)))


def _finding(seen: Observation) -> Finding:
    text = (
        f"{seen.successes} of {seen.trials} {seen.kind.replace('_', ' ')} is far from what such"
        " offers usually see; it counts in full, and should be checked"
    )
    return Finding("evidence-surprising", "warning", text)
