"""What the analysis stages share: the draws of this run, conditioned on its evidence."""

from dataclasses import dataclass

from smvm_workers.engine.domain import (
    IdeaReading,
    MarketSize,
    Observation,
    TechnicalAssessment,
)
from smvm_workers.engine.evidence import Update, update
from smvm_workers.engine.finance import FinanceInputs, build_inputs
from smvm_workers.engine.priors import draw_priors
from smvm_workers.engine.reference.industries import industry_margins
from smvm_workers.engine.technical import assess_technology
from smvm_workers.stages.base import StageInput
from smvm_workers.stages.documents import idea_of, optional, reading_of, structure

DRAWS = 2000
"""Enough for the 5 % tail to rest on a hundred draws."""


@dataclass(frozen=True, slots=True)
class Beliefs:
    """What is believed of this idea after its evidence."""

    reading: IdeaReading
    market: MarketSize
    update: Update


def beliefs(given: StageInput) -> Beliefs:
    """Priors for this kind of buyer, conditioned on what was observed. Deterministic."""
    reading = reading_of(given)
    market = structure(given.documents["market.output.json"], MarketSize)
    priors = draw_priors(reading, given.seed, DRAWS)
    seen = tuple(structure(o, Observation) for o in given.observations)
    spend = market.annual_spend.interval.median
    return Beliefs(reading, market, update(priors, seen, given.seed, spend))


def technology(given: StageInput) -> TechnicalAssessment:
    """The assessment; made here where its stage comes later."""
    stored = optional(given, "technical.output.json", TechnicalAssessment)
    return stored or assess_technology(idea_of(given), reading_of(given))


def finance_inputs(given: StageInput, believed: Beliefs) -> FinanceInputs:
    """The draws of money, side by side."""
    margins = industry_margins(believed.reading.margin_industry)
    return build_inputs(
        believed.update.draws, believed.market, technology(given), margins, given.seed
    )
