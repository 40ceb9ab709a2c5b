"""What an idea is worth deciding by: its chance, less what its downside and doubtful criteria cost."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from smvm_workers.engine.cash_flow import CashFlows, FinanceInputs, cash_flows, total_value

Array = NDArray[np.float64]

Recommendation = Literal["go", "conditional_go", "no_go"]


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """The utility from which to go, and below which not to. ``bearable_loss`` is what may be lost on
    average in the worst twentieth of the futures, as a multiple of the median need of money; twice
    that costs ``downside_weight``. Criteria of the gate that are surely not met cost
    ``criteria_weight``."""

    go_utility: float = 0.6
    no_go_utility: float = 0.35
    bearable_loss: float = 3.0
    downside_weight: float = 0.2
    criteria_weight: float = 0.2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the draws say: the probability that NPV > 0, and in USD the mean loss in the worst
    twentieth of the draws and the median need of money."""

    chance: float
    shortfall: float
    need: float


@dataclass(frozen=True, slots=True)
class Utility:
    """``value`` is ``chance`` less ``downside`` and ``criteria``."""

    value: float
    chance: float
    downside: float
    criteria: float


def outcome(inputs: FinanceInputs) -> Outcome:
    """The outcome under each draw, in three figures."""
    flows = cash_flows(inputs)
    npv = total_value(flows, inputs)
    return Outcome(
        float((npv > 0).mean()), expected_shortfall(npv), float(np.median(funding_need(flows)))
    )


def expected_shortfall(npv: Array) -> float:
    """The mean loss in the worst twentieth; negative where even they gain."""
    return float(-npv[npv <= np.quantile(npv, 0.05)].mean())


def funding_need(flows: CashFlows) -> Array:
    """The deepest point of each draw's cumulative cash, in USD."""
    deepest = np.cumsum(flows.net, axis=1).min(axis=1)
    return np.asarray(np.maximum(-deepest, 0.0), dtype=np.float64)


def weigh(found: Outcome, criteria_met: float, rule: DecisionRule) -> Utility:
    """The utility; ``criteria_met`` is the probability that the gate's criteria are met."""
    bearable = rule.bearable_loss * max(found.need, 1.0)
    downside = rule.downside_weight * float(np.clip(found.shortfall / bearable - 1, 0, 1))
    criteria = rule.criteria_weight * (1 - criteria_met)
    return Utility(found.chance - downside - criteria, found.chance, downside, criteria)


def recommend(utility: Utility, passed: bool, rule: DecisionRule) -> Recommendation:
    """The answer; an idea that the gate did not let ``pass`` never gets a plain go."""
    if utility.value < rule.no_go_utility:
        return "no_go"
    return "go" if utility.value >= rule.go_utility and passed else "conditional_go"
