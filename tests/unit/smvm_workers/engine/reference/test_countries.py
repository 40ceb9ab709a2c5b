import pytest

from smvm_workers.engine.reference.countries import (
    HOME,
    countries,
    country,
    country_called,
    country_in,
)


def test_published_figures() -> None:
    assert country(HOME).gdp == pytest.approx(27.36e12, rel=1e-3)
    assert country("DE").gdp == pytest.approx(4.456e12, rel=1e-3)
    assert all(entry.gdp > 1e10 for entry in countries())


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Germany", "DE"),
        (" deutschland", "DE"),
        ("DEU", "DE"),
        ("us", "US"),
        ("UK", "GB"),
        ("Europe", "EU"),
    ],
)
def test_countries_are_called_by_many_names(name: str, code: str) -> None:
    found = country_called(name)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("name", ["", "Atlantis", "der", "1"])
def test_what_is_no_country(name: str) -> None:
    assert country_called(name) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("loans for farmers in kenya", "KE"),
        ("parcels across the uk", "GB"),
        ("verkauf für deutschland", "DE"),
        ("ventas en españa", "ES"),
        ("thai food and turkey", None),
        ("made by polish carpenters", None),
        ("in indiana", None),
    ],
)
def test_a_text_names_a_place(text: str, code: str | None) -> None:
    found = country_in(text)
    assert (found.code if found else None) == code


def test_no_two_countries_go_by_one_name() -> None:
    names = [alias for entry in countries() for alias in entry.aliases]
    assert len(set(names)) == len(names)


def test_an_unknown_code_is_an_error() -> None:
    with pytest.raises(KeyError):
        country("XX")
