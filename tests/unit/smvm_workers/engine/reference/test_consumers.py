import pytest
from hypothesis import given
from hypothesis import strategies as st

from smvm_workers.engine.reference.consumers import (
    age_groups,
    consumer_units,
    spending,
    spending_share,
)


def test_the_published_totals() -> None:
    units, source = consumer_units(16, 99)
    # 134,555,809 by the survey; the table is in thousands
    assert units == pytest.approx(134_555_809, rel=1e-4)
    assert source.year == 2023
    mean, _ = spending("Average annual expenditures", 16, 99)
    assert mean == pytest.approx(77_280, rel=2e-3)
    income = sum(g.units * g.income for g in age_groups()) / units
    assert income == pytest.approx(101_805, rel=2e-3)


@given(st.integers(16, 99), st.integers(0, 80))
def test_parts_add_up(low: int, width: int) -> None:
    high = min(99, low + width)
    part, whole = consumer_units(low, high)[0], consumer_units(16, 99)[0]
    rest = consumer_units(16, low - 1)[0] + consumer_units(high + 1, 99)[0]
    assert part + rest == pytest.approx(whole)


def test_half_a_group_counts_half() -> None:
    assert consumer_units(25, 29)[0] == pytest.approx(consumer_units(25, 34)[0] / 2)


def test_spending_lies_between_that_of_its_groups() -> None:
    young, _ = spending("Pets", 25, 34)
    older, _ = spending("Pets", 35, 44)
    both, _ = spending("Pets", 25, 44)
    assert min(young, older) <= both <= max(young, older)
    assert 0 < spending_share("Pets", 25, 44) < 0.05


def test_ages_beyond_the_survey_get_the_mean_of_all() -> None:
    assert spending("Pets", 100, 120)[0] > 0
