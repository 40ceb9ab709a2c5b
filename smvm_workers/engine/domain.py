"""What the parts of the engine hand to each other. Money in USD, time in the unit the name says."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

SourceKind = Literal["reference", "claim", "evidence", "assumption", "model"]
"""``model`` is what a language model said: never a figure, and less than any of the others."""
Level = Literal["low", "medium", "high"]

_Z90 = NormalDist().inv_cdf(0.90)


@dataclass(frozen=True, slots=True)
class Source:
    """What a figure rests on; ``year`` is the year the figure describes, None for an assumption."""

    name: str
    kind: SourceKind
    year: int | None = None
    detail: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """A median and the 80 % interval around it (10th to 90th percentile)."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class LogNormal:
    """A positive quantity whose logarithm is normal with mean ``mu`` and deviation ``sigma``."""

    mu: float
    sigma: float

    @classmethod
    def from_interval(cls, interval: Interval) -> "LogNormal":
        """The log-normal with this median whose 80 % interval has this width in logs."""
        sigma = math.log(interval.high / interval.low) / (2 * _Z90)
        return cls(math.log(interval.median), sigma)

    @property
    def interval(self) -> Interval:
        return Interval(
            math.exp(self.mu),
            math.exp(self.mu - _Z90 * self.sigma),
            math.exp(self.mu + _Z90 * self.sigma),
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found in the data that a reader should know; ``code`` is stable, kebab-case."""

    code: str
    severity: Literal["info", "warning", "critical"]
    message: str


@dataclass(frozen=True, slots=True)
class Idea:
    """The idea as submitted, after validation and masking. ``metadata`` holds every extra field."""

    description: str
    domain: str
    urgency: str
    estimated_market_size: float | None = None
    currency: str = "USD"
    target_customers: str | None = None
    competitive_advantage: str | None = None
    metadata: Mapping[str, str | float | bool] | None = None


BusinessModel = Literal[
    "subscription", "transaction", "marketplace", "licence", "hardware", "service", "advertising"
]


@dataclass(frozen=True, slots=True)
class IndustryMatch:
    """A reference industry near the idea; ``similarity`` in 0 to 1; ``code`` of the BEA table."""

    code: str
    name: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Segment:
    """Whom the idea is for. Consumers have ages and incomes (USD a year); firms have employees.

    ``stated``: the idea says so itself; else it is what is usual in its domain.
    """

    buyer: Literal["consumer", "firm"]
    label: str
    age_low: int | None = None
    age_high: int | None = None
    income_low: float | None = None
    income_high: float | None = None
    employees_low: int | None = None
    employees_high: int | None = None
    stated: bool = False


@dataclass(frozen=True, slots=True)
class IdeaReading:
    """What the engine understood of the idea, with the words that decided.

    ``meaningful`` is False for gibberish or an empty idea; ``show_stoppers`` names what forbids the
    idea outright (illegality, impossible physics); ``margin_industry`` is a Damodaran industry;
    ``country`` is the code of the market's country, None where nothing tells it.
    """

    domain: str
    industries: tuple[IndustryMatch, ...]
    margin_industry: str
    business_model: BusinessModel
    segment: Segment
    technologies: tuple[str, ...]
    regulations: tuple[str, ...]
    evidence_words: tuple[str, ...]
    meaningful: bool
    show_stoppers: tuple[Finding, ...]
    findings: tuple[Finding, ...]
    sources: tuple[Source, ...]
    country: str | None = None


@dataclass(frozen=True, slots=True)
class ReadingHint:
    """How a language model reads an idea, in words of the reference tables and nothing else.

    ``source`` is of the kind ``model``; ``domain`` a domain's name and ``segment`` a segment's code,
    None where the model has no opinion; the rest are labels of the lexicon.
    """

    source: Source
    domain: str | None = None
    segment: str | None = None
    technologies: tuple[str, ...] = ()
    regulations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MarketSize:
    """Yearly money (USD) and buyers (people, households or firms) within reach.

    ``tam >= sam >= som`` at the median. ``annual_spend`` is USD per buyer and year on the category;
    ``customers`` are the potential buyers in the SAM; ``growth`` the category's yearly growth rate.
    """

    tam: LogNormal
    sam: LogNormal
    som: LogNormal
    top_down: LogNormal
    bottom_up: LogNormal
    claim: LogNormal | None
    customers: LogNormal
    annual_spend: LogNormal
    growth: float
    findings: tuple[Finding, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Demographics:
    """Of one persona. Consumers: ages in years. Firms: ``employees`` and no ages."""

    label: str
    age_low: int | None = None
    age_high: int | None = None
    household_size: float | None = None
    employees_low: int | None = None
    employees_high: int | None = None
    industry: str | None = None


@dataclass(frozen=True, slots=True)
class BehavioralAttributes:
    """How a persona decides. Sensitivities are multiples of the population's mean (1 = average)."""

    price_sensitivity: float
    quality_sensitivity: float
    social_sensitivity: float
    digital_affinity: float
    adoption_propensity: float
    category_spend_share: float


@dataclass(frozen=True, slots=True)
class EconomicProfile:
    """USD a year; for firms, revenue and spend on the category."""

    income: float
    discretionary_spend: float
    category_spend: float


@dataclass(frozen=True, slots=True)
class Persona:
    """A cluster of buyers; ``weight`` is its share of the segment, summing to 1 over the set.
    ``portrait`` is a line in words where a language model wrote one."""

    name: str
    weight: float
    demographics: Demographics
    behavioral_attributes: BehavioralAttributes
    economic_profile: EconomicProfile
    portrait: str | None = None


@dataclass(frozen=True, slots=True)
class PersonaSet:
    """The personas and the marginals they reproduce (name -> category -> share)."""

    personas: tuple[Persona, ...]
    marginals: Mapping[str, Mapping[str, float]]
    findings: tuple[Finding, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class CompanyInfo:
    name: str
    industry: str
    description: str
    country: str | None
    employees: int | None
    revenue_usd: float | None
    listed: bool
    url: str | None = None


@dataclass(frozen=True, slots=True)
class MarketPosition:
    """``share`` of the category's sales in 0 to 1; ``price_index`` 1 = the category's usual price;
    ``quality_index`` and ``brand_index`` 1 = average; ``reaction_delay_days`` and
    ``reaction_strength`` (relative price cut, 0 to 1) drive the simulation."""

    similarity: float
    share: float
    price_index: float
    quality_index: float
    brand_index: float
    threat_level: Level
    reaction_delay_days: int
    reaction_strength: float


@dataclass(frozen=True, slots=True)
class StrengthsWeaknesses:
    strengths: tuple[str, ...]
    weaknesses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Competitor:
    company_info: CompanyInfo
    market_position: MarketPosition
    strengths_weaknesses: StrengthsWeaknesses
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class CompetitorSet:
    """At most five competitors, strongest threat first; ``status_quo_share`` of doing nothing.

    The shares of the competitors and the status quo sum to at most 1; the rest is unnamed rivals.
    ``also_named`` are companies that a language model named beside the five: they count for nothing.
    """

    competitors: tuple[Competitor, ...]
    status_quo_share: float
    concentration_hhi: float
    our_price_index: float
    our_quality_index: float
    findings: tuple[Finding, ...]
    sources: tuple[Source, ...]
    also_named: tuple[CompanyInfo, ...] = ()


ObservationKind = Literal[
    "visits", "sign_ups", "orders", "price_test", "retention", "interview", "survey"
]


@dataclass(frozen=True, slots=True)
class Observation:
    """Observed traction. ``successes`` out of ``trials`` (people who saw the offer, visitors, people
    asked); ``price`` in USD where one was shown; ``days`` over which it was counted."""

    kind: ObservationKind
    trials: int
    successes: int
    price: float | None = None
    days: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Capability:
    """Something the idea needs to be built; ``effort`` in person-months."""

    name: str
    maturity: float
    effort: Interval
    depends_on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TechnicalAssessment:
    """Effort in person-months; scores in 0 to 1 (1 = easy, mature)."""

    feasibility: float
    capabilities: tuple[Capability, ...]
    stack: tuple[str, ...]
    integration_complexity: Level
    effort: Interval
    findings: tuple[Finding, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class KeyFactor:
    """One line of the decision matrix; ``score`` in 0 (against) to 1 (for)."""

    factor: str
    score: float
    evidence: str


@dataclass(frozen=True, slots=True)
class GateDecision:
    """The decision matrix of the gate. ``confidence_score`` is the probability that it is right,
    ``criteria_met`` the probability that the criteria are met, both in 0 to 1."""

    gate_decision: Literal["proceed", "hold", "reject"]
    confidence_score: float
    criteria_met: float
    key_factors: tuple[KeyFactor, ...]
    next_steps: tuple[str, ...]
    reasons: tuple[str, ...]
    missing: tuple[str, ...] = ()
