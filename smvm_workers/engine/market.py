"""How large the market is: top-down, bottom-up and the client's claim, pooled with their doubts."""

import math
from collections.abc import Iterable
from statistics import NormalDist

from smvm_workers.engine.domain import (
    Finding,
    Idea,
    IdeaReading,
    LogNormal,
    MarketSize,
    Source,
)
from smvm_workers.engine.idea import full_text
from smvm_workers.engine.lexicon import hits
from smvm_workers.engine.reference.consumers import consumer_units, spending
from smvm_workers.engine.reference.countries import HOME, country
from smvm_workers.engine.reference.firms import firm_sources, firms_between, mean_employees
from smvm_workers.engine.reference.industries import domain, industry
from smvm_workers.engine.reference.tables import assumption

_CLAIM_RANGE = (1e3, 1e14)
"""USD a year within which a claim is read at all: from a hobby to the world's product."""
_FAR = 3.0
"""Deviations between claim and sources from which a claim is flagged."""
_DOUBTFUL = {"foreign-language", "unclear", "domain-mismatch", "gibberish", "too-few-words"}
_DOUBT_DEVIATION = 0.8
"""Log deviation added where the reading is doubtful: the revenues of two domains taken at random
differ by about a factor of two."""
_MODEL_DEVIATION = 0.5
"""Log deviation added to each estimate: the tables describe neighbours of the idea, not the idea."""


def size_market(idea: Idea, reading: IdeaReading) -> MarketSize:
    """TAM, SAM and SOM in USD a year, each log-normal. Never raises for odd claims."""
    abroad, country_sources = _country_scale(reading)
    reach, reach_sources = _reach(idea)
    scale = product(product(abroad, reach), LogNormal(0.0, _doubt(reading)))
    home_revenue, top_sources, growth = _top_down(reading)
    home_customers, spend, bottom_sources = _buyers(reading)
    top_down, customers = product(home_revenue, scale), product(home_customers, scale)
    bottom_up = product(customers, spend)
    claim, findings = _claim(idea, (top_down, bottom_up))
    estimates = [top_down, bottom_up] + ([claim] if claim else [])
    tam = pool(estimates)
    sam = product(tam, _assumed("serviceable_share"))
    return MarketSize(
        tam=tam,
        sam=sam,
        som=product(sam, _assumed("obtainable_share")),
        top_down=top_down,
        bottom_up=bottom_up,
        claim=claim,
        customers=product(customers, _assumed("serviceable_share")),
        annual_spend=spend,
        growth=growth,
        findings=(*reading.findings, *findings),
        sources=tuple(
            dict.fromkeys(top_sources + bottom_sources + country_sources + reach_sources)
        ),
    )


def pool(estimates: Iterable[LogNormal]) -> LogNormal:
    """Precision-weighted pool of independent log-normal estimates of one quantity.

    The deviation is not allowed below what the estimates' own spread says, so that estimates that
    contradict each other do not make a certain answer.
    """
    listed = list(estimates)
    weights = [1 / e.sigma**2 for e in listed]
    mu = sum(w * e.mu for w, e in zip(weights, listed, strict=True)) / sum(weights)
    spread = sum(w * (e.mu - mu) ** 2 for w, e in zip(weights, listed, strict=True)) / sum(weights)
    return LogNormal(mu, math.sqrt(1 / sum(weights) + spread))


def product(left: LogNormal, right: LogNormal) -> LogNormal:
    """The product of two independent log-normals."""
    return LogNormal(left.mu + right.mu, math.hypot(left.sigma, right.sigma))


def probability_above(quantity: LogNormal, threshold: float) -> float:
    """P(quantity ≥ threshold) for a positive threshold."""
    return 1 - NormalDist(quantity.mu, quantity.sigma).cdf(math.log(threshold))


def _assumed(name: str) -> LogNormal:
    return LogNormal.from_interval(assumption(name).interval)


