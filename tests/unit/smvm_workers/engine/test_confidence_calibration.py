"""Of the worlds of which the engine says x per cent, x per cent turn out so.

Worlds are drawn from the priors by a generator of their own, and show what they would show to somebody
who looks; the engine sees that, never the world. What is tested is that its mathematics is right, not
that its priors are.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from smvm_workers.engine.cash_flow import FinanceInputs, build_inputs, npv_of
from smvm_workers.engine.competitors import find_competitors
from smvm_workers.engine.confidence import confidence
from smvm_workers.engine.decision import chance_of_being_right
from smvm_workers.engine.demand import buyer_types, win_share
from smvm_workers.engine.domain import (
    Idea,
    IdeaReading,
    LogNormal,
    MarketSize,
    Observation,
    TechnicalAssessment,
)
from smvm_workers.engine.evidence import update
from smvm_workers.engine.evidence.price_tests import take_up
from smvm_workers.engine.evidence.rates import CHANNELS, assumed
from smvm_workers.engine.idea import read_idea
from smvm_workers.engine.market import size_market
from smvm_workers.engine.personas import synthesise_personas
from smvm_workers.engine.priors import Draws, churn_prior, draw_priors
from smvm_workers.engine.reference.industries import IndustryMargins, industry_margins
from smvm_workers.engine.reference.tables import assumption
from smvm_workers.engine.scenarios import MarketConditions, market_conditions
from smvm_workers.engine.technical import assess_technology
from smvm_workers.engine.utility import DecisionRule, Outcome, outcome, recommend, weigh

Array = NDArray[np.float64]

IDEAS = (
    Idea("AI-powered personal finance management platform", "finance", "high"),
    Idea("Invoicing software for freelancers and small firms", "software", "low"),
    Idea("Meal kits with local vegetables, delivered weekly", "food", "medium"),
    Idea("Booking platform for guided mountain tours", "travel", "medium"),
    Idea("Scheduling software for hospital wards", "health", "high"),
    Idea("Online language lessons with native speakers", "education", "low"),
)
WORLDS_EACH, DRAWS, BINS = 400, 400, 10
RULE = DecisionRule()


@dataclass(frozen=True, slots=True)
class _Setting:
    """An idea, and what the engine makes of it before it sees anything."""

    seed: int
    reading: IdeaReading
    market: MarketSize
    conditions: MarketConditions
    technical: TechnicalAssessment
    margins: IndustryMargins
    buyers: Array

    def inputs(self, draws: Draws, seed: int) -> FinanceInputs:
        share = win_share(self.conditions, draws, self.buyers)
        price = self.conditions.prices[0]
        return build_inputs(draws, self.market, self.technical, self.margins, share, price, seed)

    @property
    def usual_price(self) -> float:
        return self.market.annual_spend.interval.median

    @property
    def churn(self) -> LogNormal:
        return churn_prior(self.reading)


def _setting(idea: Idea, seed: int) -> _Setting:
    reading = read_idea(idea)
    market = size_market(idea, reading)
    spend, customers = market.annual_spend.interval.median, market.customers.interval.median
    return _Setting(
        seed,
        reading,
        market,
        market_conditions(find_competitors(idea, reading), spend, customers),
        assess_technology(idea, reading),
        industry_margins(reading.margin_industry),
        buyer_types(synthesise_personas(reading), 16),
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_confidence_is_calibrated() -> None:
    said, right, chances, positive = [], [], [], []
    for number, idea in enumerate(IDEAS, 1):
        for found, earns in _worlds(_setting(idea, 1000 * number)):
            answer = recommend(weigh(found, criteria_met=1.0, rule=RULE), passed=True, rule=RULE)
            expects = answer == "go" or (answer == "conditional_go" and found.chance >= 0.5)
            said.append(confidence(chance_of_being_right(answer, found.chance)))
            right.append(earns == expects)
            chances.append(confidence(found.chance))
            positive.append(earns)
    assert len(said) >= 2000
    assert 0.05 < np.mean(positive) < 0.95, "the worlds must differ"
    assert _calibration_error("confidence_score", said, right) <= 0.03
    assert _calibration_error("probability of NPV > 0", chances, positive) <= 0.03


def _worlds(setting: _Setting) -> Iterator[tuple[Outcome, bool]]:
    """What the engine says of each world, and whether it earns back what it costs there."""
    generator = np.random.Generator(np.random.PCG64DXSM(setting.seed))
    truth, rates = _draw_truth(setting, generator)
    earns = npv_of(setting.inputs(truth, seed=setting.seed + 999)) > 0
    for world in range(WORLDS_EACH):
        seen = _observe(setting, truth.take(np.array([world])), rates[world], generator)
        seed = 10_000 * setting.seed + world
        priors = draw_priors(setting.reading, seed, DRAWS)
        found = update(priors, seen, seed, setting.usual_price, setting.churn)
        yield outcome(setting.inputs(found.draws, seed)), bool(earns[world])


def _draw_truth(setting: _Setting, generator: np.random.Generator) -> tuple[Draws, Array]:
    """Worlds, and their click-through and conversion rates, by the stated joint distribution."""

    def drawn(quantity: LogNormal, scores: Array) -> Array:
        return np.exp(quantity.mu + quantity.sigma * scores)

    correlations = [channel.correlation for channel in CHANNELS]
    covariance = np.eye(1 + len(CHANNELS))
    covariance[0, 1:] = covariance[1:, 0] = correlations
    joint = generator.multivariate_normal(np.zeros(len(covariance)), covariance, WORLDS_EACH)
    names = {
        "imitation": "imitation_coefficient",
        "price_coefficient": "price_coefficient",
        "quality_coefficient": "quality_coefficient",
        "social_coefficient": "social_coefficient",
        "status_quo": "status_quo_utility",
        "conversion": "conversion",
        **{
            name: name
            for name in (
                "acquisition_cost_ratio",
                "fixed_cost_ratio",
                "trial_marketing_ratio",
                "person_month_cost",
                "venture_premium",
            )
        },
    }
    columns = {
        field: drawn(
            LogNormal.from_interval(assumption(name).interval),
            generator.standard_normal(WORLDS_EACH),
        )
        for field, name in names.items()
    }
    truth = Draws(
        innovation=drawn(assumed("innovation_coefficient"), joint[:, 0]),
        churn=drawn(setting.churn, generator.standard_normal(WORLDS_EACH)),
        **columns,
    )
    rates = [drawn(assumed(c.name), s) for c, s in zip(CHANNELS, joint[:, 1:].T, strict=True)]
    return truth, np.minimum(np.column_stack(rates), 1.0)


def _observe(
    setting: _Setting, truth: Draws, rates: Array, generator: np.random.Generator
) -> tuple[Observation, ...]:
    """From nothing to a year's traction: the engine must be calibrated on little and on much."""
    people = int(generator.choice([0, 60, 600, 6000]))
    if people == 0:
        return ()
    kept = max(0.0, float(1 - truth.churn[0])) ** 3
    seen = [
        Observation("visits", 10 * people, int(generator.binomial(10 * people, rates[0]))),
        Observation("orders", people, int(generator.binomial(people, rates[1]))),
        Observation(
            "retention", people // 4, int(generator.binomial(people // 4, kept)), days=90.0
        ),
    ]
    if generator.random() < 0.5:
        for relative in (0.7, 1.3):
            bought = int(generator.binomial(people // 2, take_up(truth, relative)[0]))
            price = relative * setting.usual_price
            seen.append(Observation("price_test", people // 2, bought, price=price))
    return tuple(seen)


def _calibration_error(name: str, said: list[float], happened: list[bool]) -> float:
    """Expected calibration error over bins of equal width; prints the reliability diagram."""
    stated, true = np.array(said), np.array(happened, dtype=float)
    bins = np.minimum((stated * BINS).astype(int), BINS - 1)
    error = 0.0
    print(f"\n{name}: {stated.size} worlds")
    for number in range(BINS):
        inside = bins == number
        if not inside.any():
            continue
        gap = abs(stated[inside].mean() - true[inside].mean())
        error += inside.mean() * gap
        bar = "█" * round(40 * true[inside].mean())
        print(
            f"  said {stated[inside].mean():.3f}  happened {true[inside].mean():.3f}"
            f"  of {inside.sum():5d} {bar}"
        )
    print(f"  expected calibration error {error:.4f}")
    return error
