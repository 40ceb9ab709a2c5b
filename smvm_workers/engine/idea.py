"""Reads an idea: domain, industries, business model, buyer, technologies, rules, what forbids it."""

import re
from collections import Counter
from functools import cache

import numpy as np
from numpy.typing import NDArray

from smvm_workers.engine.domain import (
    BusinessModel,
    Finding,
    Idea,
    IdeaReading,
    IndustryMatch,
    Segment,
    Source,
)
from smvm_workers.engine.reference.industries import Domain, domain, domains, industry
from smvm_workers.engine.reference.tables import Row, source_of, table
from smvm_workers.engine.similarity import embed, similarities

_UNRELATED = 0.12
"""Cosine below which a text is about none of the domains: chance level of the embedding."""
_MARKET_SOURCE = Source("the client's submission", "claim")


def read_idea(idea: Idea) -> IdeaReading:
    """Understand an idea as far as its words go. Deterministic; never raises for odd text."""
    text = full_text(idea)
    found_domain, cosine = _nearest_domain(idea, text)
    meaningful, doubt = _judge_meaning(idea, cosine)
    model, model_words = _business_model(text, found_domain)
    segment, segment_words = _segment(idea, text, found_domain)
    technologies, technology_words = _labels("technology", text)
    regulations, regulation_words = _labels("regulation", text)
    stoppers = _show_stoppers(text)
    return IdeaReading(
        domain=found_domain.name,
        industries=_industries(found_domain, cosine),
        margin_industry=found_domain.margin_industry,
        business_model=model,
        segment=segment,
        technologies=technologies,
        regulations=regulations,
        evidence_words=tuple(
            dict.fromkeys(model_words + segment_words + technology_words + regulation_words)
        ),
        meaningful=meaningful,
        show_stoppers=stoppers,
        findings=doubt,
        sources=(_MARKET_SOURCE, found_domain.source),
    )


def full_text(idea: Idea) -> str:
    """Everything the idea says, in lower case."""
    parts = (idea.description, idea.domain, idea.target_customers, idea.competitive_advantage)
    return " ".join(part for part in parts if part).lower()


@cache
def _domain_vectors() -> NDArray[np.float32]:
    return embed([f"{d.name} {' '.join(d.aliases)} {d.descriptor}" for d in domains()[:-1]])


def _nearest_domain(idea: Idea, text: str) -> tuple[Domain, float]:
    """The domain named, or else the one whose words are nearest."""
    cosines = similarities(text, _domain_vectors())
    named = idea.domain.strip().lower()
    for position, entry in enumerate(domains()[:-1]):
        if named == entry.name or named in entry.aliases:
            return entry, float(cosines[position])
    best = int(np.argmax(cosines))
    if cosines[best] < _UNRELATED:
        return domain("other"), float(cosines[best])
    return domains()[best], float(cosines[best])


def _industries(found: Domain, cosine: float) -> tuple[IndustryMatch, ...]:
    likeness = max(0.0, min(1.0, cosine))
    return tuple(
        IndustryMatch(code, industry(code).name, round(likeness / (1 + 0.2 * position), 4))
        for position, code in enumerate(found.industries)
    )


def _judge_meaning(idea: Idea, cosine: float) -> tuple[bool, tuple[Finding, ...]]:
    words = re.findall(r"\w{2,}", idea.description.lower())
    if len(set(words)) < 3:
        return False, (_finding("too-few-words", "The description has hardly any words."),)
    if not _pronounceable(words) or Counter(words).most_common(1)[0][1] > len(words) / 2:
        return False, (_finding("gibberish", "The description is not language."),)
    if cosine < _UNRELATED / 2:
        return True, (_finding("unclear", "The words point to no field of business."),)
    return True, ()


def _pronounceable(words: list[str]) -> bool:
    """Whether most words could be words of some language: vowels between consonants, or another
    script, for which nothing is claimed."""
    return sum(map(_could_be_a_word, words)) > 0.6 * len(words)


def _could_be_a_word(word: str) -> bool:
    letters = [c for c in word if c.isalpha()]
    if not letters:
        return False
    if any(not c.isascii() for c in letters):
        return True
    if len(letters) <= 3:
        return True
    run = max(len(part) for part in re.split(r"[aeiouy]", word))
    vowels = sum(c in "aeiouy" for c in letters)
    return run <= 4 and vowels >= 0.2 * len(letters)


def _business_model(text: str, found: Domain) -> tuple[BusinessModel, tuple[str, ...]]:
    for row in _lexicon("model"):
        match = re.search(row["pattern"], text)
        if match is not None:
            return row["code"], (match.group(),)  # type: ignore[return-value]  # the table's codes
    return found.model, ()  # type: ignore[return-value]  # the table's codes


def _segment(idea: Idea, text: str, found: Domain) -> tuple[Segment, tuple[str, ...]]:
    """Whom it is for: what the target customers say counts before the description."""
    for candidate in ((idea.target_customers or "").lower(), text):
        for row in _lexicon("segment"):
            match = re.search(row["pattern"], candidate) if candidate else None
            if match is not None:
                return _segment_of(row), (match.group(),)
    if found.buyer == "firm":
        return Segment("firm", "companies", employees_low=1, employees_high=100_000), ()
    return Segment("consumer", "all households", age_low=16, age_high=99), ()


def _segment_of(row: Row) -> Segment:
    bounds = next(entry for entry in table("segments") if entry["code"] == row["code"])
    numbers = {
        name: int(bounds[name]) if bounds[name] else None
        for name in ("age_low", "age_high", "employees_low", "employees_high")
    }
    buyer = "firm" if bounds["buyer"] == "firm" else "consumer"
    return Segment(buyer, row["label"], **numbers)  # type: ignore[arg-type]  # two literals


def _labels(kind: str, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Labels whose pattern occurs, and the words that decided."""
    hits = [(row["label"], re.search(row["pattern"], text)) for row in _lexicon(kind)]
    found = [(label, match.group()) for label, match in hits if match is not None]
    return tuple(label for label, _ in found), tuple(word for _, word in found)


def _show_stoppers(text: str) -> tuple[Finding, ...]:
    found = []
    for kind in ("illegal", "impossible"):
        for row in _lexicon(kind):
            match = re.search(row["pattern"], text)
            if match is not None:
                message = f"{kind}: {row['label']} ({source_of(row).name}; “{match.group()}”)"
                found.append(Finding(f"{kind}-{row['code']}", "critical", message))
    return tuple(found)


def _lexicon(kind: str) -> list[Row]:
    return [row for row in table("lexicon") if row["kind"] == kind]


def _finding(code: str, message: str) -> Finding:
    return Finding(code, "warning", message)
