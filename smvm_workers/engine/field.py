"""The field of business of an idea: the domain that it names, or the one its words are nearest to."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from smvm_workers.engine.domain import Finding, Idea, ReadingHint
from smvm_workers.engine.reference.industries import Domain, domain, domains
from smvm_workers.engine.similarity import embed, similarities

_UNRELATED = 0.21
"""Cosine below which a text is about none of the domains: what sentences without a subject reach
(“we do stuff with things”), while short ideas reach more (“lawn mowing by teenagers”)."""
_CLEAR = 0.35
"""Cosine from which the words are clearly about a domain."""
_NOTHING_IN_COMMON = 0.02
"""Cosine up to which they are not about it at all; a neighbouring field has more."""


@cache
def _domain_vectors() -> NDArray[np.float32]:
    return embed([f"{d.name} {' '.join(d.aliases)} {d.descriptor}" for d in domains()[:-1]])


def nearest_domain(idea: Idea, text: str) -> tuple[Domain, float]:
    """The domain named, or else the one whose words are nearest."""
    cosines = similarities(text, _domain_vectors())
    named = _named_domain(idea)
    if named is not None:
        return domains()[named], float(cosines[named])
    best = int(np.argmax(cosines))
    if cosines[best] < _UNRELATED:
        return domain("other"), float(cosines[best])
    return domains()[best], float(cosines[best])


def _named_domain(idea: Idea) -> int | None:
    """The position of the domain that the idea itself names."""
    named = idea.domain.strip().lower()
    for position, entry in enumerate(domains()[:-1]):
        if named == entry.name or named in entry.aliases:
            return position
    return None


def hinted_domain(idea: Idea, text: str, hint: ReadingHint | None) -> tuple[Domain, float] | None:
    """The domain that the hint names, unless the idea names one itself."""
    if hint is None or hint.domain is None or _named_domain(idea) is not None:
        return None
    hinted = domain(hint.domain)
    position = domains().index(hinted)
    cosines = similarities(text, _domain_vectors())
    return hinted, float(cosines[position]) if position < len(cosines) else 0.0


def mismatch(idea: Idea) -> tuple[Finding, ...]:
    """A warning where the description is clearly about another domain than the one it names."""
    named = _named_domain(idea)
    if named is None:
        return ()
    cosines = similarities(idea.description.lower(), _domain_vectors())
    best = int(np.argmax(cosines))
    if cosines[best] < _CLEAR or cosines[named] > _NOTHING_IN_COMMON:
        return ()
    message = (
        f"The description reads like {domains()[best].name} rather than {domains()[named].name};"
        " the figures are those of the domain that was stated."
    )
    return (Finding("domain-mismatch", "warning", message),)
