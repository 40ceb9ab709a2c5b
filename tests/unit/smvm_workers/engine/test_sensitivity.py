import numpy as np
import pytest
from numpy.typing import NDArray

from smvm_workers.engine.sensitivity import indices

Array = NDArray[np.float64]


def _ishigami(x: Array) -> Array:
    return np.asarray(
        np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    )


def test_ishigami() -> None:
    """Ishigami & Homma 1990; Saltelli et al. 2008."""
    first, total = indices(_ishigami, [(-np.pi, np.pi)] * 3, 8192, seed=1)
    assert first == pytest.approx([0.3139, 0.4424, 0.0], abs=0.01)
    assert total == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.01)


def test_same_seed_same_indices() -> None:
    runs = [indices(_ishigami, [(-np.pi, np.pi)] * 3, 64, seed=s) for s in (3, 3, 4)]
    assert runs[0][1].tobytes() == runs[1][1].tobytes()
    assert runs[0][1].tobytes() != runs[2][1].tobytes()
