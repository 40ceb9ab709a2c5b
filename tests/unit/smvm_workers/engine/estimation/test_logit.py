"""Against statsmodels on Greene's data, and Biogeme's published Swissmetro model."""

import numpy as np
import pytest
from statsmodels.discrete.conditional_models import ConditionalLogit

from smvm_workers.engine.estimation.logit import (
    Choices,
    NotIdentifiedError,
    fit,
    one_each,
    probabilities,
)
from support.published_data import swissmetro, travel_mode


def test_travel_mode_equals_statsmodels() -> None:
    """Greene, Econometric Analysis: air, train, bus and car between Australian cities."""
    data = travel_mode()
    constants = np.array([data["mode"] == mode for mode in (1, 2, 3)], float).T
    columns = data[["ttme", "invc", "invt", "gc"]].to_numpy(float)
    attributes = np.column_stack([columns, constants, constants[:, 0] * data["hinc"]])
    chosen = data["choice"].to_numpy().reshape(-1, 4).argmax(axis=1)

    found = fit(one_each(attributes.reshape(-1, 4, 8), chosen))
    theirs = ConditionalLogit(data["choice"], attributes, groups=data["individual"])
    peer = theirs.fit(disp=False, method="newton")

    assert found.values == pytest.approx(peer.params, rel=1e-5)
    assert found.errors == pytest.approx(peer.bse, rel=1e-4)
    assert found.log_likelihood == pytest.approx(peer.llf, abs=1e-8)


def test_swissmetro_equals_the_published_model() -> None:
    """Biogeme's first example (Bierlaire, Axhausen & Abay 2001): n = 6,768, LL −5331.252."""
    data = swissmetro()
    data = data[data["PURPOSE"].isin([1, 3]) & (data["CHOICE"] != 0)]
    # holders of the annual pass pay nothing by rail
    pays = data["GA"] == 0
    cost = np.column_stack([data["TRAIN_CO"] * pays, data["SM_CO"] * pays, data["CAR_CO"]]) / 100
    time = data[["TRAIN_TT", "SM_TT", "CAR_TT"]].to_numpy(float) / 100
    train, car = np.zeros_like(time), np.zeros_like(time)
    train[:, 0] = car[:, 2] = 1
    asked = data["SP"] != 0
    available = np.column_stack([data["TRAIN_AV"] * asked, data["SM_AV"], data["CAR_AV"] * asked])
    attributes = np.stack([train, car, time, cost], axis=2)

    found = fit(one_each(attributes, data["CHOICE"].to_numpy() - 1, available))

    assert len(data) == 6768
    assert found.values == pytest.approx([-0.7012, -0.1546, -1.2779, -1.0838], abs=5e-5)
    assert found.log_likelihood == pytest.approx(-5331.252, abs=5e-4)


def test_counts_weigh_as_many_situations() -> None:
    attributes = np.array([[[0.0], [1.0]], [[0.0], [2.0]]])
    counted = Choices(attributes, np.ones((2, 2), bool), np.array([[30.0, 70], [45, 55]]))
    rows = np.repeat([0, 0, 1, 1], [30, 70, 45, 55])
    chosen = np.repeat([0, 1, 0, 1], [30, 70, 45, 55])
    each = fit(one_each(attributes[rows], chosen))
    assert fit(counted).values == pytest.approx(each.values, rel=1e-9)
    assert fit(counted).errors == pytest.approx(each.errors, rel=1e-9)


def test_the_estimate_makes_expected_and_observed_totals_equal() -> None:
    generator = np.random.default_rng(5)
    attributes = generator.normal(size=(400, 3, 2))
    noise = generator.gumbel(size=(400, 3))
    chosen = (attributes @ [1.0, -0.5] + noise).argmax(axis=1)
    choices = one_each(attributes, chosen)
    found = fit(choices)
    expected = np.einsum("sa,sak->k", probabilities(choices, found.values), attributes)
    observed = np.einsum("sa,sak->k", choices.counts, attributes)
    assert expected == pytest.approx(observed, abs=1e-6)
    assert np.all(np.abs(found.values - [1.0, -0.5]) < 3 * found.errors)


def test_scaling_an_attribute_scales_its_coefficient_alone() -> None:
    generator = np.random.default_rng(6)
    attributes = generator.normal(size=(200, 3, 2))
    chosen = generator.integers(0, 3, 200)
    usual = fit(one_each(attributes, chosen))
    scaled = fit(one_each(attributes * [1e6, 1], chosen))
    assert scaled.values * [1e6, 1] == pytest.approx(usual.values, rel=1e-8)


def test_refuses_what_has_no_single_optimum() -> None:
    separated = one_each(np.tile([[[0.0], [1.0]]], (20, 1, 1)), np.ones(20, int))
    constant = one_each(np.ones((5, 2, 1)), np.zeros(5, int))
    column = np.random.default_rng(1).normal(size=(50, 3, 1))
    twice = one_each(np.concatenate([column, 2 * column], axis=2), np.arange(50) % 3)
    for choices in (separated, constant, twice):
        with pytest.raises(NotIdentifiedError):
            fit(choices)
