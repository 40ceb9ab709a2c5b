"""Personas: iterative proportional fitting of age by income to published marginals, then groups."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from smvm_workers.engine.domain import (
    BehavioralAttributes,
    Demographics,
    EconomicProfile,
    IdeaReading,
    Persona,
    PersonaSet,
    Segment,
)
from smvm_workers.engine.reference.consumers import AgeGroup, age_groups, spending, spending_share
from smvm_workers.engine.reference.firms import firm_classes
from smvm_workers.engine.reference.industries import domain
from smvm_workers.engine.reference.tables import assumption, source_of, table

Array = NDArray[np.float64]

_INCOME_LOG_DEVIATION = 0.8
"""Spread of income within an age group, as a log-normal's deviation: between quintile means of the
income table (about 0.9 overall) less what age explains."""
_BANDS = (("modest", (0, 1)), ("middle", (2, 3)), ("high", (4,)))
"""Groups of income quintiles that a persona stands for."""
_FIT_TOLERANCE = 1e-10
_FIT_ROUNDS = 500


def synthesise_personas(reading: IdeaReading) -> PersonaSet:
    """The personas of the idea's segment; their weights sum to 1. Deterministic."""
    if reading.segment.buyer == "firm":
        return _firm_personas(reading)
    return _consumer_personas(reading)


def fit_proportionally(seed: Array, rows: Array, columns: Array) -> Array:
    """Scale a positive table until its row and column sums are the given marginals.

    Iterative proportional fitting (Deming & Stephan 1940). Shapes (r, c), (r,), (c,); the marginals
    must have one sum. Raises ``ValueError`` if they do not, or if it does not converge.
    """
    if not np.isclose(rows.sum(), columns.sum()):
        raise ValueError("the marginals have different sums")
    fitted = seed.astype(float)
    for _ in range(_FIT_ROUNDS):
        fitted *= (rows / fitted.sum(axis=1))[:, None]
        fitted *= columns / fitted.sum(axis=0)
        if np.abs(fitted.sum(axis=1) - rows).max() < _FIT_TOLERANCE:
            return fitted
    raise ValueError("proportional fitting did not converge")


def _consumer_personas(reading: IdeaReading) -> PersonaSet:
    groups = _groups_of(reading.segment)
    joint, incomes = _joint(groups)
    item = domain(reading.domain).spending_item
    personas = [
        _consumer(group, name, joint[row, list(bands)], incomes[list(bands)], item)
        for row, group in enumerate(groups)
        for name, bands in _BANDS
    ]
    source_rows = (table("consumer_units")[0], table("income_quintiles")[0])
    return PersonaSet(
        personas=tuple(personas),
        marginals={
            "age": {_ages(g): float(s) for g, s in zip(groups, joint.sum(axis=1), strict=True)},
            "income": {name: float(joint[:, list(bands)].sum()) for name, bands in _BANDS},
        },
        findings=(),
        sources=(
            *(source_of(row) for row in source_rows),
            assumption("price_coefficient").source,
        ),
    )


def _groups_of(segment: Segment) -> list[AgeGroup]:
    low, high = segment.age_low or 16, segment.age_high or 99
    return [g for g in age_groups() if g.age_low <= high and g.age_high >= low]


def _joint(groups: list[AgeGroup]) -> tuple[Array, Array]:
    """Shares by age group and national income quintile, and the quintiles' mean incomes.

    The fit is made on all ages, where both marginals are published; the segment is a part of it.
    """
    everyone = age_groups()
    rows = table("income_quintiles")
    scale = _income_scale(everyone)
    incomes = np.array([float(row["income"]) for row in rows]) * scale
    bounds = np.sqrt(incomes[1:] * incomes[:-1])
    mu = np.array([np.log(g.income) - _INCOME_LOG_DEVIATION**2 / 2 for g in everyone])
    below = norm.cdf((np.log(bounds)[None, :] - mu[:, None]) / _INCOME_LOG_DEVIATION)
    edges = np.hstack([np.zeros((len(everyone), 1)), below, np.ones((len(everyone), 1))])
    units = np.array([g.units for g in everyone])
    shares = np.array([float(row["units_thousands"]) for row in rows])
    joint = fit_proportionally(np.diff(edges), units / units.sum(), shares / shares.sum())
    part = joint[[everyone.index(g) for g in groups]]
    return part / part.sum(), incomes


