from importlib.resources import files

from smvm_workers.engine import reference
from smvm_workers.engine.catalogue import parse_companies
from smvm_workers.engine.packaged_companies import packaged_companies
from smvm_workers.engine.reference.countries import countries
from smvm_workers.engine.reference.industries import domains


def test_every_company_is_there_once_and_says_what_it_does() -> None:
    companies = packaged_companies()
    names = [entry.info.name.lower() for entry in companies]
    assert len(set(names)) == len(names) > 2500
    assert all(entry.info.description and entry.source.year for entry in companies)


def test_a_well_known_company_that_is_listed_has_what_both_tables_tell() -> None:
    (netflix,) = (e for e in packaged_companies() if e.info.name.startswith("Netflix"))
    assert netflix.domains == ("media",)
    assert netflix.info.listed
    assert (netflix.info.employees or 0) > 1000


def test_companies_that_only_share_a_word_are_kept_apart() -> None:
    names = {entry.info.name for entry in packaged_companies()}
    assert {"Compass", "Compass Group"} <= names


def test_the_packaged_table_is_as_well_formed_as_an_operators_must_be() -> None:
    text = (files(reference) / "tables" / "companies.csv").read_text(encoding="utf-8")
    entries = parse_companies("companies", text)
    assert len(entries) > 900
    known = {country.code for country in countries()}
    assert {code for entry in entries for code in entry.markets} <= known


def test_every_domain_has_five_companies_and_several_countries_are_at_home() -> None:
    entries = [entry for entry in packaged_companies() if entry.domains]
    for domain in domains()[:-1]:
        assert sum(domain.name in entry.domains for entry in entries) >= 10, domain.name
    assert len({entry.info.country for entry in entries}) > 25
