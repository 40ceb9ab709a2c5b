import numpy as np
import pytest

from smvm_workers.engine.precision import mean_error, paired_ratio, precision


def _values(draws: int, replications: int, parameters: float, chance: float) -> np.ndarray:
    generator = np.random.Generator(np.random.Philox(key=9))
    effect = parameters * generator.normal(size=(draws, 1))
    return 10 + effect + chance * generator.normal(size=(draws, replications))


@pytest.mark.parametrize(("parameters", "chance"), [(3.0, 1.0), (1.0, 3.0), (0.0, 1.0), (1.0, 0.0)])
def test_variances_of_parameters_and_chance_are_told_apart(
    parameters: float, chance: float
) -> None:
    found = precision(_values(20_000, 2, parameters, chance))
    assert found.parameter_variance == pytest.approx(parameters**2, abs=0.3)
    assert found.chance_variance == pytest.approx(chance**2, abs=0.3)
    whole = parameters**2 + chance**2
    assert found.chance_share == pytest.approx(chance**2 / whole, abs=0.03)


def test_the_error_is_the_deviation_of_the_mean_over_repetitions() -> None:
    generator = np.random.Generator(np.random.Philox(key=2))
    effect = generator.normal(size=(400, 100, 1))
    values = effect + generator.normal(size=(400, 100, 4))
    claimed = np.mean([mean_error(repetition) for repetition in values])
    assert values.mean(axis=(1, 2)).std() == pytest.approx(claimed, rel=0.15)


def test_more_replications_of_a_draw_narrow_the_error_and_so_do_more_draws() -> None:
    many = _values(400, 16, 1.0, 3.0)
    assert mean_error(many) < mean_error(many[:, :2])
    assert mean_error(many) < mean_error(many[:100])


def test_a_ratio_over_common_numbers_knows_what_cancels() -> None:
    baseline = _values(200, 2, 3.0, 0.0)
    assert paired_ratio(1.2 * baseline, baseline) == (
        pytest.approx(1.2),
        pytest.approx(0, abs=1e-12),
    )
    _, apart = paired_ratio(1.2 * baseline[::-1], baseline)
    assert apart > 0.01
    assert paired_ratio(baseline, np.zeros((200, 2))) == (1.0, 0.0)
