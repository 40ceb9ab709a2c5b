"""Households by age: how many, what they earn, what they spend (BLS Consumer Expenditure Surveys)."""

from dataclasses import dataclass
from functools import cache

from smvm_workers.engine.domain import Source
from smvm_workers.engine.reference.tables import source_of, table

_UNITS = "Number of consumer units"
_ALL_SPENDING = "Average annual expenditures"


@dataclass(frozen=True, slots=True)
class AgeGroup:
    """Consumer units whose reference person is of these ages; money in USD a year."""

    age_low: int
    age_high: int
    units: float
    income: float
    persons: float


@cache
def age_groups() -> tuple[AgeGroup, ...]:
    """The six groups of the survey, youngest first."""
    return tuple(
        AgeGroup(
            low,
            high,
            units * 1000,
            _figures("Income before taxes")[(low, high)],
            _figures("People")[(low, high)],
        )
        for (low, high), units in _figures(_UNITS).items()
    )


def consumer_units(age_low: int, age_high: int) -> tuple[float, Source]:
    """How many consumer units are of these ages; a group counts by its overlap."""
    total = sum(g.units * _overlap(g.age_low, g.age_high, age_low, age_high) for g in age_groups())
    return total, _source(_UNITS)


def spending(item: str, age_low: int, age_high: int) -> tuple[float, Source]:
    """Mean spending on an item by consumer units of these ages, in USD a year.

    A group whose figure the survey suppresses is left out; where none is left, the mean over all.
    """
    figures = _figures(item)
    weighted = [
        (
            g.units * _overlap(g.age_low, g.age_high, age_low, age_high),
            figures[(g.age_low, g.age_high)],
        )
        for g in age_groups()
        if (g.age_low, g.age_high) in figures
    ]
    weight = sum(w for w, _ in weighted)
    if weight == 0:
        return sum(figures.values()) / len(figures), _source(item)
    return sum(w * value for w, value in weighted) / weight, _source(item)


def spending_share(item: str, age_low: int, age_high: int) -> float:
    """The item's share of all spending."""
    return spending(item, age_low, age_high)[0] / spending(_ALL_SPENDING, age_low, age_high)[0]


@cache
def _figures(item: str) -> dict[tuple[int, int], float]:
    return {
        (int(row["age_low"]), int(row["age_high"])): float(row["value"])
        for row in table("consumer_units")
        if row["item"] == item
    }


@cache
def _source(item: str) -> Source:
    row = next(row for row in table("consumer_units") if row["item"] == item)
    return source_of(row, detail=item)


def _overlap(low: int, high: int, wanted_low: int, wanted_high: int) -> float:
    """The share of the ages low..high that lie in the wanted range."""
    common = min(high, wanted_high) - max(low, wanted_low) + 1
    return max(0, common) / (high - low + 1)
