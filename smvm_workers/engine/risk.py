"""Risks as probability times impact, with the simulation's own tail, and what to do about each."""

from dataclasses import dataclass
from typing import Literal

from smvm_workers.engine.domain import (
    CompetitorSet,
    Finding,
    IdeaReading,
    Level,
    Source,
    TechnicalAssessment,
)
from smvm_workers.engine.finance import Projection
from smvm_workers.engine.reference.industries import survival
from smvm_workers.engine.reference.tables import assumption, source_of, table
from smvm_workers.engine.simulation import SimulationResult
from smvm_workers.engine.wording import money, percent

Category = Literal["market", "technical", "execution"]

_HIGH, _MEDIUM = 0.35, 0.15


@dataclass(frozen=True, slots=True)
class Risk:
    """``probability`` and ``impact`` in 0 to 1 (1 = the venture is lost); ``basis`` says where the
    probability comes from."""

    name: str
    category: Category
    probability: float
    impact: float
    score: float
    level: Level
    basis: str
    mitigation: str


@dataclass(frozen=True, slots=True)
class RiskAssessment:
    """Risks by score, largest first; the tail in USD; base rates of survival by year."""

    risks: tuple[Risk, ...]
    overall: Level
    value_at_risk_95: float
    expected_shortfall_95: float
    stress_loss: float
    base_rates: dict[str, float]
    show_stoppers: tuple[Finding, ...]
    sources: tuple[Source, ...]


def assess_risks(
    reading: IdeaReading,
    competitors: CompetitorSet,
    technical: TechnicalAssessment,
    simulation: SimulationResult,
    projection: Projection,
) -> RiskAssessment:
    """Weigh what could go wrong; probabilities come from the simulation where it has them."""
    risks = sorted(
        (
            *_market_risks(competitors, simulation, projection),
            *_technical_risks(reading, technical),
            *_execution_risks(projection),
        ),
        key=lambda risk: -risk.score,
    )
    rates = survival()
    return RiskAssessment(
        risks=tuple(risks),
        overall=risks[0].level,
        value_at_risk_95=projection.value_at_risk_95,
        expected_shortfall_95=projection.expected_shortfall_95,
        stress_loss=_loss(simulation, "stress"),
        base_rates={f"{rate.years} years": rate.share for rate in rates},
        show_stoppers=reading.show_stoppers,
        sources=(*dict.fromkeys(rate.source for rate in rates), _failure_source()),
    )


def _loss(simulation: SimulationResult, name: str) -> float:
    """Share of the baseline's adopters at the end that a scenario costs."""
    kept = {s.name: s.against_baseline for s in simulation.scenarios}
    return max(0.0, 1 - kept[name])


def _market_risks(
    competitors: CompetitorSet, simulation: SimulationResult, projection: Projection
) -> list[Risk]:
    no_need = next(r for r in table("failure_reasons") if r["reason"] == "no_market_need")
    launch = _loss(simulation, "competitor_launch")
    downturn = _loss(simulation, "downturn")
    return [
        _risk(
            "too few buyers",
            "market",
            1 - projection.probability_npv_positive,
            0.9,
            "share of simulated futures in which it does not earn back what it costs",
            "sell before building: test the price on a landing page and submit the counts",
        ),
        _risk(
            "no market need",
            "market",
            float(no_need["share"]),
            0.7,
            f"{no_need['source']} ({no_need['year']})",
            "interview twenty of the target customers about what they do today",
        ),
        *_answer_of_competitors(competitors, launch),
        _risk(
            "downturn",
            "market",
            assumption("shock_rate").interval.median,
            min(1.0, downturn + 0.1),
            f"assumed chance in a year; the simulation loses {percent(downturn)}",
            "keep a cheaper tier at hand",
        ),
    ]


def _answer_of_competitors(competitors: CompetitorSet, launch: float) -> list[Risk]:
    if not competitors.competitors:
        return []
    nearest = competitors.competitors[0]
    return [
        _risk(
            f"{nearest.company_info.name} and the others answer",
            "market",
            nearest.market_position.similarity,
            min(1.0, launch + 0.1),
            "likeness of the nearest competitor; the simulation loses"
            f" {percent(launch)} to a new rival",
            "choose a segment that they serve badly, and say so in the offer",
        )
    ]


def _technical_risks(reading: IdeaReading, technical: TechnicalAssessment) -> list[Risk]:
    overrun = technical.effort.high / technical.effort.median - 1
    found = [
        _risk(
            "it cannot be built as thought",
            "technical",
            1 - technical.feasibility,
            0.6,
            "maturity of the least mature capability, and the effort of all",
            "build the least mature capability first, as a throw-away",
        ),
        _risk(
            "effort overruns",
            "technical",
            0.5,
            min(1.0, overrun / 3),
            f"the effort's interval reaches {percent(overrun)} above its median",
            "cut the first version to what the first ten customers pay for",
        ),
    ]
    if reading.regulations:
        found.append(
            _risk(
                "rules delay or forbid the launch",
                "technical",
                min(0.6, 0.15 * len(reading.regulations)),
                0.6,
                f"rules that apply: {', '.join(reading.regulations)}",
                "have a lawyer read the offer before the first line of code",
            )
        )
    return found


def _execution_risks(projection: Projection) -> list[Risk]:
    closing = next(rate for rate in survival() if rate.years == 3)
    cash = next(r for r in table("failure_reasons") if r["reason"] == "ran_out_of_cash")
    return [
        _risk(
            "the venture closes within three years",
            "execution",
            1 - closing.share,
            0.5,
            f"{closing.source.name}: {percent(closing.share)} of new establishments survive three"
            " years",
            "set the sum and the date at which to stop, before starting",
        ),
        _risk(
            "cash runs out",
            "execution",
            float(cash["share"]),
            0.8,
            f"{cash['source']} ({cash['year']}); median need {money(projection.funding_need['p50'])}",
            "raise for the 90th percentile of the need, not for its median",
        ),
    ]


def _risk(
    name: str, category: Category, probability: float, impact: float, basis: str, mitigation: str
) -> Risk:
    score = probability * impact
    level: Level = "high" if score >= _HIGH else "medium" if score >= _MEDIUM else "low"
    return Risk(
        name,
        category,
        round(probability, 4),
        round(impact, 4),
        round(score, 4),
        level,
        basis,
        mitigation,
    )


def _failure_source() -> Source:
    return source_of(table("failure_reasons")[0])
