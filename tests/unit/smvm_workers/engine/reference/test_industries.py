import pytest

from smvm_workers.engine.reference.consumers import age_groups, spending
from smvm_workers.engine.reference.industries import (
    domain,
    domains,
    industry,
    industry_margins,
    survival,
)


def test_published_figures() -> None:
    publishers = industry("511200")
    assert publishers.name == "Software publishers"
    assert publishers.revenue == pytest.approx(491.9e9, rel=1e-3)
    assert industry("722110").revenue == pytest.approx(582.6e9, rel=1e-3)
    assert publishers.source.year == 2023
    software = industry_margins("Software (System & Application)")
    assert software.operating_margin == pytest.approx(0.2863)
    assert software.source.year == 2025
    assert {rate.years: rate.share for rate in survival()}[5] == pytest.approx(0.515)


def test_there_are_enough_domains_and_each_stands_on_the_other_tables() -> None:
    assert len(domains()) >= 26
    for entry in domains():
        assert all(industry(code).revenue > 0 for code in entry.industries)
        assert 0 < industry_margins(entry.margin_industry).gross_margin < 1
        assert all(
            spending(entry.spending_item, g.age_low, g.age_high)[0] > 0 for g in age_groups()
        )
        assert entry.buyer in ("consumer", "firm")


def test_no_two_domains_go_by_one_name() -> None:
    names = [name for entry in domains() for name in (entry.name, *entry.aliases)]
    assert len(set(names)) == len(names)


def test_the_last_domain_is_the_fallback() -> None:
    assert domains()[-1] == domain("other")


@pytest.mark.parametrize(
    "ask", [lambda: industry("0"), lambda: domain("x"), lambda: industry_margins("x")]
)
def test_what_the_tables_do_not_hold_is_an_error(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(KeyError):
        ask()
