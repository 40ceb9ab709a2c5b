import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smvm_workers.engine.domain import Finding, Idea, Interval, LogNormal, MarketSize
from smvm_workers.engine.idea import read_idea
from smvm_workers.engine.market import pool, probability_above, product, size_market
from smvm_workers.engine.reference.countries import country

_IDEA = Idea("Budgeting app for millennials", "finance", "low")
_ESTIMATES = st.builds(LogNormal, st.floats(5, 30), st.floats(0.1, 3))


def _size(idea: Idea = _IDEA) -> MarketSize:
    return size_market(idea, read_idea(idea))


def _width(quantity: LogNormal) -> float:
    return quantity.interval.high / quantity.interval.low


@given(st.lists(_ESTIMATES, min_size=1, max_size=4))
def test_a_pool_lies_among_its_estimates_and_contradiction_widens_it(
    estimates: list[LogNormal],
) -> None:
    found = pool(estimates)
    assert min(e.mu for e in estimates) - 1e-9 <= found.mu <= max(e.mu for e in estimates) + 1e-9
    apart = [LogNormal(e.mu + 3 * i, e.sigma) for i, e in enumerate(estimates)]
    together = [LogNormal(estimates[0].mu, e.sigma) for e in estimates]
    assert pool(apart).sigma >= pool(together).sigma - 1e-12


def test_the_pool_of_two_is_the_textbook_one() -> None:
    """Precisions 4 and 1 at 10 and 11: mean 10.2, variance 1/5 plus the spread 0.16."""
    found = pool([LogNormal(10, 0.5), LogNormal(11, 1.0)])
    assert found.mu == pytest.approx(10.2)
    assert found.sigma == pytest.approx(math.sqrt(0.2 + 0.16))


def test_products_and_probabilities() -> None:
    both = product(LogNormal(1, 3), LogNormal(2, 4))
    assert (both.mu, both.sigma) == (3, 5)
    assert probability_above(LogNormal(math.log(100), 1), 100) == pytest.approx(0.5)
    low_high = LogNormal.from_interval(Interval(100, 50, 200))
    assert probability_above(low_high, 50) == pytest.approx(0.9)
    assert low_high.interval.high == pytest.approx(200)


def test_the_parts_are_nested_and_sourced() -> None:
    found = _size()
    medians = [q.interval.median for q in (found.tam, found.sam, found.som)]
    assert all(larger > smaller for larger, smaller in pairwise(medians))
    assert {source.kind for source in found.sources} == {"reference", "assumption"}
    assert all(source.year for source in found.sources)


def test_a_claim_near_the_sources_moves_the_estimate_a_little() -> None:
    without = _size()
    median = without.tam.interval.median
    with_claim = _size(replace(_IDEA, estimated_market_size=3 * median))
    assert with_claim.claim is not None
    assert median < with_claim.tam.interval.median < 2 * median
    assert with_claim.findings == ()


@pytest.mark.parametrize("factor", [1e-5, 1e4])
def test_a_claim_far_from_the_sources_is_flagged_and_weighs_nothing(factor: float) -> None:
    without = _size()
    claimed = replace(_IDEA, estimated_market_size=factor * without.tam.interval.median)
    found = _size(claimed)
    assert [finding.code for finding in found.findings] == ["claim-implausible"]
    assert found.tam == without.tam


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_no_claim_makes_the_estimate_fail_or_sure(size: float) -> None:
    found = _size(replace(_IDEA, estimated_market_size=size))
    assert found.tam.sigma > 0.5
    assert math.isfinite(found.tam.mu)


def test_a_market_abroad_is_scaled_by_product_and_less_known() -> None:
    home, abroad = _size(), _size(replace(_IDEA, metadata={"country": "Germany"}))
    ratio = country("DE").gdp / country("US").gdp
    assert abroad.top_down.interval.median == pytest.approx(ratio * home.top_down.interval.median)
    assert abroad.customers.interval.median == pytest.approx(ratio * home.customers.interval.median)
    assert abroad.annual_spend == home.annual_spend
    assert _width(abroad.tam) > _width(home.tam)
    assert "World Bank" in " ".join(source.name for source in abroad.sources)


def test_the_home_country_said_is_the_home_country_meant() -> None:
    assert _size(replace(_IDEA, metadata={"country": "USA"})).tam == _size().tam


@pytest.mark.parametrize("words", ["in our village", "for collectors"])
def test_a_narrow_reach_makes_a_small_and_uncertain_market(words: str) -> None:
    whole = _size(Idea("Budgeting app", "finance", "low"))
    part = _size(Idea(f"Budgeting app {words}", "finance", "low"))
    assert part.tam.interval.median < whole.tam.interval.median / 50
    assert _width(part.tam) > _width(whole.tam)


@pytest.mark.parametrize("code", ["foreign-language", "unclear", "domain-mismatch", "gibberish"])
def test_a_doubtful_reading_widens_the_interval(code: str) -> None:
    reading = read_idea(_IDEA)
    doubtful = replace(reading, findings=(Finding(code, "warning", "doubtful"),))
    assert _width(size_market(_IDEA, doubtful).tam) > _width(size_market(_IDEA, reading).tam)


def test_a_smaller_segment_has_fewer_customers() -> None:
    some, all_of_them = _size(), _size(Idea("Budgeting app", "finance", "low"))
    assert some.customers.interval.median < all_of_them.customers.interval.median
