import math
from itertools import pairwise

import pytest

from smvm_workers.engine.reference.firms import (
    firm_classes,
    firm_sources,
    firms_between,
    mean_employees,
)


def test_all_classes_are_the_census_count() -> None:
    total = sum(c.firms.median for c in firm_classes(1, 100_000))
    assert total == pytest.approx(6_294_604)
    assert math.exp(firms_between(1, 100_000).mu) == pytest.approx(total)


def test_mean_staff_is_near_the_published_one() -> None:
    """About 128 million employees in 6.3 million firms: twenty each."""
    assert mean_employees(1, 100_000) == pytest.approx(20.4, rel=0.05)


def test_classes_join_without_gap_and_large_ones_are_partly_assumed() -> None:
    classes = firm_classes(1, 100_000)
    for smaller, larger in pairwise(classes):
        assert larger.employees_low == smaller.employees_high + 1
    assert {s.kind for s in firm_sources(1, 9)} == {"reference"}
    assert {s.kind for s in firm_sources(100, 500)} == {"reference", "assumption"}


def test_a_range_takes_the_classes_that_it_touches() -> None:
    assert [c.employees_low for c in firm_classes(15, 30)] == [10, 20]
