"""What comes from outside: the seasons in which a launch may fall, and shocks to the whole market."""

import numpy as np
from numpy.typing import NDArray

from smvm_workers.engine.priors import sample, stream
from smvm_workers.engine.reference.tables import assumption

Array = NDArray[np.float64]


def seasonal_rhythm(seed: int, draws: int, days: int) -> Array:
    """Multiples of advertising and talk on each day, shape (draws, days).

    A wave of a year whose height is uncertain; as nobody knows when the launch will be, its phase is
    uniform. Over a whole year the mean is 1.
    """
    height = np.minimum(sample(assumption("seasonal_amplitude").interval, seed, "season", draws), 1)
    phase = stream(seed, "launch date").random(draws)
    year = np.arange(days) / 365
    wave = np.sin(2 * np.pi * (phase[:, None] + year))
    return np.asarray(1 + height[:, None] * wave, dtype=np.float64)


def shock_per_day() -> float:
    """Hazard that a downturn begins on a day."""
    return assumption("shock_rate").interval.median / 365


def shock_size() -> float:
    """What a downturn adds to the utility of buying nothing."""
    return assumption("shock_utility").interval.median
