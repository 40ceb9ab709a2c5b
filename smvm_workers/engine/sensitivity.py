"""What the result hangs on: a tornado of single changes, and Sobol' indices of shared variance."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray
from SALib.analyze import sobol
from SALib.sample import sobol as sobol_sample

from smvm_workers.engine.cash_flow import FinanceInputs, npv_of

Array = NDArray[np.float64]

_SAMPLES = 256
_NAMES = tuple(f.name for f in fields(FinanceInputs))


@dataclass(frozen=True, slots=True)
class TornadoBar:
    """NPV in USD with one input at its 10th and 90th percentile, the others at their medians."""

    input: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SobolIndex:
    """Shares of the variance of NPV: alone, and with all interactions."""

    input: str
    first_order: float
    total: float


def tornado(inputs: FinanceInputs) -> tuple[TornadoBar, ...]:
    """Bars by width, widest first."""
    middle = {name: np.median(getattr(inputs, name), keepdims=True) for name in _NAMES}
    bars = []
    for name in _NAMES:
        low, high = np.quantile(getattr(inputs, name), [0.1, 0.9])
        ends = [
            float(npv_of(replace(FinanceInputs(**middle), **{name: np.array([value])}))[0])
            for value in (low, high)
        ]
        bars.append(TornadoBar(name, ends[0], ends[1]))
    return tuple(sorted(bars, key=lambda bar: -abs(bar.high - bar.low)))


def sobol_indices(inputs: FinanceInputs, seed: int) -> tuple[SobolIndex, ...]:
    """Of the signed logarithm of NPV, so that a few giants do not hide the rest; largest first."""

    def model(unit: Array) -> Array:
        columns = {
            name: np.quantile(getattr(inputs, name), unit[:, position])
            for position, name in enumerate(_NAMES)
        }
        npv = npv_of(FinanceInputs(**columns))
        return np.asarray(np.sign(npv) * np.log1p(np.abs(npv) / 1e4), dtype=np.float64)

    first, total = indices(model, [(0.01, 0.99)] * len(_NAMES), _SAMPLES, seed)
    found = [SobolIndex(name, float(first[i]), float(total[i])) for i, name in enumerate(_NAMES)]
    return tuple(sorted(found, key=lambda index: -index.total))


def indices(
    model: Callable[[Array], Array], bounds: list[tuple[float, float]], samples: int, seed: int
) -> tuple[Array, Array]:
    """First-order and total Sobol' indices (Saltelli 2008) of a model on a box; ``samples`` is a
    power of two, the model is evaluated ``samples · (inputs + 2)`` times."""
    problem = {
        "num_vars": len(bounds),
        "names": [str(i) for i in range(len(bounds))],
        "bounds": [list(pair) for pair in bounds],
    }
    seed = seed % 2**31
    points = sobol_sample.sample(problem, samples, calc_second_order=False, seed=seed)
    found = sobol.analyze(
        problem, model(points), calc_second_order=False, num_resamples=10, seed=seed
    )
    return np.asarray(found["S1"], np.float64), np.asarray(found["ST"], np.float64)
