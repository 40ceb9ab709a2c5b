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
from smvm_workers.engine.firm_personas import firm_personas
from smvm_workers.engine.reference.consumers import AgeGroup, age_groups, spending, spending_share
from smvm_workers.engine.reference.industries import domain
from smvm_workers.engine.reference.tables import assumption, source_of, table

Array = NDArray[np.float64]

_INCOME_LOG_DEVIATION = 0.8
"""Spread of income within an age group, as a log-normal's deviation: between quintile means of the
income table (about 0.9 overall) less what age explains."""
_BANDS = (("modest", (0, 1)), ("middle", (2, 3)), ("high", (4,)))
"""Groups of income quintiles that a persona stands for."""
_ENGEL = 0.53
"""Spending rises less than in proportion to income (Engel's law for the basket as a whole): between
the outer quintiles of the table lie 16.7 times of income and 4.5 times of expenditure, so the
exponent is ln 4.5 / ln 16.7."""
_FIT_TOLERANCE = 1e-10
_FIT_ROUNDS = 10_000
"""Convergence is linear, and slow where the seed's odds are far from what the marginals ask for."""


def synthesise_personas(reading: IdeaReading) -> PersonaSet:
    """The personas of the idea's segment; their weights sum to 1. Deterministic."""
    if reading.segment.buyer == "firm":
        return firm_personas(reading)
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
        persona
        for row, group in enumerate(groups)
        for persona in _of_age(group, joint[row], incomes, item)
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


def _of_age(group: AgeGroup, shares: Array, incomes: Array, item: str) -> list[Persona]:
    """One persona a band; their weighted incomes and spending are the published means of the age."""
    weights = np.array([shares[list(bands)].sum() for _, bands in _BANDS])
    earned = np.array([(shares[list(b)] * incomes[list(b)]).sum() for _, b in _BANDS]) / weights
    relative = earned / np.average(earned, weights=weights)
    spent = relative**_ENGEL
    spent /= np.average(spent, weights=weights)
    return [
        _consumer(group, name, float(weight), float(income), float(spending_ratio), item)
        for (name, _), weight, income, spending_ratio in zip(
            _BANDS, weights, relative, spent, strict=True
        )
    ]


def _consumer(
    group: AgeGroup, band: str, weight: float, relative: float, spent: float, item: str
) -> Persona:
    """``relative`` income and ``spent`` money are ratios to the means of the age group."""
    spend, _ = spending(item, group.age_low, group.age_high)
    everything, _ = spending("Average annual expenditures", group.age_low, group.age_high)
    return Persona(
        name=f"{band} income, {_ages(group)}",
        weight=weight,
        demographics=Demographics(
            label=f"{_ages(group)}, {band} income",
            age_low=group.age_low,
            age_high=group.age_high,
            household_size=group.persons,
        ),
        behavioral_attributes=_behaviour(group, relative, item),
        economic_profile=EconomicProfile(
            income=round(group.income * relative, 2),
            discretionary_spend=round(everything * spent, 2),
            category_spend=round(spend * spent, 2),
        ),
    )


def _behaviour(group: AgeGroup, relative: float, item: str) -> BehavioralAttributes:
    """Multiples of the population's mean. Assumed: the richer mind prices less and quality more; the
    young are nearer to digital offers and to what their neighbours do."""
    affinity = float(np.clip(1.24 - 0.012 * (group.age_low + min(group.age_high, 80)) / 2, 0.1, 1))
    return BehavioralAttributes(
        price_sensitivity=round(float(np.clip(relative**-0.35, 0.5, 2.0)), 4),
        quality_sensitivity=round(float(np.clip(relative**0.2, 0.5, 2.0)), 4),
        social_sensitivity=round(0.6 + 0.6 * affinity, 4),
        digital_affinity=round(affinity, 4),
        adoption_propensity=round(0.5 + affinity * min(1.0, relative**0.3), 4),
        category_spend_share=round(spending_share(item, group.age_low, group.age_high), 5),
    )


def _ages(group: AgeGroup) -> str:
    return "65 and older" if group.age_high > 90 else f"{group.age_low} to {group.age_high}"
