"""The five competitors nearest to an idea, from listed, private and digital companies."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from smvm_workers.engine.catalogue import CatalogueEntry
from smvm_workers.engine.domain import (
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
from smvm_workers.engine.packaged_companies import packaged_companies
from smvm_workers.engine.similarity import embed, similarities

_TOP = 5
_DOMAIN_BONUS = 0.18
"""What being known for the idea's domain adds to the cosine: about the distance between the nearest
and the median company of a domain."""
_RELEVANT = 0.25
_STATUS_QUO = 0.55
"""Share of a young category's potential that does nothing or makes do: a labelled assumption."""
_POSITION = Source(
    "assumption of the engine", "assumption", 2026, "shares and indices follow from rank and size"
)


def find_competitors(
    idea: Idea, reading: IdeaReading, extra: tuple[CatalogueEntry, ...] = ()
) -> CompetitorSet:
    """The five nearest companies by text and domain, and the status quo. Deterministic.

    ``extra`` are the operator's own companies; one of the packaged name takes that one's place.
    """
    packaged = packaged_companies()
    replaced = {entry.info.name.lower() for entry in extra}
    kept = np.array([entry.info.name.lower() not in replaced for entry in packaged])
    entries = (*extra, *(entry for entry, keep in zip(packaged, kept, strict=True) if keep))
    vectors = np.concatenate([_vectors(extra), _vectors(packaged)[kept]])
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


@lru_cache(maxsize=8)
def _vectors(entries: tuple[CatalogueEntry, ...]) -> NDArray[np.float32]:
    """One vector a company; kept for the packaged catalogue and some operators' own."""
    if not entries:
        return embed([""])[:0]
    return embed(
        [f"{e.info.name} {' '.join(sorted(e.domains))} {e.info.description}" for e in entries]
    )


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
