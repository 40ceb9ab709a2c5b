"""The gate of T0+3 minutes: the guide's four criteria, and proceed, hold or reject."""

from dataclasses import dataclass
from typing import Literal

from smvm_workers.engine.confidence import confidence
from smvm_workers.engine.domain import (
    CompetitorSet,
    GateDecision,
    IdeaReading,
    KeyFactor,
    MarketSize,
    PersonaSet,
    TechnicalAssessment,
)
from smvm_workers.engine.market import pool, probability_above
from smvm_workers.engine.wording import chance, money, percent

Verdict = Literal["proceed", "hold", "reject"]


@dataclass(frozen=True, slots=True)
class GateCriteria:
    """``minimum_tam`` in USD a year; the others in 0 to 1."""

    minimum_tam: float = 1e6
    proceed_probability: float = 0.6
    reject_probability: float = 0.15
    minimum_feasibility: float = 0.2
    comfortable_feasibility: float = 0.45
    required_competitors: int = 5


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the gate may look at; None for what was not done in time."""

    reading: IdeaReading
    technical: TechnicalAssessment
    market: MarketSize | None = None
    competitors: CompetitorSet | None = None
    personas: PersonaSet | None = None


def decide_gate(seen: Assessment, bounds: GateCriteria) -> GateDecision:
    """Decide on what exists; what is missing can only turn proceed into hold.

    ``confidence_score`` is the probability that the criteria are met (proceed), are not (reject),
    or the larger of the two (hold), taking the criteria as independent and allowing for a wrong
    model, and for what each warning about the data may hide.
    """
    missing = _missing(seen)
    met = _probability_met(seen, bounds)
    verdict, reasons = _verdict(seen, bounds, met, missing)
    return GateDecision(
        gate_decision=verdict,
        confidence_score=round(_confidence(verdict, met, missing) * _soundness(seen), 4),
        criteria_met=round(met, 4),
        key_factors=tuple(_factors(seen, bounds)),
        next_steps=tuple(_next_steps(seen, verdict, missing)),
        reasons=tuple(reasons),
        missing=missing,
    )


def _missing(seen: Assessment) -> tuple[str, ...]:
    parts = {
        "market size": seen.market,
        "competitors": seen.competitors,
        "personas": seen.personas,
    }
    unclear = any(finding.code == "unclear" for finding in seen.reading.findings)
    absent = tuple(name for name, part in parts.items() if part is None)
    return (*absent, *(("a clear field of business",) if unclear else ()))


def _probability_met(seen: Assessment, bounds: GateCriteria) -> float:
    if seen.reading.show_stoppers or not seen.reading.meaningful:
        return 0.0
    size = _large_enough(seen.market, bounds.minimum_tam) if seen.market else 0.5
    comfortable = bounds.comfortable_feasibility
    feasible = min(1.0, seen.technical.feasibility / comfortable)
    named = len(seen.competitors.competitors) if seen.competitors else 0
    known = min(1.0, named / bounds.required_competitors) if seen.competitors else 0.5
    return size * feasible * known


def _large_enough(market: MarketSize, minimum: float) -> float:
    """The probability that the market is large enough. A claim may lower it; nothing but sources and
    evidence may raise it."""
    sourced = pool((market.top_down, market.bottom_up))
    return min(probability_above(market.tam, minimum), probability_above(sourced, minimum))


def _verdict(
    seen: Assessment, bounds: GateCriteria, met: float, missing: tuple[str, ...]
) -> tuple[Verdict, list[str]]:
    if seen.reading.show_stoppers:
        return "reject", [f.message for f in seen.reading.show_stoppers]
    if not seen.reading.meaningful:
        return "reject", [f.message for f in seen.reading.findings]
    if seen.technical.feasibility < bounds.minimum_feasibility:
        return "reject", ["what the idea needs is out of reach of today's technology and effort"]
    if met < bounds.reject_probability:
        return "reject", [f"the criteria are met with a probability of only {chance(met)}"]
    if missing:
        return "hold", [f"decided without {', '.join(missing)}"]
    if met < bounds.proceed_probability:
        return "hold", [f"the criteria are met with a probability of {chance(met)}"]
    return "proceed", [f"the criteria are met with a probability of {chance(met)}"]


def _confidence(verdict: Verdict, met: float, missing: tuple[str, ...]) -> float:
    if verdict == "hold":
        return confidence(max(met, 1 - met)) if not missing else 0.5
    return confidence(met if verdict == "proceed" else 1 - met)


_SOUND = 0.9
"""An assumption: one warning in ten hides data that would have changed the decision."""


def _soundness(seen: Assessment) -> float:
    """The probability that no warning about the data hides what would change the decision."""
    findings = {*seen.reading.findings, *seen.technical.findings}
    findings |= set(seen.market.findings if seen.market else ())
    return _SOUND ** sum(finding.severity == "warning" for finding in findings)


def _factors(seen: Assessment, bounds: GateCriteria) -> list[KeyFactor]:
    found = []
    if seen.market is not None:
        tam = seen.market.tam.interval
        score = confidence(_large_enough(seen.market, bounds.minimum_tam))
        text = (
            f"TAM about {money(tam.median)} a year (80 % interval {money(tam.low)} to"
            f" {money(tam.high)}); above {money(bounds.minimum_tam)} with {chance(score)}"
        )
        found.append(KeyFactor("market_opportunity", round(score, 4), text))
    technical = seen.technical
    effort = technical.effort
    found.append(
        KeyFactor(
            "technical_risks",
            technical.feasibility,
            f"{len(technical.capabilities)} capabilities, about {effort.median:.0f} person-months"
            f" ({effort.low:.0f} to {effort.high:.0f}); integration {technical.integration_complexity}",
        )
    )
    if seen.competitors is not None:
        named = ", ".join(c.company_info.name for c in seen.competitors.competitors)
        nearest = seen.competitors.competitors[0].market_position.similarity
        text = f"nearest: {named}; status quo holds {percent(seen.competitors.status_quo_share)}"
        found.append(KeyFactor("competitive_pressure", round(1 - nearest, 4), text))
    rules = seen.reading.regulations
    stoppers = seen.reading.show_stoppers
    text = stoppers[0].message if stoppers else f"rules to meet: {', '.join(rules) or 'none found'}"
    score = 0.0 if stoppers else 1 / (1 + 0.2 * len(rules))
    found.append(KeyFactor("regulatory_risks", round(score, 4), text))
    return found


def _next_steps(seen: Assessment, verdict: Verdict, missing: tuple[str, ...]) -> list[str]:
    if verdict == "reject":
        return ["Do not build this as described", *_way_out(seen)]
    steps = []
    if verdict == "proceed":
        steps.append("Proceed to the detailed market analysis")
    if missing:
        steps.append(f"Have the missing parts analysed: {', '.join(missing)}")
    if seen.market and any(f.code.startswith("claim") for f in seen.market.findings):
        steps.append("Check the claimed market size against the sources of the estimate")
    if seen.technical.integration_complexity != "low":
        steps.append("Review the architecture of the integrations first")
    steps += [f"Plan for {rule}" for rule in seen.reading.regulations[:2]]
    if seen.competitors is not None:
        rival = seen.competitors.competitors[0].company_info.name
        steps.append(f"Compare the offer with {rival}, point by point")
    return [*steps, "Submit observed traction as evidence; it narrows every interval"]


def _way_out(seen: Assessment) -> list[str]:
    if seen.reading.show_stoppers:
        return ["Remove what the law or physics forbids, and submit again"]
    if not seen.reading.meaningful:
        return ["Describe in a few sentences what is offered, to whom, and why they would pay"]
    return ["Find a smaller first version with proven technology"]
