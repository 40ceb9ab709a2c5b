"""Go or no-go: a stated utility over the distributions, in plain words, and what would flip it."""

from collections.abc import Callable
from dataclasses import dataclass

from smvm_workers.engine.cash_flow import FinanceInputs
from smvm_workers.engine.confidence import confidence
from smvm_workers.engine.domain import GateDecision
from smvm_workers.engine.finance import Projection
from smvm_workers.engine.flips import Case, Flip, flips
from smvm_workers.engine.utility import (
    DecisionRule,
    Outcome,
    Recommendation,
    Utility,
    outcome,
    recommend,
    weigh,
)
from smvm_workers.engine.wording import chance, money


@dataclass(frozen=True, slots=True)
class EvidenceEffect:
    """How far the observations moved the decision: probability of NPV > 0 and answer, before and
    after them."""

    observations: int
    probability_before: float
    probability_after: float
    recommendation_before: Recommendation


@dataclass(frozen=True, slots=True)
class Decision:
    """``confidence_score`` is the probability of NPV > 0 for a go, of its contrary for a no-go, and
    that of the likelier for a conditional go, allowing for a wrong model. ``utility`` and
    ``evidence_effect`` are None where there is no projection or no evidence."""

    recommendation: Recommendation
    confidence_score: float
    plain_words: str
    reasons: tuple[str, ...]
    conditions: tuple[str, ...]
    what_would_flip_it: tuple[Flip, ...]
    utility: Utility | None
    evidence_effect: EvidenceEffect | None
    rule: DecisionRule


@dataclass(frozen=True, slots=True)
class Believed:
    """What the decision looks at once there is a projection; ``before`` are the inputs as they were
    without any of the ``observations``."""

    case: Case
    projection: Projection
    before: FinanceInputs | None = None
    observations: int = 0


def decide(gate: GateDecision, believed: Believed | None, rule: DecisionRule) -> Decision:
    """The decision; without a projection (rejected at the gate, or left out) it is a no-go."""
    if gate.gate_decision == "reject" or believed is None:
        return _without_projection(gate, rule)

    def judge(found: Outcome) -> Recommendation:
        passed = gate.gate_decision == "proceed"
        return recommend(weigh(found, gate.criteria_met, rule), passed, rule)

    found = outcome(believed.case.inputs)
    answer = judge(found)
    utility, effect = weigh(found, gate.criteria_met, rule), _effect(believed, found, judge)
    return Decision(
        recommendation=answer,
        confidence_score=round(confidence(chance_of_being_right(answer, found.chance)), 4),
        plain_words=_plain_words(answer, believed.projection),
        reasons=_reasons(gate, believed.projection, utility, rule),
        conditions=_conditions(answer, gate, believed.projection),
        what_would_flip_it=flips(believed.case, answer, lambda inputs: judge(outcome(inputs))),
        utility=utility,
        evidence_effect=effect,
        rule=rule,
    )


def chance_of_being_right(answer: Recommendation, positive: float) -> float:
    """From the probability of NPV > 0."""
    return {"go": positive, "no_go": 1 - positive}.get(answer, max(positive, 1 - positive))


def _effect(
    believed: Believed, found: Outcome, judge: Callable[[Outcome], Recommendation]
) -> EvidenceEffect | None:
    if believed.before is None:
        return None
    before = outcome(believed.before)
    return EvidenceEffect(believed.observations, before.chance, found.chance, judge(before))


def _without_projection(gate: GateDecision, rule: DecisionRule) -> Decision:
    why = "; ".join(gate.reasons) or "the analysis is not complete"
    return Decision(
        recommendation="no_go",
        confidence_score=gate.confidence_score if gate.gate_decision == "reject" else 0.5,
        plain_words=f"Do not build this: {why}.",
        reasons=gate.reasons or ("the analysis is not complete",),
        conditions=(),
        what_would_flip_it=(),
        utility=None,
        evidence_effect=None,
        rule=rule,
    )


def _plain_words(recommendation: Recommendation, projection: Projection) -> str:
    opening = {
        "go": "Build it",
        "conditional_go": "Build it only if the conditions below are met",
        "no_go": "Do not build it as it stands",
    }[recommendation]
    shortfall = projection.expected_shortfall_95
    end = f"{money(abs(shortfall))} in the {'red' if shortfall > 0 else 'black'}"
    return (
        f"{opening}: in {chance(projection.probability_npv_positive)} of the simulated futures it"
        " earns back what it costs, counting three years of cash and what the customers won by then"
        f" still bring. The median need of money is {money(projection.funding_need['p50'])}; the"
        f" worst twentieth of the futures end on average {end}."
    )


def _reasons(
    gate: GateDecision, projection: Projection, utility: Utility, rule: DecisionRule
) -> tuple[str, ...]:
    npv, revenue = projection.npv, projection.revenue_by_year["year_3"]
    found = [
        f"net present value: median {money(npv['p50'])}, 80 % interval {money(npv['p10'])} to"
        f" {money(npv['p90'])}",
        f"revenue in the third year: median {money(revenue['p50'])}, 80 % interval"
        f" {money(revenue['p10'])} to {money(revenue['p90'])}",
        f"a customer brings {projection.ltv_to_cac['p50']:.1f} times what they cost to win (median)",
        f"it is judged at {utility.value:.3f}: a chance of {chance(utility.chance)}, less"
        f" {utility.downside:.2f} for the worst losses and {utility.criteria:.2f} for criteria that"
        f" may not be met; from {rule.go_utility:g} it is a go, below {rule.no_go_utility:g} a no-go",
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
