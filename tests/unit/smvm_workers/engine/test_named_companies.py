"""Companies that only a language model named: said, marked, and never before what is known."""

from dataclasses import replace

from smvm_workers.engine.catalogue import CatalogueEntry
from smvm_workers.engine.competitors import find_competitors
from smvm_workers.engine.domain import CompanyInfo, CompetitorSet, Idea, Source
from smvm_workers.engine.idea import read_idea

FINANCE = Idea("Personal finance and budgeting app for households", "finance", "high")
ZEPPELINS = Idea("Zeppelin rides above volcanoes at dawn for amateur geologists", "xyz", "low")


def _named(name: str, description: str) -> CatalogueEntry:
    info = CompanyInfo(name, "finance", description, None, None, None, listed=False)
    source = Source("language model m", "model", None, name)
    return CatalogueEntry(info, (), frozenset(), "unknown", "unknown", leading=False, source=source)


def _found(idea: Idea, *named: CatalogueEntry) -> CompetitorSet:
    return find_competitors(idea, read_idea(idea), named=named)


def _of_no_field(idea: Idea, *named: CatalogueEntry) -> CompetitorSet:
    return find_competitors(idea, replace(read_idea(idea), domain="other"), named=named)


def test_a_named_company_never_pushes_out_one_that_is_near() -> None:
    copied = _named("Paragon of Budgets", FINANCE.description)
    alone, helped = _found(FINANCE), _found(FINANCE, copied)
    assert helped.competitors == alone.competitors
    assert helped.concentration_hhi == alone.concentration_hhi
    assert [info.name for info in helped.also_named] == ["Paragon of Budgets"]
    assert copied.source in helped.sources


def test_where_nothing_is_near_it_stands_among_the_five_as_a_distant_one() -> None:
    copied = _named("Dawn Zeppelins", ZEPPELINS.description)
    helped = _of_no_field(ZEPPELINS, copied)
    entry = next(c for c in helped.competitors if c.company_info.name == "Dawn Zeppelins")
    assert copied.source in entry.sources
    assert entry.market_position.threat_level == "low"
    assert entry.market_position.similarity < 0.25
    alone = _of_no_field(ZEPPELINS).competitors
    assert helped.competitors[0].company_info == alone[0].company_info
    assert entry.strengths_weaknesses.strengths == ()


def test_a_known_company_stays_what_is_known_of_it() -> None:
    known = _found(FINANCE).competitors[0].company_info.name
    claimed = _named(known.upper(), "A bakery, says the model")
    assert _found(FINANCE, claimed) == _found(FINANCE)


def test_a_company_named_twice_counts_once() -> None:
    twice = (_named("Ledgerly", "Budgets"), _named("LEDGERLY", "Budgets again"))
    assert len(_found(FINANCE, *twice).also_named) == 1
