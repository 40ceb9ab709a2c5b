"""Personas of companies: one a size class of the census, weighted by the number of firms."""

import math

from smvm_workers.engine.domain import (
    BehavioralAttributes,
    Demographics,
    EconomicProfile,
    IdeaReading,
    Persona,
    PersonaSet,
)
from smvm_workers.engine.reference.firms import FirmClass, firm_classes
from smvm_workers.engine.reference.tables import assumption


def firm_personas(reading: IdeaReading) -> PersonaSet:
    """The size classes of the idea's segment; their weights sum to 1. Deterministic."""
    segment = reading.segment
    classes = firm_classes(segment.employees_low or 1, segment.employees_high or 100_000)
    total = sum(c.firms.median for c in classes)
    personas = tuple(
        _firm(reading, size, size.firms.median / total, position / max(1, len(classes) - 1))
        for position, size in enumerate(classes)
    )
    counted = (source for size in classes for source in size.sources)
    sources = (
        *counted,
        assumption("firm_spend_per_employee").source,
        assumption("firm_revenue_per_employee").source,
    )
    return PersonaSet(
        personas=personas,
        marginals={"firm_size": {p.demographics.label: p.weight for p in personas}},
        findings=(),
        sources=tuple(dict.fromkeys(sources)),
    )


def _firm(reading: IdeaReading, size: FirmClass, weight: float, rank: float) -> Persona:
    """``rank`` in 0 (the smallest class) to 1 (the largest)."""
    label = f"{size.employees_low} to {size.employees_high} employees"
    return Persona(
        name=f"firms of {label}",
        weight=weight,
        demographics=Demographics(
            label=label,
            employees_low=size.employees_low,
            employees_high=size.employees_high,
            industry=reading.industries[0].name,
        ),
        behavioral_attributes=_behaviour(rank),
        economic_profile=_economy(math.sqrt(size.employees_low * size.employees_high)),
    )


def _behaviour(rank: float) -> BehavioralAttributes:
    """Multiples of the mean. Assumed: large firms mind prices less and quality more, and are slower
    to take up what is new."""
    return BehavioralAttributes(
        price_sensitivity=round(1.4 - 0.7 * rank, 4),
        quality_sensitivity=round(0.8 + 0.6 * rank, 4),
        social_sensitivity=round(1.1 - 0.3 * rank, 4),
        digital_affinity=round(0.6 + 0.3 * rank, 4),
        adoption_propensity=round(1.1 - 0.3 * rank, 4),
        category_spend_share=0.0,
    )


def _economy(staff: float) -> EconomicProfile:
    """Money of a firm of so many employees; its spending on software at large is taken as ten times
    that on the category."""
    spend = staff * assumption("firm_spend_per_employee").interval.median
    revenue = staff * assumption("firm_revenue_per_employee").interval.median
    return EconomicProfile(
        income=round(revenue, 2),
        discretionary_spend=round(spend * 10, 2),
        category_spend=round(spend, 2),
    )
