"""The five competitors nearest to an idea, from listed, private and digital companies."""

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pytickersymbols import PyTickerSymbols

from smvm_workers.engine.domain import (
    CompanyInfo,
    Competitor,
    CompetitorSet,
    Finding,
    Idea,
    IdeaReading,
    Level,
    MarketPosition,
    Source,
    StrengthsWeaknesses,
)
from smvm_workers.engine.idea import full_text
from smvm_workers.engine.reference.tables import table
from smvm_workers.engine.similarity import embed, similarities

_TOP = 5
_DOMAIN_BONUS = 0.18
"""What being known for the idea's domain adds to the cosine: about the distance between the nearest
and the median company of a domain."""
_RELEVANT = 0.25
_STATUS_QUO = 0.55
"""Share of a young category's potential that does nothing or makes do: a labelled assumption."""
_LISTED = Source("pytickersymbols 1.17: listed companies", "reference", 2025)
_POSITION = Source(
    "assumption of the engine", "assumption", 2026, "shares and indices follow from rank and size"
)


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A company that may compete; ``pricing`` is paid, freemium, free or unknown."""

    info: CompanyInfo
    domains: frozenset[str]
    pricing: str
    source: Source


def find_competitors(idea: Idea, reading: IdeaReading) -> CompetitorSet:
    """The five nearest companies by text and domain, and the status quo. Deterministic."""
    entries, vectors = _catalogue()
    own = np.array([reading.domain in entry.domains for entry in entries])
    scores = similarities(full_text(idea), vectors) + _DOMAIN_BONUS * own
    # a stable order for equal scores: the catalogue's own
    order = np.argsort(-scores, kind="stable")[:_TOP]
    weights = [max(0.05, float(scores[i])) / (1 + rank) for rank, i in enumerate(order)]
    scale = (1 - _STATUS_QUO) * 0.8 / sum(weights)
    competitors = tuple(
        _competitor(entries[i], float(scores[i]), share * scale)
        for i, share in zip(order, weights, strict=True)
    )
    nearest = competitors[0].market_position.similarity
    findings: tuple[Finding, ...] = ()
    if nearest < _RELEVANT:
        text = "No company of the catalogue is clearly near: the competitors are only neighbours."
        findings = (Finding("competitors-distant", "warning", text),)
    free = sum(entries[i].pricing == "free" for i in order) / _TOP
    return CompetitorSet(
        competitors=competitors,
        status_quo_share=_STATUS_QUO,
        concentration_hhi=round(sum(c.market_position.share**2 for c in competitors), 4),
        our_price_index=round(1.0 - 0.2 * free, 4),
        our_quality_index=1.1 if idea.competitive_advantage else 1.0,
        findings=findings,
        sources=(*dict.fromkeys(s for c in competitors for s in c.sources), _POSITION),
    )


@cache
def _catalogue() -> tuple[tuple[CatalogueEntry, ...], NDArray[np.float32]]:
    entries = (*_known_companies(), *_listed_companies())
    texts = [f"{e.info.name} {' '.join(sorted(e.domains))} {e.info.description}" for e in entries]
    return entries, embed(texts)


def _known_companies() -> list[CatalogueEntry]:
    return [
        CatalogueEntry(
            CompanyInfo(
                name=row["name"],
                industry=row["domains"].split("|")[0],
                description=row["description"],
                country=row["country"] or None,
                employees=None,
                revenue_usd=None,
                listed=False,
                url=row["url"] or None,
            ),
            frozenset(row["domains"].split("|")),
            row["pricing"],
            Source(row["source"], "reference", int(row["year"]), row["name"], row["url"] or None),
        )
        for row in table("companies")
    ]


def _listed_companies() -> list[CatalogueEntry]:
    found: dict[str, CatalogueEntry] = {}
    for stock in PyTickerSymbols().get_all_stocks():
        entry = _listed(stock)
        if entry is not None:
            found.setdefault(entry.info.name.lower(), entry)
    return [found[name] for name in sorted(found)]


def _listed(stock: dict[str, Any]) -> CatalogueEntry | None:
    """One listed company, or None where the package tells nothing of its business."""
    industries = [str(i) for i in stock.get("industries") or ()]
    if not stock.get("name") or not industries:
        return None
    metadata = stock.get("metadata") or {}
    products = stock.get("products") or metadata.get("products") or ()
    described = ", ".join([*industries, *map(str, products)])[:300]
    info = CompanyInfo(
        name=str(stock["name"]),
        industry=industries[0],
        description=described,
        country=stock.get("country"),
        employees=_positive(stock.get("employees") or metadata.get("employees")),
        revenue_usd=None,
        listed=True,
        url=stock.get("wiki_url") or None,
    )
    return CatalogueEntry(info, frozenset(), "unknown", _LISTED)


def _positive(value: object) -> int | None:
    try:
        number = int(str(value).replace(",", ""))
    except ValueError:
        return None
    return number if number > 0 else None


def _competitor(entry: CatalogueEntry, score: float, share: float) -> Competitor:
    similarity = round(min(1.0, max(0.0, score)), 4)
    size = math.log10(entry.info.employees) / 5 if entry.info.employees else 0.5
    price = {"free": 0.3, "freemium": 0.7, "paid": 1.0}.get(entry.pricing, 1.0)
    position = MarketPosition(
        similarity=similarity,
        share=round(share, 4),
        price_index=price,
        quality_index=1.0,
        brand_index=round(0.7 + 0.6 * size, 4),
        threat_level=_threat(similarity),
        reaction_delay_days=int(10 + 25 * size),
        reaction_strength=round(0.05 + 0.1 * similarity, 4),
    )
    return Competitor(entry.info, position, _traits(entry, similarity), (entry.source,))


def _threat(similarity: float) -> Level:
    if similarity >= 0.5:
        return "high"
    return "medium" if similarity >= 0.35 else "low"


def _traits(entry: CatalogueEntry, similarity: float) -> StrengthsWeaknesses:
    """What follows from the known facts, and nothing else."""
    strengths, weaknesses = [], []
    if entry.info.listed:
        strengths.append("listed company with access to capital")
    if entry.info.employees and entry.info.employees > 10_000:
        strengths.append(f"{entry.info.employees:,} employees")
        weaknesses.append("large organisations are slow to follow into a niche")
    if entry.pricing == "free":
        strengths.append("free to use")
        weaknesses.append("earns from others than its users")
    if entry.pricing == "freemium":
        strengths.append("free entry tier")
    if entry.pricing == "paid":
        weaknesses.append("no free tier to try")
    if similarity >= 0.5:
        strengths.append("established in this very field")
    else:
        weaknesses.append("its main business is another")
    return StrengthsWeaknesses(tuple(strengths), tuple(weaknesses))