def _country_scale(reading: IdeaReading) -> tuple[LogNormal, list[Source]]:
    """How large the market's country is beside the one that the tables describe."""
    if reading.country in (None, HOME):
        return LogNormal(0.0, 0.0), []
    there, home = country(reading.country), country(HOME)
    ratio = LogNormal(math.log(there.gdp / home.gdp), 0.0)
    assumed = assumption("country_scale")
    return product(ratio, _assumed(assumed.name)), [there.source, home.source, assumed.source]


def _doubt(reading: IdeaReading) -> float:
    return _DOUBT_DEVIATION if any(f.code in _DOUBTFUL for f in reading.findings) else 0.0


def _reach(idea: Idea) -> tuple[LogNormal, list[Source]]:
    """What part of a country's buyers the idea itself says that it is for."""
    assumed = [assumption(f"reach_{hit.row['code']}") for hit in hits("reach", full_text(idea))]
    reach = LogNormal(0.0, 0.0)
    for part in assumed:
        reach = product(reach, _assumed(part.name))
    return reach, [part.source for part in assumed]


def _top_down(reading: IdeaReading) -> tuple[LogNormal, list[Source], float]:
    """Revenue of the industries around the idea times the share a new category wins."""
    industries = [industry(match.code) for match in reading.industries]
    weights = [1 / (1 + position) for position in range(len(industries))]
    revenue = sum(w * i.revenue for w, i in zip(weights, industries, strict=True))
    growth = sum(w * i.growth for w, i in zip(weights, industries, strict=True)) / sum(weights)
    share = assumption("addressable_share")
    estimate = product(LogNormal(math.log(revenue), _MODEL_DEVIATION), _assumed(share.name))
    return estimate, [*(i.source for i in industries), share.source], growth


def _buyers(reading: IdeaReading) -> tuple[LogNormal, LogNormal, list[Source]]:
    """Adopters at the ceiling, and what each spends in a year."""
    segment = reading.segment
    if segment.buyer == "firm":
        low, high = segment.employees_low or 1, segment.employees_high or 100_000
        ceiling, per_head = (
            assumption("adoption_ceiling_firm"),
            assumption("firm_spend_per_employee"),
        )
        count = firms_between(low, high)
        staff = LogNormal(math.log(mean_employees(low, high)), _MODEL_DEVIATION)
        spend = product(_assumed(per_head.name), staff)
        sources = [ceiling.source, per_head.source, *firm_sources(low, high)]
        return product(count, _assumed(ceiling.name)), spend, sources
    low, high = segment.age_low or 16, segment.age_high or 99
    units, unit_source = consumer_units(low, high)
    amount, spend_source = spending(domain(reading.domain).spending_item, low, high)
    ceiling, share = assumption("adoption_ceiling_consumer"), assumption("category_spend_share")
    count = product(LogNormal(math.log(units), 0.1), _assumed(ceiling.name))
    spend = product(LogNormal(math.log(amount), 0.2), _assumed(share.name))
    return count, spend, [unit_source, spend_source, ceiling.source, share.source]


def _claim(
    idea: Idea, estimates: tuple[LogNormal, ...]
) -> tuple[LogNormal | None, tuple[Finding, ...]]:
    """The client's figure with its doubt, or None where it cannot be read."""
    size = idea.estimated_market_size
    if size is None:
        return None, ()
    if not math.isfinite(size) or not _CLAIM_RANGE[0] <= size <= _CLAIM_RANGE[1]:
        return None, (_warning("claim-absurd", "The claimed market size cannot be true."),)
    if idea.currency != "USD":
        text = (
            f"The claim is in {idea.currency}; no sourced rate is at hand, so it carries no weight."
        )
        return None, (_warning("claim-currency", text),)
    claim = LogNormal(math.log(size), assumption("claim_log_deviation").interval.median)
    pooled = pool(estimates)
    distance = abs(claim.mu - pooled.mu) / math.hypot(claim.sigma, pooled.sigma)
    if distance > _FAR:
        text = f"The claimed market size lies {distance:.1f} deviations from what sources suggest."
        return None, (_warning("claim-implausible", text),)
    return claim, ()


def _warning(code: str, message: str) -> Finding:
    return Finding(code, "warning", message)
