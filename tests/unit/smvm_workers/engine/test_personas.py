"""Weighted personas are the published population again."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from smvm_workers.engine.domain import Idea, Persona, PersonaSet, Segment
from smvm_workers.engine.idea import read_idea
from smvm_workers.engine.personas import fit_proportionally, synthesise_personas
from smvm_workers.engine.reference.consumers import age_groups, spending
from smvm_workers.engine.reference.firms import firm_classes
from smvm_workers.engine.reference.industries import domains
from smvm_workers.engine.reference.tables import table

_READING = read_idea(Idea("Budgeting app for households", "finance", "low"))
_AGES = st.tuples(st.integers(16, 90), st.integers(0, 60)).map(lambda a: (a[0], a[0] + a[1]))


def _of(segment: Segment, domain: str = "finance") -> PersonaSet:
    return synthesise_personas(replace(_READING, segment=segment, domain=domain))


def _consumers(low: int = 16, high: int = 99, domain: str = "finance") -> PersonaSet:
    return _of(Segment("consumer", "some", age_low=low, age_high=high), domain)


def _mean(personas: list[Persona], field: str) -> float:
    values = [float(getattr(p.economic_profile, field)) for p in personas]
    return float(np.average(values, weights=[p.weight for p in personas]))


@given(_AGES, st.sampled_from([d.name for d in domains()]))
def test_consumers_have_weights_and_the_published_means_of_their_age(
    ages: tuple[int, int], domain: str
) -> None:
    found = _consumers(*ages, domain)
    assert sum(p.weight for p in found.personas) == pytest.approx(1)
    item = next(d.spending_item for d in domains() if d.name == domain)
    for group in age_groups():
        own = [p for p in found.personas if p.demographics.age_low == group.age_low]
        if own:
            assert _mean(own, "income") == pytest.approx(group.income, rel=1e-3)
            published, _ = spending(item, group.age_low, group.age_high)
            assert _mean(own, "category_spend") == pytest.approx(published, rel=1e-3)


def test_everybody_has_the_published_shares_of_age_and_income() -> None:
    found = _consumers()
    units = np.array([group.units for group in age_groups()])
    by_age = [
        sum(p.weight for p in found.personas if p.demographics.age_low == group.age_low)
        for group in age_groups()
    ]
    assert by_age == pytest.approx(units / units.sum(), abs=1e-8)
    quintiles = np.array([float(row["units_thousands"]) for row in table("income_quintiles")])
    shares = quintiles / quintiles.sum()
    by_income = [
        sum(p.weight for p in found.personas if p.name.startswith(name))
        for name in ("modest", "middle", "high")
    ]
    assert by_income == pytest.approx([shares[:2].sum(), shares[2:4].sum(), shares[4]], abs=1e-8)


def test_the_marginals_told_are_those_of_the_personas() -> None:
    found = _consumers(25, 44)
    for name, share in found.marginals["income"].items():
        own = sum(p.weight for p in found.personas if p.name.startswith(name))
        assert own == pytest.approx(share)
    assert sum(found.marginals["age"].values()) == pytest.approx(1)


def test_the_young_have_less_and_the_rich_mind_prices_less() -> None:
    found = {p.name: p for p in _consumers().personas}
    modest, high = found["modest income, 35 to 44"], found["high income, 35 to 44"]
    assert modest.behavioral_attributes.price_sensitivity > (
        high.behavioral_attributes.price_sensitivity
    )
    assert modest.economic_profile.category_spend < high.economic_profile.category_spend
    young, old = found["middle income, 25 to 34"], found["middle income, 65 and older"]
    assert young.behavioral_attributes.digital_affinity > old.behavioral_attributes.digital_affinity


@given(st.integers(1, 5_000), st.integers(1, 100_000))
def test_firms_have_the_census_shares_of_their_classes(low: int, high: int) -> None:
    segment = Segment("firm", "some", employees_low=low, employees_high=max(low, high))
    found = _of(segment)
    classes = firm_classes(low, max(low, high))
    firms = np.array([c.firms.median for c in classes])
    assert [p.weight for p in found.personas] == pytest.approx(firms / firms.sum())
    spend = [p.economic_profile.category_spend for p in found.personas]
    assert spend == sorted(spend)


@pytest.mark.parametrize("segment", [Segment("consumer", "all"), Segment("firm", "all")])
def test_a_segment_without_bounds_is_everybody(segment: Segment) -> None:
    assert sum(p.weight for p in _of(segment).personas) == pytest.approx(1)
    assert _of(segment).sources


_POSITIVE = st.floats(0.1, 10)


@given(arrays(float, (3, 4), elements=_POSITIVE), arrays(float, (3, 4), elements=_POSITIVE))
def test_fitting_reaches_both_marginals(seed: np.ndarray, target: np.ndarray) -> None:
    rows, columns = target.sum(axis=1), target.sum(axis=0)
    fitted = fit_proportionally(seed, rows / rows.sum(), columns / columns.sum())
    assert fitted.sum(axis=1) == pytest.approx(rows / rows.sum(), abs=1e-8)
    assert fitted.sum(axis=0) == pytest.approx(columns / columns.sum(), abs=1e-8)


def test_fitting_keeps_the_odds_of_the_seed() -> None:
    """Deming and Stephan: scaling rows and columns leaves cross-product ratios alone."""
    seed = np.array([[1.0, 2.0], [3.0, 4.0]])
    fitted = fit_proportionally(seed, np.array([0.3, 0.7]), np.array([0.6, 0.4]))
    ratio = fitted[0, 0] * fitted[1, 1] / (fitted[0, 1] * fitted[1, 0])
    assert ratio == pytest.approx(4 / 6)


def test_marginals_of_different_sums_are_refused() -> None:
    with pytest.raises(ValueError, match="sums"):
        fit_proportionally(np.ones((2, 2)), np.array([1.0, 1.0]), np.array([1.0, 2.0]))


def test_what_cannot_be_fitted_is_refused() -> None:
    seed = np.array([[1.0, 0.0], [1.0, 0.0]])
    halves = np.array([0.5, 0.5])
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="converge"):
        fit_proportionally(seed, halves, halves)
