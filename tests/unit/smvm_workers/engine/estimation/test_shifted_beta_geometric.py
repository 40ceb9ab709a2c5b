"""Against Fader & Hardie 2007 (J. Interactive Marketing 21(1)): the Regular and High End customers."""

from itertools import pairwise

import pytest

from smvm_workers.engine.estimation.shifted_beta_geometric import Cohort, fit

REGULAR = (1000, 631, 468, 382, 326, 289, 262, 241)
HIGH_END = (1000, 869, 743, 653, 593, 551, 517, 491)


def _stretches(survivors: tuple[int, ...]) -> list[Cohort]:
    return [Cohort(t, t + 1, *pair) for t, pair in enumerate(pairwise(survivors))]


@pytest.mark.parametrize(
    ("survivors", "alpha", "beta"), [(REGULAR, 0.704, 1.182), (HIGH_END, 0.668, 3.806)]
)
def test_published_estimates(survivors: tuple[int, ...], alpha: float, beta: float) -> None:
    found = fit(_stretches(survivors))
    assert found.alpha == pytest.approx(alpha, abs=5e-4)
    assert found.beta == pytest.approx(beta, abs=5e-4)


def test_projects_better_than_a_constant_churn() -> None:
    """Of the High End 39.4 % were left after twelve years; the paper projects from seven."""
    found = fit(_stretches(HIGH_END)).surviving(12.0)
    constant = (HIGH_END[7] / HIGH_END[0]) ** (12 / 7)
    assert abs(found - 0.394) < 0.02 < abs(constant - 0.394)


def test_who_is_prone_to_leave_leaves_first() -> None:
    found = fit(_stretches(HIGH_END))
    churns = [found.constant_churn(periods) for periods in (1, 6, 36)]
    assert churns == sorted(churns, reverse=True)
    assert churns[0] == pytest.approx(found.alpha / (found.alpha + found.beta))


def test_customers_who_are_alike_have_one_churn() -> None:
    cohorts = [Cohort(0, t, 100_000, 100_000 * 0.95**t) for t in (1, 3, 12)]
    found = fit(cohorts)
    assert [found.constant_churn(t) for t in (1, 36)] == pytest.approx([0.05, 0.05], rel=0.01)


@pytest.mark.parametrize(
    "cohorts",
    [
        [Cohort(0, 1, 100, 90), Cohort(0, 1, 50, 41)],
        [Cohort(0, 1, 100, 100), Cohort(0, 2, 50, 50)],
        [Cohort(0, 1, 100, 0), Cohort(0, 2, 50, 0)],
    ],
)
def test_refuses_what_tells_nothing_of_differences(cohorts: list[Cohort]) -> None:
    with pytest.raises(ValueError, match="two stretches"):
        fit(cohorts)


def test_more_customers_of_the_same_kind_change_nothing() -> None:
    few, many = (
        fit([Cohort(0, t, 200 * n, kept * n) for t, kept in ((1, 170), (4, 120), (9, 95))])
        for n in (1.0, 1e6)
    )
    assert (few.alpha, few.beta) == pytest.approx((many.alpha, many.beta), rel=1e-3)
    assert few.constant_churn(1) == pytest.approx(0.15, abs=0.02)
