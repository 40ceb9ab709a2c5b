from smvm_workers.engine.packaged_companies import packaged_companies


def test_every_company_is_there_once_and_says_what_it_does() -> None:
    companies = packaged_companies()
    names = [entry.info.name.lower() for entry in companies]
    assert len(set(names)) == len(names) > 1900
    assert all(entry.info.description and entry.source.year for entry in companies)


def test_a_well_known_company_that_is_listed_has_what_both_tables_tell() -> None:
    (netflix,) = (e for e in packaged_companies() if e.info.name.startswith("Netflix"))
    assert netflix.domains == {"media"}
    assert netflix.info.listed
    assert (netflix.info.employees or 0) > 1000


def test_companies_that_only_share_a_word_are_kept_apart() -> None:
    names = {entry.info.name for entry in packaged_companies()}
    assert {"Compass", "Compass Group"} <= names
