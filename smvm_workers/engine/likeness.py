"""How near each company of a catalogue is to an idea: by words, field, buyer and country."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from smvm_workers.engine.catalogue import CatalogueEntry
from smvm_workers.engine.domain import Idea, IdeaReading
from smvm_workers.engine.reference.countries import HOME
from smvm_workers.engine.similarity import embed, similarities

Array = NDArray[np.float64]

_MAIN_FIELD, _SIDE_FIELD = 0.18, 0.1
"""What the idea's domain adds to the cosine where it is the company's main one, or another of its:
about the distance between the nearest and the median company of a domain."""
_LEADING = 0.08
"""What a leading company has ahead of a like one that few know: buyers compare with what they know."""
_OTHER_BUYER = 0.12
_OTHER_MARKET = 0.2
"""What is taken off for a company that sells to the other kind of buyer, or only elsewhere: each
outweighs a likeness of words, since the buyer cannot choose it."""
_FOR_WHOM = 0.25
"""Weight of whom the idea is for and what sets it apart beside what it is."""


def likeness(idea: Idea, reading: IdeaReading, entries: tuple[CatalogueEntry, ...]) -> Array:
    """Shape (entries,), in 0 to 1: cosine of the words plus what field, buyer and market say, over
    the most that there can be."""
    fit = np.array([_fit(reading, entry) for entry in entries])
    found = (_words(idea, reading, entries) + fit) / (1 + _MAIN_FIELD + _LEADING)
    return np.asarray(np.round(np.clip(found, 0, 1), 6))


def _words(idea: Idea, reading: IdeaReading, entries: tuple[CatalogueEntry, ...]) -> Array:
    """What the idea is, and a little for whom it is: two cosines."""
    vectors = _vectors(entries)
    what = similarities(f"{reading.domain} {idea.description}".lower(), vectors)
    whom = " ".join(filter(None, (idea.target_customers, idea.competitive_advantage)))
    if not whom:
        return what
    return (1 - _FOR_WHOM) * what + _FOR_WHOM * similarities(whom.lower(), vectors)


@lru_cache(maxsize=8)
def _vectors(entries: tuple[CatalogueEntry, ...]) -> NDArray[np.float32]:
    """One vector a company; kept for the packaged catalogue and some operators' own."""
    return embed([_text(entry) for entry in entries])


def _text(entry: CatalogueEntry) -> str:
    """What the company does; the name of a listed one often says what its industry does not."""
    name = () if entry.domains else (entry.info.name,)
    return " ".join((*name, *entry.domains, entry.info.description))


def _fit(reading: IdeaReading, entry: CatalogueEntry) -> float:
    fit = _LEADING if entry.leading else 0.0
    if reading.domain in entry.domains:
        fit += _MAIN_FIELD if reading.domain == entry.domains[0] else _SIDE_FIELD
    if entry.buyer not in (reading.segment.buyer, "both", "unknown"):
        fit -= _OTHER_BUYER if reading.segment.stated else _OTHER_BUYER / 3
    if entry.markets and (reading.country or HOME) not in entry.markets:
        fit -= _OTHER_MARKET
    return fit
