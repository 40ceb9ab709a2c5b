import pytest

from smvm_workers.engine.utility import DecisionRule, Outcome, recommend, weigh

RULE = DecisionRule(
    go_utility=0.6,
    no_go_utility=0.35,
    bearable_loss=2.0,
    downside_weight=0.3,
    criteria_weight=0.1,
)


def test_utility_is_the_chance_less_what_the_rest_costs() -> None:
    found = weigh(Outcome(chance=0.8, shortfall=3e5, need=1e5), criteria_met=0.7, rule=RULE)
    # three needs are lost where two are bearable: half of the weight
    assert found.downside == pytest.approx(0.15)
    assert found.criteria == pytest.approx(0.03)
    assert found.value == pytest.approx(0.62)


def test_a_bearable_downside_costs_nothing() -> None:
    assert weigh(Outcome(0.8, 1.9e5, 1e5), 1.0, RULE).downside == 0
    assert weigh(Outcome(0.8, -5e5, 1e5), 1.0, RULE).downside == 0
    assert weigh(Outcome(0.8, 5e12, 0.0), 1.0, RULE).downside == RULE.downside_weight


def test_currency_does_not_matter() -> None:
    usual = weigh(Outcome(0.5, 2.7e5, 1e5), 0.9, RULE)
    scaled = weigh(Outcome(0.5, 2.7e8, 1e8), 0.9, RULE)
    assert usual.value == pytest.approx(scaled.value)


@pytest.mark.parametrize(
    ("chance", "passed", "answer"),
    [
        (0.61, True, "go"),
        (0.61, False, "conditional_go"),
        (0.5, True, "conditional_go"),
        (0.34, True, "no_go"),
    ],
)
def test_answers(chance: float, passed: bool, answer: str) -> None:
    assert recommend(weigh(Outcome(chance, 0.0, 1e5), 1.0, RULE), passed, RULE) == answer
