"""Against Fader, Hardie & Lee 2005 (Marketing Science 24(2)), table 2: the CDNOW customers."""

import numpy as np
import pytest

from smvm_workers.engine.estimation.bg_nbd import fit
from support.published_data import cdnow


def test_cdnow_equals_the_published_estimates() -> None:
    data = cdnow()
    assert len(data) == 2357
    found = fit(data["frequency"], data["recency"], data["T"])
    assert found.r == pytest.approx(0.2426, abs=1e-4)
    assert found.alpha == pytest.approx(4.4135, abs=2e-4)
    assert found.a == pytest.approx(0.7929, abs=2e-4)
    assert found.b == pytest.approx(2.4258, abs=5e-4)
    assert found.log_likelihood == pytest.approx(-9582.43, abs=0.01)


def test_another_unit_of_time_changes_the_rate_alone() -> None:
    data = cdnow()[::4]
    weeks = fit(data["frequency"], data["recency"], data["T"])
    days = fit(data["frequency"], 7 * data["recency"], 7 * data["T"])
    assert days.alpha == pytest.approx(7 * weeks.alpha, rel=1e-4)
    assert (days.r, days.a, days.b) == pytest.approx((weeks.r, weeks.a, weeks.b), rel=1e-3)


def test_recovers_what_made_the_purchases() -> None:
    generator = np.random.default_rng(9)
    rows = [_customer(generator, r=0.8, alpha=6.0, a=1.0, b=3.0) for _ in range(3000)]
    found = fit(*np.array(rows).T)
    truth = np.array([0.8, 6.0, 1.0, 3.0])
    estimated = np.array([found.r, found.alpha, found.a, found.b])
    assert np.all(np.abs(estimated - truth) < 3 * np.array(found.errors))


def _customer(
    generator: np.random.Generator, r: float, alpha: float, a: float, b: float
) -> tuple[int, float, float]:
    """Repeat purchases within forty weeks, when the last was, and the forty weeks."""
    rate, leaves = generator.gamma(r, 1 / alpha), generator.beta(a, b)
    count, last = 0, 0.0
    while (following := last + generator.exponential(1 / rate)) < 40:
        count, last = count + 1, following
        if generator.random() < leaves:
            break
    return count, last, 40.0


def test_refuses_customers_who_never_came_back() -> None:
    with pytest.raises(ValueError, match="bought again"):
        fit([0, 0], [0, 0], [10, 12])
