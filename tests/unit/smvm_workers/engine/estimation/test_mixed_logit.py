"""Against the published run of xlogit on the Electricity data (Huber & Train 2001)."""

import numpy as np
import pytest

from smvm_workers.engine.estimation.logit import one_each
from smvm_workers.engine.estimation.mixed_logit import fit, halton_normals
from support.published_data import electricity

ATTRIBUTES = ["pf", "cl", "loc", "wk", "tod", "seas"]


@pytest.mark.slow
def test_electricity_equals_the_published_run() -> None:
    data = electricity()
    attributes = data[ATTRIBUTES].to_numpy(float).reshape(-1, 4, 6)
    chosen = data["choice"].to_numpy(bool).reshape(-1, 4).argmax(axis=1)
    people = data["id"].to_numpy()[::4]

    found = fit(one_each(attributes, chosen), people, draws=600)

    published = [-0.9996, -0.2355, 2.2308, 1.6252, -9.6067, -9.7893]
    assert found.means == pytest.approx(published, rel=0.08)
    assert found.log_likelihood == pytest.approx(-3888.4, abs=1)
    assert np.all(found.mean_errors < 0.1 * np.abs(found.means) + 0.03)


def test_recovers_what_made_the_choices() -> None:
    generator = np.random.default_rng(3)
    people = np.repeat(np.arange(300), 8)
    tastes = generator.normal([-1.0, 0.5], [0.6, 1.0], size=(300, 2))[people]
    attributes = generator.normal(size=(people.size, 3, 2))
    utilities = np.einsum("sak,sk->sa", attributes, tastes)
    chosen = (utilities + generator.gumbel(size=utilities.shape)).argmax(axis=1)
    found = fit(one_each(attributes, chosen), people, draws=200)
    assert np.all(np.abs(found.means - [-1.0, 0.5]) < 3 * found.mean_errors)
    assert np.all(np.abs(found.deviations - [0.6, 1.0]) < 3 * found.deviation_errors)


def test_same_data_same_bytes() -> None:
    generator = np.random.default_rng(4)
    choices = one_each(generator.normal(size=(120, 3, 2)), generator.integers(0, 3, 120))
    people = np.repeat(np.arange(30), 4)
    one, other = fit(choices, people, 50), fit(choices, people, 50)
    assert one.means.tobytes() == other.means.tobytes()


def test_halton_draws_are_normal_and_independent() -> None:
    draws = halton_normals(50, 3, 200).transpose(1, 0, 2).reshape(3, -1)
    assert draws.mean(axis=1) == pytest.approx(np.zeros(3), abs=5e-3)
    assert draws.std(axis=1) == pytest.approx(np.ones(3), abs=5e-3)
    assert np.abs(np.corrcoef(draws) - np.eye(3)).max() < 0.01