def _income_scale(everyone: tuple[AgeGroup, ...]) -> float:
    """From the year of the quintile table to that of the age table: the ratio of mean incomes."""
    units = np.array([g.units for g in everyone])
    mean_now = float((units * np.array([g.income for g in everyone])).sum() / units.sum())
    rows = table("income_quintiles")
    return mean_now / (sum(float(row["income"]) for row in rows) / len(rows))


def _consumer(group: AgeGroup, band: str, weights: Array, incomes: Array, item: str) -> Persona:
    weight = float(weights.sum())
    income = float((weights * incomes).sum() / weight)
    relative = income / group.income
    spend, _ = spending(item, group.age_low, group.age_high)
    discretionary, _ = spending("Average annual expenditures", group.age_low, group.age_high)
    youth = (70 - (group.age_low + min(group.age_high, 80)) / 2) / 50
    affinity = float(np.clip(0.4 + 0.6 * youth, 0.1, 1.0))
    return Persona(
        name=f"{band} income, {_ages(group)}",
        weight=weight,
        demographics=Demographics(
            label=f"{_ages(group)}, {band} income",
            age_low=group.age_low,
            age_high=group.age_high,
            household_size=group.persons,
        ),
        behavioral_attributes=BehavioralAttributes(
            price_sensitivity=round(float(np.clip(relative**-0.35, 0.5, 2.0)), 4),
            quality_sensitivity=round(float(np.clip(relative**0.2, 0.5, 2.0)), 4),
            social_sensitivity=round(0.6 + 0.6 * affinity, 4),
            digital_affinity=round(affinity, 4),
            adoption_propensity=round(0.5 + affinity * min(1.0, relative**0.3), 4),
            category_spend_share=round(spending_share(item, group.age_low, group.age_high), 5),
        ),
        # spending rises less than in proportion to income: Engel's law for the basket as a whole
        economic_profile=EconomicProfile(
            income=round(income, 2),
            discretionary_spend=round(discretionary * relative**0.6, 2),
            category_spend=round(spend * relative**0.6, 2),
        ),
    )


def _ages(group: AgeGroup) -> str:
    return "65 and older" if group.age_high > 90 else f"{group.age_low} to {group.age_high}"


def _firm_personas(reading: IdeaReading) -> PersonaSet:
    segment = reading.segment
    classes = firm_classes(segment.employees_low or 1, segment.employees_high or 100_000)
    total = sum(c.firms.median for c in classes)
    per_employee = assumption("firm_spend_per_employee")
    personas = []
    for position, size in enumerate(classes):
        staff = float(np.sqrt(size.employees_low * size.employees_high))
        spend = staff * per_employee.interval.median
        scale = position / max(1, len(classes) - 1)
        personas.append(
            Persona(
                name=f"firms of {size.employees_low} to {size.employees_high} employees",
                weight=size.firms.median / total,
                demographics=Demographics(
                    label=f"{size.employees_low} to {size.employees_high} employees",
                    employees_low=size.employees_low,
                    employees_high=size.employees_high,
                    industry=reading.industries[0].name,
                ),
                behavioral_attributes=BehavioralAttributes(
                    price_sensitivity=round(1.4 - 0.7 * scale, 4),
                    quality_sensitivity=round(0.8 + 0.6 * scale, 4),
                    social_sensitivity=round(1.1 - 0.3 * scale, 4),
                    digital_affinity=round(0.6 + 0.3 * scale, 4),
                    adoption_propensity=round(1.1 - 0.3 * scale, 4),
                    category_spend_share=0.0,
                ),
                economic_profile=EconomicProfile(
                    income=round(staff * 200_000, 2),
                    discretionary_spend=round(spend * 10, 2),
                    category_spend=round(spend, 2),
                ),
            )
        )
    shares = {p.demographics.label: p.weight for p in personas}
    counted = (source for size in classes for source in size.sources)
    sources = tuple(dict.fromkeys([per_employee.source, *counted]))
    return PersonaSet(tuple(personas), {"firm_size": shares}, (), sources)
