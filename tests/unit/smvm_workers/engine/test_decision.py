from dataclasses import replace

import numpy as np
import pytest

from smvm_workers.engine.cash_flow import FinanceInputs, repriced
from smvm_workers.engine.decision import Believed, Decision, decide
from smvm_workers.engine.domain import GateDecision
from smvm_workers.engine.finance import project
from smvm_workers.engine.flips import Case
from smvm_workers.engine.utility import DecisionRule

RULE = DecisionRule()
PROCEED = GateDecision("proceed", 0.9, 1.0, (), (), ("the criteria are met",))
HOLD = GateDecision(
    "hold", 0.6, 0.5, (), (), ("the market is uncertain",), missing=("market_analysis",)
)
REJECT = GateDecision("reject", 0.95, 0.0, (), (), ("it breaks the laws of physics",))


def _inputs(customers: float, build_cost: float = 200_000.0) -> FinanceInputs:
    generator = np.random.default_rng(4)

    def around(median: float, sigma: float) -> np.ndarray:
        return median * np.exp(sigma * generator.standard_normal(400))

    return FinanceInputs(
        innovation=around(0.03, 0.6),
        imitation=around(0.38, 0.3),
        customers=around(customers, 0.8),
        price=around(300, 0.4),
        som=np.full(400, 1e9),
        churn=around(0.03, 0.3),
        gross_margin=np.full(400, 0.6),
        acquisition_cost_ratio=around(0.4, 0.4),
        trial_marketing=np.full(400, 1e6),
        build_cost=around(build_cost, 0.4),
        fixed_cost_ratio=around(0.5, 0.3),
        discount_rate=np.full(400, 0.18),
    )


def _believed(inputs: FinanceInputs) -> Believed:
    """Demand answers to the price with an elasticity of −2; orders speed adoption up."""
    case = Case(
        inputs,
        at_price=lambda factor: repriced(inputs, factor, np.full(400, factor**-2.0)),
        with_orders=lambda orders: replace(
            inputs, innovation=inputs.innovation * (0.2 + orders / 40)
        ),
    )
    return Believed(case, project(inputs))


def _decide(customers: float, gate: GateDecision = PROCEED, rule: DecisionRule = RULE) -> Decision:
    return decide(gate, _believed(_inputs(customers)), rule)


def test_a_large_market_is_a_go_a_small_one_a_no_go_and_one_between_conditional() -> None:
    found = [_decide(n).recommendation for n in (100_000, 14_000, 1_000)]
    assert found == ["go", "conditional_go", "no_go"]


def test_confidence_is_the_simulated_probability_short_of_certainty() -> None:
    chance = _believed(_inputs(1_000)).projection.probability_npv_positive
    assert _decide(1_000).confidence_score == pytest.approx(0.025 + 0.95 * (1 - chance), abs=1e-4)
    assert _decide(10_000_000).confidence_score == 0.975


def test_hold_never_becomes_a_plain_go_and_names_what_is_missing() -> None:
    found = _decide(100_000, HOLD)
    assert found.recommendation == "conditional_go"
    assert any("market_analysis" in condition for condition in found.conditions)


def test_reject_stands_whatever_the_money_says() -> None:
    found = _decide(10_000_000, REJECT)
    assert found.recommendation == "no_go"
    assert found.confidence_score == 0.95
    assert found.reasons == REJECT.reasons
    assert "laws of physics" in found.plain_words


def test_without_a_projection_the_answer_is_an_unsure_no() -> None:
    found = decide(PROCEED, None, RULE)
    assert (found.recommendation, found.confidence_score) == ("no_go", 0.5)


