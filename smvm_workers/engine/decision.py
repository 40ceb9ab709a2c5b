"""Go or no-go: a stated rule over the distributions, in plain words, and what would flip it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from smvm_workers.engine.cash_flow import FinanceInputs, npv_of
from smvm_workers.engine.domain import GateDecision
from smvm_workers.engine.finance import Projection
from smvm_workers.engine.wording import chance, money, percent

Recommendation = Literal["go", "conditional_go", "no_go"]


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """Probabilities of a positive NPV from which to go, and below which not to; the loss that may
    be expected in the worst twentieth, as a multiple of the median investment."""

    go_probability: float = 0.6
    no_go_probability: float = 0.35
    bearable_loss: float = 2.5


@dataclass(frozen=True, slots=True)
class Flip:
    """The smallest change of one thing that changes the answer; ``change`` is relative."""

    what: str
    change: float
    becomes: Recommendation
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """``confidence_score`` is the probability of NPV > 0 for a go, of its contrary for a no-go, and
    that of the likelier for a conditional go."""

    recommendation: Recommendation
    confidence_score: float
    plain_words: str
    reasons: tuple[str, ...]
    conditions: tuple[str, ...]
    what_would_flip_it: tuple[Flip, ...]


_MOST_CONFIDENT = 0.95
"""No forecast for an unseen idea is surer."""
_STEPS = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 4.0)


def decide(
    gate: GateDecision,
    inputs: FinanceInputs | None,
    projection: Projection | None,
    rule: DecisionRule | None = None,
) -> Decision:
    """The decision; without a projection (rejected at the gate, or left out) it is a no-go."""
    bounds = rule or DecisionRule()
    if gate.gate_decision == "reject" or inputs is None or projection is None:
        return _without_projection(gate)
    chance = projection.probability_npv_positive
    recommendation = _recommend(chance, gate, projection, bounds)
    return Decision(
        recommendation=recommendation,
        confidence_score=round(_confidence(recommendation, chance), 4),
        plain_words=_plain_words(recommendation, projection),
        reasons=_reasons(gate, projection),
        conditions=_conditions(recommendation, gate, projection),
        what_would_flip_it=flips(inputs, recommendation, gate, bounds),
    )


def _recommend(
    chance: float, gate: GateDecision, projection: Projection, bounds: DecisionRule
) -> Recommendation:
    if chance < bounds.no_go_probability:
        return "no_go"
    investment = max(1.0, projection.funding_need["p50"])
    bearable = projection.expected_shortfall_95 <= bounds.bearable_loss * investment
    if chance >= bounds.go_probability and gate.gate_decision == "proceed" and bearable:
        return "go"
    return "conditional_go"


def _confidence(recommendation: Recommendation, chance: float) -> float:
    likely = {"go": chance, "no_go": 1 - chance}.get(recommendation, max(chance, 1 - chance))
    return min(likely, _MOST_CONFIDENT)


def _without_projection(gate: GateDecision) -> Decision:
    why = "; ".join(gate.reasons) or "the analysis is not complete"
    return Decision(
        recommendation="no_go",
        confidence_score=gate.confidence_score if gate.gate_decision == "reject" else 0.5,
        plain_words=f"Do not build this: {why}.",
        reasons=gate.reasons or ("the analysis is not complete",),
        conditions=(),
        what_would_flip_it=(),
    )


def _plain_words(recommendation: Recommendation, projection: Projection) -> str:
    opening = {
        "go": "Build it",
        "conditional_go": "Build it only if the conditions below are met",
        "no_go": "Do not build it as it stands",
    }[recommendation]
    return (
        f"{opening}: in {chance(projection.probability_npv_positive)} of the simulated futures it"
        " earns back what it costs, counting three years of cash and what the customers won by then"
        f" still bring. The median need of money is {money(projection.funding_need['p50'])}; the"
        " worst twentieth of the futures end on average"
        f" {money(projection.expected_shortfall_95)} in the red."
    )


def _reasons(gate: GateDecision, projection: Projection) -> tuple[str, ...]:
    npv, revenue = projection.npv, projection.revenue_by_year["year_3"]
    found = [
        f"net present value: median {money(npv['p50'])}, 80 % interval {money(npv['p10'])} to"
        f" {money(npv['p90'])}",
        f"revenue in the third year: median {money(revenue['p50'])}, 80 % interval"
        f" {money(revenue['p10'])} to {money(revenue['p90'])}",
        f"a customer brings {projection.ltv_to_cac['p50']:.1f} times what they cost to win (median)",
    ]
    return (*found, *(f"gate: {reason}" for reason in gate.reasons))


def _conditions(
    recommendation: Recommendation, gate: GateDecision, projection: Projection
) -> tuple[str, ...]:
    if recommendation == "no_go":
        return ()
    found = []
    if projection.ltv_to_cac["p50"] < 3:
        found.append("bring the cost of winning a customer below a third of what they bring")
    if recommendation == "conditional_go":
        found.append("show orders at the planned price from real visitors before the full build")
    if gate.missing:
        found.append(f"have the missing parts analysed: {', '.join(gate.missing)}")
    return (*found, f"stop if more than {money(projection.funding_need['p90'])} is asked for")


_LEVERS: tuple[tuple[str, str, int], ...] = (
    ("build_cost", "the cost to build", -1),
    ("acquisition_cost_ratio", "the cost of winning a customer", -1),
    ("customers", "the number of buyers within reach", 1),
    ("price", "what a customer pays a year, with as many customers,", 1),
    ("som", "the obtainable market", 1),
    ("churn", "the churn", -1),
    ("innovation", "how fast the first buyers come", 1),
)


def flips(
    inputs: FinanceInputs, recommendation: Recommendation, gate: GateDecision, rule: DecisionRule
) -> tuple[Flip, ...]:
    """For each lever the nearest change that crosses a threshold, nearest first."""
    better = recommendation != "go"
    found = []
    for field, label, direction in _LEVERS:
        for step in _STEPS:
            change = step * (direction if better else -direction)
            if change <= -1:
                continue
            becomes = _after(_scaled(field, 1 + change), inputs, gate, rule)
            if becomes != recommendation:
                sign = "higher" if change > 0 else "lower"
                answer = becomes.replace("_", " ")
                text = f"{label} {percent(abs(change))} {sign} would make it a {answer}"
                found.append(Flip(label, change, becomes, text))
                break
    return tuple(sorted(found, key=lambda flip: abs(flip.change)))


def _scaled(field: str, factor: float) -> Callable[[FinanceInputs], FinanceInputs]:
    def change(inputs: FinanceInputs) -> FinanceInputs:
        return replace(inputs, **{field: getattr(inputs, field) * factor})

    return change


def _after(
    change: Callable[[FinanceInputs], FinanceInputs],
    inputs: FinanceInputs,
    gate: GateDecision,
    rule: DecisionRule,
) -> Recommendation:
    """The answer by the chance alone: the tail hardly moves with one lever."""
    chance = float((npv_of(change(inputs)) > 0).mean())
    if chance < rule.no_go_probability:
        return "no_go"
    if chance >= rule.go_probability and gate.gate_decision == "proceed":
        return "go"
    return "conditional_go"
