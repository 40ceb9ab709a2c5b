"""Reads an idea: domain, industries, business model, buyer, technologies, rules, what forbids it."""

from smvm_workers.engine.domain import (
    BusinessModel,
    Finding,
    Idea,
    IdeaReading,
    IndustryMatch,
    ReadingHint,
    Segment,
    Source,
)
from smvm_workers.engine.field import hinted_domain, mismatch, nearest_domain
from smvm_workers.engine.language import Language, doubts_about, foreign_language
from smvm_workers.engine.lexicon import excused, hits, rows_of
from smvm_workers.engine.reference.countries import country_called, country_in
from smvm_workers.engine.reference.industries import Domain, domain, industry
from smvm_workers.engine.reference.tables import Row, source_of, table

_MARKET_SOURCE = Source("the client's submission", "claim")


def read_idea(idea: Idea, hint: ReadingHint | None = None) -> IdeaReading:
    """Understand an idea as far as its words go. Deterministic; never raises for odd text.

    ``hint`` decides only what the words leave open, and adds technologies and regulations: whether
    the idea means anything and what forbids it are read from its own words alone. ``KeyError`` for
    a hint that names what the tables do not hold.
    """
    text = full_text(idea)
    nearest, cosine = nearest_domain(idea, text)
    language = foreign_language(idea.description)
    meaningful, doubts = _judge_meaning(idea, nearest, language)
    found_domain, cosine = hinted_domain(idea, text, hint) or (nearest, cosine)
    market, country_doubts = _country(idea, text, language)
    model, model_words = _business_model(text, found_domain)
    segment, segment_words = _segment(idea, text, found_domain, hint)
    technologies, technology_words = _labels("technology", text, hint.technologies if hint else ())
    regulations, regulation_words = _labels("regulation", text, hint.regulations if hint else ())
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
        findings=(*doubts, *country_doubts),
        sources=(_MARKET_SOURCE, found_domain.source, *((hint.source,) if hint else ())),
        country=market,
    )


def full_text(idea: Idea) -> str:
    """Everything the idea says, in lower case."""
    parts = (idea.description, idea.domain, idea.target_customers, idea.competitive_advantage)
    return " ".join(part for part in parts if part).lower()


def _industries(found: Domain, cosine: float) -> tuple[IndustryMatch, ...]:
    likeness = max(0.0, min(1.0, cosine))
    return tuple(
        IndustryMatch(code, industry(code).name, round(likeness / (1 + 0.2 * position), 4))
        for position, code in enumerate(found.industries)
    )


def _judge_meaning(
    idea: Idea, nearest: Domain, language: Language | None
) -> tuple[bool, tuple[Finding, ...]]:
    """Whether the description means anything, and what makes its reading doubtful."""
    doubts = doubts_about(idea.description)
    if doubts:
        return False, doubts
    if language is not None:
        text = f"The idea is written in {language.name}; it was read by a few known words only."
        return True, (Finding("foreign-language", "warning", text),)
    if nearest == domain("other"):
        return True, (Finding("unclear", "warning", "The words point to no field of business."),)
    return True, mismatch(idea)


def _country(
    idea: Idea, text: str, language: Language | None
) -> tuple[str | None, tuple[Finding, ...]]:
    """The market's country: as stated, else as the text names it, else after the language."""
    stated = (idea.metadata or {}).get("country")
    if isinstance(stated, str) and stated.strip():
        found = country_called(stated)
        if found is None:
            message = "No figures are at hand for the stated country; those of the US are used."
            return None, (Finding("country-unknown", "warning", message),)
        return found.code, ()
    named = country_in(text)
    if named is not None:
        return named.code, ()
    return language.country if language else None, ()


def _business_model(text: str, found: Domain) -> tuple[BusinessModel, tuple[str, ...]]:
    for hit in hits("model", text):
        return hit.row["code"], (hit.words,)  # type: ignore[return-value]  # the table's codes
    return found.model, ()  # type: ignore[return-value]  # the table's codes


def _segment(
    idea: Idea, text: str, found: Domain, hint: ReadingHint | None
) -> tuple[Segment, tuple[str, ...]]:
    """Whom it is for: what the target customers say counts before the description, and that before
    the hint."""
    for candidate in ((idea.target_customers or "").lower(), text):
        for hit in hits("segment", candidate):
            return _segment_of(hit.row), (hit.words,)
    if hint is not None and hint.segment is not None:
        return _segment_of(rows_of("segment", "code")[hint.segment]), ()
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
    return Segment(buyer, row["label"], **numbers, stated=True)  # type: ignore[arg-type]  # two literals


def _labels(
    kind: str, text: str, hinted: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Labels whose pattern occurs or that are hinted, and the words that decided."""
    found = hits(kind, text)
    known = rows_of(kind, "label")
    labels = [*(hit.row["label"] for hit in found), *(known[x]["label"] for x in hinted)]
    return tuple(dict.fromkeys(labels)), tuple(hit.words for hit in found)


def _show_stoppers(text: str) -> tuple[Finding, ...]:
    found = []
    for kind in ("illegal", "impossible"):
        for hit in hits(kind, text):
            if not excused(hit, text):
                label, source = hit.row["label"], source_of(hit.row).name
                message = f"{kind}: {label} ({source}; “{hit.words}”)"
                found.append(Finding(f"{kind}-{hit.row['code']}", "critical", message))
    return tuple(found)
