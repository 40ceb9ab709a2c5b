from dataclasses import replace
from functools import cache

import pytest

from smvm_workers.engine.domain import CompetitorSet, IdeaReading, TechnicalAssessment
from smvm_workers.engine.finance import Projection
from smvm_workers.engine.risk import RiskAssessment, assess_risks
from smvm_workers.engine.simulation import SimulationResult
from smvm_workers.stages.documents import structure
from support.analysis import FINANCE_IDEA, Analysis


@cache
def _parts() -> tuple[
    IdeaReading, CompetitorSet, TechnicalAssessment, SimulationResult, Projection
]:
    documents = Analysis(FINANCE_IDEA).documents
    return (
        structure(documents["reading.output.json"]["reading"], IdeaReading),
        structure(documents["competitors.output.json"], CompetitorSet),
        structure(documents["technical.output.json"], TechnicalAssessment),
        structure(documents["simulation.result.json"], SimulationResult),
        structure(documents["finance.output.json"], Projection),
    )


def _score(found: RiskAssessment, name: str) -> float:
    return next(risk.score for risk in found.risks if risk.name == name)


def test_risks_are_probability_times_impact_in_order_and_of_each_category() -> None:
    found = assess_risks(*_parts())
    assert [r.score for r in found.risks] == sorted((r.score for r in found.risks), reverse=True)
    for risk in found.risks:
        assert risk.score == pytest.approx(risk.probability * risk.impact, abs=1e-4)
        assert 0 <= risk.probability <= 1
        assert risk.mitigation
        assert risk.basis
    assert {risk.category for risk in found.risks} == {"market", "technical", "execution"}


def test_base_rates_are_the_published_ones() -> None:
    rates = assess_risks(*_parts()).base_rates
    assert rates["3 years"] == pytest.approx(0.64, abs=0.01)
    assert list(rates.values()) == sorted(rates.values(), reverse=True)


def test_a_harder_technology_and_poorer_money_are_riskier() -> None:
    reading, rivals, technical, simulation, projection = _parts()
    usual = assess_risks(*_parts())
    hard = assess_risks(
        reading, rivals, replace(technical, feasibility=0.1), simulation, projection
    )
    poor = assess_risks(
        reading, rivals, technical, simulation, replace(projection, probability_npv_positive=0.0)
    )
    name = "it cannot be built as thought"
    assert _score(hard, name) > _score(usual, name)
    assert _score(poor, "too few buyers") >= _score(usual, "too few buyers")


def test_no_competitors_is_no_crash() -> None:
    reading, rivals, technical, simulation, projection = _parts()
    alone = replace(rivals, competitors=())
    assert assess_risks(reading, alone, technical, simulation, projection).risks
