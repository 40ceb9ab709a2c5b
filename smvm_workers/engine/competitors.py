"""The five competitors nearest to an idea, from listed, private and digital companies."""

import numpy as np

from smvm_workers.engine.catalogue import CatalogueEntry
from smvm_workers.engine.domain import (
    Competitor,
    CompetitorSet,
    Finding,
    Idea,
    IdeaReading,
    StrengthsWeaknesses,
)
from smvm_workers.engine.likeness import Array, likeness
from smvm_workers.engine.packaged_companies import packaged_companies
from smvm_workers.engine.positioning import POSITION_SOURCE, position_of, traits_of

_TOP = 5
_RELEVANT = 0.25
"""Likeness below which a company is only a neighbour."""
_HEARSAY = _RELEVANT - 0.01
"""The most that counts of the likeness of a company that only a language model named: it wrote the
description too, so such a company is never near, and never before one that is."""
_STATUS_QUO = 0.55
"""Share of a young category's potential that does nothing or makes do: a labelled assumption."""
_NAMED = 0.8
"""What the five hold of the rest; a fifth is left to rivals without a name."""


def find_competitors(
    idea: Idea,
    reading: IdeaReading,
    extra: tuple[CatalogueEntry, ...] = (),
    named: tuple[CatalogueEntry, ...] = (),
) -> CompetitorSet:
    """The five nearest companies by text, field, buyer and market, and the status quo.

    ``extra`` are the operator's own companies; one of the packaged name takes that one's place.
    ``named`` are those of a language model: only the unknown ones count, and behind every company
    that is clearly near. Deterministic; equal scores stand in the catalogue's order.
    """
    entries, scores = _candidates(idea, reading, extra)
    unknown = _unknown(named, entries)
    entries, scores = [*entries, *unknown], _with_hearsay(idea, reading, scores, unknown)
    order = np.argsort(-scores, kind="stable")[:_TOP]
    nearest = [entries[i] for i in order]
    shares = _shares(nearest, [float(scores[i]) for i in order])
    competitors = tuple(
        Competitor(
            entry.info,
            position_of(entry, float(scores[i]), share),
            _traits(entry, float(scores[i]), reading),
            (entry.source, POSITION_SOURCE),
        )
        for i, entry, share in zip(order, nearest, shares, strict=True)
    )
    beside = [entry for entry in unknown if entry not in nearest]
    free = sum(entry.pricing == "free" for entry in nearest) / len(nearest)
    return CompetitorSet(
        competitors=competitors,
        status_quo_share=_STATUS_QUO,
        concentration_hhi=round(sum(share**2 for share in shares), 4),
        our_price_index=round(1.0 - 0.2 * free, 4),
        our_quality_index=1.1 if idea.competitive_advantage else 1.0,
        findings=_findings(float(scores[order[0]])),
        sources=(
            *dict.fromkeys(s for c in competitors for s in c.sources),
            *(entry.source for entry in beside),
        ),
        also_named=tuple(entry.info for entry in beside),
    )


def _candidates(
    idea: Idea, reading: IdeaReading, extra: tuple[CatalogueEntry, ...]
) -> tuple[list[CatalogueEntry], Array]:
    packaged = packaged_companies()
    replaced = {entry.info.name.lower() for entry in extra}
    kept = np.array([entry.info.name.lower() not in replaced for entry in packaged])
    entries = [*extra, *(entry for entry, keep in zip(packaged, kept, strict=True) if keep)]
    scores = likeness(idea, reading, packaged)[kept]
    if extra:
        scores = np.concatenate([likeness(idea, reading, extra), scores])
    return entries, scores


def _unknown(
    named: tuple[CatalogueEntry, ...], known: list[CatalogueEntry]
) -> tuple[CatalogueEntry, ...]:
    names = {entry.info.name.lower() for entry in known}
    fresh = {entry.info.name.lower(): entry for entry in named}
    return tuple(entry for name, entry in fresh.items() if name not in names)


def _with_hearsay(
    idea: Idea, reading: IdeaReading, scores: Array, unknown: tuple[CatalogueEntry, ...]
) -> Array:
    if not unknown:
        return scores
    heard = np.minimum(likeness(idea, reading, unknown), _HEARSAY)
    return np.concatenate([scores, heard])


def _traits(entry: CatalogueEntry, score: float, reading: IdeaReading) -> StrengthsWeaknesses:
    """What follows from the facts; of a company that a language model named there are none."""
    if entry.source.kind == "model":
        return StrengthsWeaknesses((), ())
    return traits_of(entry, score, reading)


def _shares(nearest: list[CatalogueEntry], scores: list[float]) -> list[float]:
    """Shares of the category: by likeness and rank, twice for the best known of the field."""
    weights = [
        max(0.05, score) * (2 if entry.leading else 1) / (1 + rank)
        for rank, (entry, score) in enumerate(zip(nearest, scores, strict=True))
    ]
    return [(1 - _STATUS_QUO) * _NAMED * weight / sum(weights) for weight in weights]


def _findings(nearest: float) -> tuple[Finding, ...]:
    if nearest >= _RELEVANT:
        return ()
    text = "No company of the catalogue is clearly near: the competitors are only neighbours."
    return (Finding("competitors-distant", "warning", text),)
