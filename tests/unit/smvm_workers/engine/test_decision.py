import numpy as np
import pytest

from smvm_workers.engine.cash_flow import FinanceInputs
from smvm_workers.engine.decision import Decision, DecisionRule, decide
from smvm_workers.engine.domain import GateDecision
from smvm_workers.engine.finance import Projection, project

PROCEED = GateDecision("proceed", 0.9, (), (), ("the criteria are met",))
HOLD = GateDecision("hold", 0.6, (), (), ("the market is uncertain",), missing=("market_analysis",))
REJECT = GateDecision("reject", 0.95, (), (), ("it breaks the laws of physics",))


def _case(customers: float, build_cost: float = 200_000.0) -> tuple[FinanceInputs, Projection]:
    generator = np.random.default_rng(4)

    def around(median: float, sigma: float) -> np.ndarray:
        return median * np.exp(sigma * generator.standard_normal(400))

    inputs = FinanceInputs(
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
    return inputs, project(inputs)


def _decide(customers: float, gate: GateDecision = PROCEED) -> Decision:
    return decide(gate, *_case(customers))


def test_a_large_market_is_a_go_a_small_one_a_no_go_and_one_between_conditional() -> None:
    found = [_decide(n).recommendation for n in (100_000, 14_000, 1_000)]
    assert found == ["go", "conditional_go", "no_go"]


def test_confidence_is_the_simulated_probability() -> None:
    chance = _case(1_000)[1].probability_npv_positive
    assert _decide(1_000).confidence_score == pytest.approx(min(1 - chance, 0.95), abs=1e-4)
    assert _decide(10_000_000).confidence_score == 0.95


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
    found = decide(PROCEED, None, None)
    assert (found.recommendation, found.confidence_score) == ("no_go", 0.5)


def test_flips_really_flip() -> None:
    inputs, projection = _case(5_000)
    found = decide(PROCEED, inputs, projection)
    assert found.recommendation == "no_go"
    nearest = found.what_would_flip_it[0]
    assert abs(nearest.change) == min(abs(flip.change) for flip in found.what_would_flip_it)
    more = next(f for f in found.what_would_flip_it if f.what.startswith("the number of buyers"))
    again = _decide(5_000 * (1 + more.change) * 1.0)
    assert again.recommendation == more.becomes


def test_an_unbearable_tail_makes_a_go_conditional() -> None:
    inputs, projection = _case(100_000)
    strict = DecisionRule(bearable_loss=-10.0)
    assert decide(PROCEED, inputs, projection, strict).recommendation == "conditional_go"


def test_no_conditions_are_set_on_a_no() -> None:
    assert _decide(1_000).conditions == ()
