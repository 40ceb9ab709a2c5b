"""What several stages of the analysis need alike: the posterior, and the rapid stages' results, made
again where the gate's deadline left one out."""

from dataclasses import dataclass, replace

from smvm_workers.engine.cash_flow import FinanceInputs, build_inputs, repriced
from smvm_workers.engine.demand import buyer_types, win_share
from smvm_workers.engine.domain import (
    CompetitorSet,
    IdeaReading,
    MarketSize,
    Observation,
    PersonaSet,
    TechnicalAssessment,
)
from smvm_workers.engine.evidence import Update, count_in, update
from smvm_workers.engine.flips import TEST_VISITORS, Case
from smvm_workers.engine.priors import Draws, churn_prior, draw_priors
from smvm_workers.engine.reference.industries import industry_margins
from smvm_workers.engine.scenarios import MarketConditions, market_conditions
from smvm_workers.engine.technical import assess_technology
from smvm_workers.stages.base import StageInput
from smvm_workers.stages.documents import idea_of, optional, reading_of, structure

DRAWS = 2000
"""Enough for the 5 % tail to rest on a hundred draws."""
_BUYERS, _FEW_BUYERS = 100, 25
"""Buyers that stand for all where only expected shares are asked for, or how they change."""


@dataclass(frozen=True, slots=True)
class Beliefs:
    """What is believed of this idea after its evidence."""

    reading: IdeaReading
    market: MarketSize
    update: Update


def beliefs(given: StageInput) -> Beliefs:
    """Priors for this kind of buyer, conditioned on what was observed. Deterministic."""
    reading = reading_of(given)
    market = optional(given, "market.output.json", MarketSize)
    market = market or given.provider.size_market(idea_of(given), reading)
    priors = draw_priors(reading, given.seed, DRAWS)
    spend = market.annual_spend.interval.median
    found = update(priors, _observations(given), given.seed, spend, churn_prior(reading))
    return Beliefs(reading, market, found)


def _observations(given: StageInput) -> tuple[Observation, ...]:
    return tuple(structure(o, Observation) for o in given.observations)


def competitors_of(given: StageInput) -> CompetitorSet:
    """The competitors found for the gate."""
    stored = optional(given, "competitors.output.json", CompetitorSet)
    return stored or given.provider.find_competitors(idea_of(given), reading_of(given))


def personas_of(given: StageInput) -> PersonaSet:
    """The personas drawn for the gate."""
    stored = optional(given, "personas.output.json", PersonaSet)
    return stored or given.provider.synthesise_personas(idea_of(given), reading_of(given))


def technology_of(given: StageInput) -> TechnicalAssessment:
    """The assessment; made here where its stage comes later."""
    stored = optional(given, "technical.output.json", TechnicalAssessment)
    return stored or assess_technology(idea_of(given), reading_of(given))


def conditions_of(given: StageInput, market: MarketSize) -> MarketConditions:
    """The alternatives among which buyers choose."""
    return market_conditions(
        competitors_of(given),
        market.annual_spend.interval.median,
        market.customers.interval.median,
    )


def finance_inputs(given: StageInput, believed: Beliefs, draws: Draws) -> FinanceInputs:
    """The draws of money, side by side, for these draws of behaviour."""
    conditions = conditions_of(given, believed.market)
    return build_inputs(
        draws,
        believed.market,
        technology_of(given),
        industry_margins(believed.reading.margin_industry),
        win_share(conditions, draws, buyer_types(personas_of(given), _BUYERS)),
        conditions.prices[0],
        given.seed,
    )


def case(given: StageInput, believed: Beliefs) -> Case:
    """What the decision rests on, and would rest on at another price or after a test."""
    draws = believed.update.draws
    inputs = finance_inputs(given, believed, draws)
    conditions = conditions_of(given, believed.market)
    buyers = buyer_types(personas_of(given), _FEW_BUYERS)
    usual = win_share(conditions, draws, buyers)

    def at_price(factor: float) -> FinanceInputs:
        prices = (conditions.prices[0] * factor, *conditions.prices[1:])
        share = win_share(replace(conditions, prices=prices), draws, buyers)
        return repriced(inputs, factor, share / usual)

    def with_orders(orders: int) -> FinanceInputs:
        seen = (*_observations(given), Observation("orders", TEST_VISITORS, orders))
        found = count_in(believed.update.prior, seen, given.seed)
        return replace(inputs, innovation=found.innovation)

    return Case(inputs, at_price, with_orders)
