import numpy as np

from smvm_workers.engine.seasons import seasonal_rhythm, shock_per_day


def test_a_year_of_seasons_averages_to_nothing() -> None:
    rhythm = seasonal_rhythm(seed=1, draws=500, days=365)
    assert np.allclose(rhythm.mean(axis=1), 1, atol=1e-9)
    assert rhythm.min() >= 0
    assert 0.05 < rhythm.std() < 0.2


def test_the_month_of_the_launch_is_not_known() -> None:
    month = seasonal_rhythm(seed=1, draws=2000, days=30).mean(axis=1)
    assert abs(month.mean() - 1) < 0.01
    assert month.std() > 0.05


def test_downturns_come_about_once_in_seven_years() -> None:
    assert 5 < 1 / (365 * shock_per_day()) < 10
