"""The agent model, compiled: one replication of awareness, choice, churn and reaction.

Every draw is a hash of (seed, replication, agent, step, purpose), so that the result does not depend
on threads, shards or which feature is switched on. One call uses one core: replications are spread
over processes and threads by their numbers.
"""

import numpy as np
from numpy.typing import NDArray

from smvm_workers.engine.compilation import compiled

Array = NDArray[np.float64]

_AWARENESS, _CHOICE, _CHURN, _OCCASION = 1, 2, 3, 4
"""Purposes: one stream of random numbers each."""

NOTHING = -1


@compiled
def _uniform(seed: int, replication: int, agent: int, step: int, purpose: int) -> float:
    """A number in [0, 1) from its coordinates (the finaliser of SplitMix64, Steele et al. 2014)."""
    x = np.uint64(seed) + np.uint64(replication) * np.uint64(0x9E3779B97F4A7C15)
    x ^= np.uint64(agent) * np.uint64(0xBF58476D1CE4E5B9) + np.uint64(step) * np.uint64(
        0x94D049BB133111EB
    )
    x += np.uint64(purpose) * np.uint64(0xD6E8FEB86659FD93)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return np.float64(x >> np.uint64(11)) / 9007199254740992.0


@compiled
def _choose(
    draw: float,
    utilities: Array,
    price_weight: float,
    quality_weight: float,
    social: float,
    prices: Array,
    qualities: Array,
    brands: Array,
    status_quo: float,
) -> int:
    """Which alternative a logit chooser takes: 0 ours, 1… the competitors', −1 nothing."""
    total = np.exp(status_quo)
    for k in range(prices.size):
        utility = quality_weight * qualities[k] - price_weight * prices[k] + brands[k]
        if k == 0:
            utility += social
        utilities[k] = np.exp(utility)
        total += utilities[k]
    mark = draw * total
    for k in range(prices.size):
        mark -= utilities[k]
        if mark < 0:
            return k
    return NOTHING


@compiled
def run_replications(
    seed: int,
    first_replication: int,
    steps: int,
    step_length: float,
    offsets: NDArray[np.int64],
    targets: NDArray[np.int32],
    degrees: NDArray[np.int32],
    complete: bool,
    traits: Array,
    parameters: Array,
    prices: Array,
    qualities: Array,
    brands: Array,
    reaction_delay: NDArray[np.int64],
    reaction_strength: Array,
    choice_on: bool,
) -> Array:
    """Counts after each step, shape (replications, steps, 3): adopters, ever adopted, aware.

    ``parameters`` has a row per replication: advertising hazard and word-of-mouth hazard (per unit
    of time), price, quality and social coefficient, status-quo utility, churn hazard, rate of
    reconsideration. ``traits`` has a row per agent: multiples of price, quality and social
    sensitivity and of the propensity to become aware. With ``choice_on`` false whoever becomes
    aware adopts: the bare Bass model on the network.
    """
    replications = parameters.shape[0]
    agents = degrees.size
    counts = np.zeros((replications, steps, 3))
    for r in range(replications):
        row = parameters[r]
        replication = first_replication + r
        aware = np.zeros(agents, np.uint8)
        choice = np.full(agents, NOTHING, np.int8)
        ever = np.zeros(agents, np.uint8)
        heard = np.zeros(agents, np.int32)
        utilities = np.zeros(prices.size)
        current = prices.copy()
        changed = np.zeros(agents, np.int32)
        adopters = 0
        adopted = 0
        known = 0
        launched = -1
        leaves = 1 - np.exp(-row[6] * step_length)
        reconsiders = 1 - np.exp(-row[7] * step_length)
        for step in range(steps):
            changes = 0
            for k in range(1, prices.size):
                if launched >= 0 and step == launched + reaction_delay[k]:
                    current[k] = prices[k] * (1 - reaction_strength[k])
            share = adopters / max(1, agents - 1)
            for agent in range(agents):
                occasion = False
                if aware[agent] == 0:
                    near = share if complete else heard[agent] / max(1, degrees[agent])
                    hazard = (row[0] + row[1] * near) * traits[agent, 3] * step_length
                    draw = _uniform(seed, replication, agent, step, _AWARENESS)
                    # 1 - exp(-x) < x spares most agents the exponential
                    if draw < hazard and draw < 1 - np.exp(-hazard):
                        aware[agent] = 1
                        known += 1
                        occasion = True
                elif choice[agent] == 0:
                    if leaves > 0 and _uniform(seed, replication, agent, step, _CHURN) < leaves:
                        choice[agent] = NOTHING
                        changed[changes] = -(agent + 1)
                        changes += 1
                elif choice_on:
                    occasion = _uniform(seed, replication, agent, step, _OCCASION) < reconsiders
                if not occasion:
                    continue
                taken = 0
                if choice_on:
                    near = share if complete else heard[agent] / max(1, degrees[agent])
                    taken = _choose(
                        _uniform(seed, replication, agent, step, _CHOICE),
                        utilities,
                        row[2] * traits[agent, 0],
                        row[3] * traits[agent, 1],
                        row[4] * traits[agent, 2] * near,
                        current,
                        qualities,
                        brands,
                        row[5],
                    )
                choice[agent] = taken
                if taken == 0:
                    changed[changes] = agent + 1
                    changes += 1
            # everybody decided on what was so before the step; now the neighbours hear of it
            for k in range(changes):
                agent = abs(changed[k]) - 1
                sign = 1 if changed[k] > 0 else -1
                adopters += sign
                if sign > 0 and ever[agent] == 0:
                    ever[agent] = 1
                    adopted += 1
                for edge in range(offsets[agent], offsets[agent + 1]):
                    heard[targets[edge]] += sign
            if launched < 0 and adopters > 0:
                launched = step
            counts[r, step, 0] = adopters
            counts[r, step, 1] = adopted
            counts[r, step, 2] = known
    return counts