@pytest.mark.parametrize("customers", [5_000, 14_000, 60_000])
def test_flips_really_flip_and_nothing_smaller_does(customers: float) -> None:
    fields = {
        "the number of buyers": "customers",
        "the churn": "churn",
        "the cost to": "build_cost",
    }
    inputs = _inputs(customers)
    found = decide(PROCEED, _believed(inputs), RULE)
    checked = 0
    for flip in found.what_would_flip_it:
        field = next((f for label, f in fields.items() if flip.what.startswith(label)), None)
        if field is None:
            continue
        nearer = flip.change - np.sign(flip.change) * 0.01
        for change, expected in ((flip.change, flip.becomes), (nearer, found.recommendation)):
            tried = replace(inputs, **{field: getattr(inputs, field) * (1 + change)})
            again = decide(PROCEED, _believed(tried), RULE)
            assert again.recommendation == expected, flip.text
        checked += 1
    assert checked >= 3


def test_a_flip_in_price_goes_through_demand() -> None:
    inputs = _inputs(14_000)
    found = decide(PROCEED, _believed(inputs), RULE)
    flip = next(f for f in found.what_would_flip_it if f.what.startswith("the price"))
    believed = _believed(inputs)
    tried = believed.case.at_price(1 + flip.change)
    assert decide(PROCEED, _believed(tried), RULE).recommendation == flip.becomes
    # demand falls with the square of the price: what costs more sells for less in all
    assert (tried.price * tried.customers)[0] < (inputs.price * inputs.customers)[0] or (
        flip.change < 0
    )


def test_evidence_that_would_flip_it_is_the_least_that_does() -> None:
    inputs = _inputs(5_000)
    believed = _believed(inputs)
    found = decide(PROCEED, believed, RULE)
    flip = next(f for f in found.what_would_flip_it if f.what == "evidence")
    orders = round(flip.change * 1000)
    for tried, expected in ((orders, flip.becomes), (orders - 1, found.recommendation)):
        after = _believed(believed.case.with_orders(tried))
        assert decide(PROCEED, after, RULE).recommendation == expected
    assert f"{orders} or more orders" in flip.text


def test_flips_stand_nearest_first() -> None:
    found = [f.change for f in _decide(14_000).what_would_flip_it if f.what != "evidence"]
    sizes = [abs(np.log1p(change)) for change in found]
    assert sizes == sorted(sizes)


def test_a_hold_can_be_flipped_downwards_only() -> None:
    found = _decide(60_000, HOLD)
    assert found.recommendation == "conditional_go"
    assert {flip.becomes for flip in found.what_would_flip_it} == {"no_go"}


def test_what_the_downside_and_the_criteria_cost_is_said() -> None:
    careful = DecisionRule(bearable_loss=0.01, downside_weight=0.6)
    found = _decide(14_000, rule=careful)
    assert found.utility is not None
    assert found.utility.downside == pytest.approx(0.6)
    assert found.utility.value == pytest.approx(found.utility.chance - 0.6)
    assert found.recommendation == "no_go"
    assert any("0.60 for the worst losses" in reason for reason in found.reasons)
    doubtful = _decide(14_000, replace(PROCEED, criteria_met=0.6))
    assert doubtful.utility is not None
    assert doubtful.utility.criteria == pytest.approx(0.08)


def test_thresholds_are_the_rules() -> None:
    chance = _believed(_inputs(14_000)).projection.probability_npv_positive
    easy = DecisionRule(go_utility=chance - 0.01, no_go_utility=0.01, downside_weight=0)
    hard = DecisionRule(go_utility=0.99, no_go_utility=chance + 0.01)
    assert _decide(14_000, rule=easy).recommendation == "go"
    assert _decide(14_000, rule=hard).recommendation == "no_go"


def test_how_far_the_evidence_moved_the_decision_is_said() -> None:
    before, after = _inputs(5_000), _inputs(100_000)
    believed = replace(_believed(after), before=before, observations=3)
    effect = decide(PROCEED, believed, RULE).evidence_effect
    assert effect is not None
    assert (effect.observations, effect.recommendation_before) == (3, "no_go")
    assert effect.probability_before < effect.probability_after
    assert _decide(5_000).evidence_effect is None


def test_no_conditions_are_set_on_a_no() -> None:
    assert _decide(1_000).conditions == ()
