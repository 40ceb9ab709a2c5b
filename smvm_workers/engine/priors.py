"""Draws of everything uncertain, from the assumptions: one row per replication, one stream a name."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from smvm_workers.engine.domain import IdeaReading, Interval, LogNormal
from smvm_workers.engine.reference.tables import assumption

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Draws:
    """Arrays of one length: rates per year but ``churn`` (per month); ratios as the table says."""

    innovation: Array
    imitation: Array
    price_coefficient: Array
    quality_coefficient: Array
    social_coefficient: Array
    status_quo: Array
    churn: Array
    conversion: Array
    acquisition_cost_ratio: Array
    fixed_cost_ratio: Array
    trial_marketing_ratio: Array
    person_month_cost: Array
    venture_premium: Array

    @property
    def size(self) -> int:
        return self.innovation.size

    def take(self, rows: NDArray[np.int64]) -> "Draws":
        """The same quantities at other rows: resampling."""
        return Draws(**{name: getattr(self, name)[rows] for name in self.__slots__})


def draw_priors(reading: IdeaReading, seed: int, size: int) -> Draws:
    """Draws from the assumptions for this kind of buyer."""
    positive = {
        "innovation": "innovation_coefficient",
        "imitation": "imitation_coefficient",
        "price_coefficient": "price_coefficient",
        "quality_coefficient": "quality_coefficient",
        "social_coefficient": "social_coefficient",
        "status_quo": "status_quo_utility",
        "churn": _churn_name(reading),
        "conversion": "conversion",
        "acquisition_cost_ratio": "acquisition_cost_ratio",
        "fixed_cost_ratio": "fixed_cost_ratio",
        "trial_marketing_ratio": "trial_marketing_ratio",
        "person_month_cost": "person_month_cost",
        "venture_premium": "venture_premium",
    }
    return Draws(
        **{
            field: sample(assumption(name).interval, seed, name, size)
            for field, name in positive.items()
        }
    )


def churn_prior(reading: IdeaReading) -> LogNormal:
    """What the draws of the monthly churn are drawn from."""
    return LogNormal.from_interval(assumption(_churn_name(reading)).interval)


def _churn_name(reading: IdeaReading) -> str:
    return f"churn_monthly_{reading.segment.buyer}"


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Random numbers of one purpose: switching another on or off does not shift them."""
    return np.random.Generator(np.random.Philox(key=[seed, zlib.crc32(purpose.encode())]))


def sample(interval: Interval, seed: int, purpose: str, size: int) -> Array:
    """Log-normal draws with this median and 80 % interval, in the stream of their purpose."""
    return sample_lognormal(LogNormal.from_interval(interval), seed, purpose, size)


def sample_lognormal(quantity: LogNormal, seed: int, purpose: str, size: int) -> Array:
    """Log-normal draws in the stream of their purpose; truncated at ±3 deviations, where the
    assumptions claim to know nothing."""
    uniform = 0.00135 + 0.9973 * stream(seed, purpose).random(size)
    return np.asarray(np.exp(quantity.mu + quantity.sigma * ndtri(uniform)), dtype=np.float64)


def summary(values: Array, levels: Mapping[str, float] | None = None) -> dict[str, float]:
    """Mean, and quantiles by name."""
    wanted = levels or {"p10": 0.1, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9}
    found = {name: float(np.quantile(values, level)) for name, level in wanted.items()}
    return {"mean": float(np.mean(values)), **found}
