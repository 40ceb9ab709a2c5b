"""How a competitor stands in the market, and its strengths and weaknesses, from what is known of it."""

import math

from smvm_workers.engine.catalogue import CatalogueEntry
from smvm_workers.engine.domain import (
    IdeaReading,
    Level,
    MarketPosition,
    Source,
    StrengthsWeaknesses,
)

POSITION_SOURCE = Source(
    "assumption of the engine",
    "assumption",
    2026,
    "shares, indices and reactions follow from likeness, size, pricing and standing",
)
_PRICE = {"free": 0.3, "freemium": 0.7, "paid": 1.0, "unknown": 1.0}
"""Relative to the category's usual price; a free offer still costs attention and data."""
_THREATS: tuple[tuple[Level, float], ...] = (("high", 0.55), ("medium", 0.4))
"""Likeness from which a company is in the very field, or in a field beside it."""
_LARGE = 10_000


def position_of(entry: CatalogueEntry, similarity: float, share: float) -> MarketPosition:
    """Large organisations are better known and slower; near ones answer with deeper price cuts."""
    size = _size(entry)
    return MarketPosition(
        similarity=round(similarity, 4),
        share=round(share, 4),
        price_index=_PRICE[entry.pricing],
        quality_index=1.0,
        brand_index=round(0.7 + 0.6 * size, 4),
        threat_level=next((level for level, bound in _THREATS if similarity >= bound), "low"),
        reaction_delay_days=int(10 + 25 * size),
        reaction_strength=round(0.05 + 0.1 * similarity, 4),
    )


def traits_of(
    entry: CatalogueEntry, similarity: float, reading: IdeaReading
) -> StrengthsWeaknesses:
    """What follows from the known facts, and nothing else."""
    return StrengthsWeaknesses(
        tuple(_strengths(entry, similarity)), tuple(_weaknesses(entry, similarity, reading))
    )


def _size(entry: CatalogueEntry) -> float:
    """0 to 1: a hundred thousand employees, or the standing where they are not known."""
    if entry.info.employees:
        return min(1.0, math.log10(entry.info.employees) / 5)
    return 0.7 if entry.leading else 0.4


def _strengths(entry: CatalogueEntry, similarity: float) -> list[str]:
    found = []
    if similarity >= _THREATS[0][1]:
        found.append("established in this very field")
    if entry.leading:
        found.append("among the best known of its field")
    if entry.info.listed:
        found.append("listed company with access to capital")
    if (entry.info.employees or 0) > _LARGE:
        found.append(f"{entry.info.employees:,} employees")
    if entry.pricing == "free":
        found.append("free to use")
    if entry.pricing == "freemium":
        found.append("free entry tier")
    if len(entry.markets) == 1:
        found.append("made for one country, and knows it")
    return found or ["offers what the idea's buyers may choose instead"]


def _weaknesses(entry: CatalogueEntry, similarity: float, reading: IdeaReading) -> list[str]:
    found = []
    if similarity < _THREATS[0][1]:
        found.append("its main business is another")
    if entry.buyer not in (reading.segment.buyer, "both", "unknown"):
        found.append(f"sells to {'companies' if entry.buyer == 'firm' else 'consumers'} instead")
    if (entry.info.employees or 0) > _LARGE:
        found.append("large organisations are slow to follow into a niche")
    if entry.pricing == "paid":
        found.append("no free tier to try")
    if entry.pricing == "free":
        found.append("earns from others than its users")
    return found or ["serves everyone, and no segment first"]
