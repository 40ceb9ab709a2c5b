"""Employer firms by size. No packaged source: labelled assumptions with wide intervals."""

import math
from dataclasses import dataclass

from smvm_workers.engine.domain import Interval, LogNormal
from smvm_workers.engine.reference.tables import assumption


@dataclass(frozen=True, slots=True)
class FirmClass:
    """Firms with this many employees; ``share`` of all employer firms."""

    employees_low: int
    employees_high: int
    share: Interval


_CLASSES = (
    (1, 4, "firm_share_1_4"),
    (5, 19, "firm_share_5_19"),
    (20, 99, "firm_share_20_99"),
    (100, 499, "firm_share_100_499"),
    (500, 20_000, "firm_share_500"),
)


def firm_classes(low: int, high: int) -> tuple[FirmClass, ...]:
    """The size classes that overlap with the range, smallest first."""
    return tuple(
        FirmClass(first, last, assumption(name).interval)
        for first, last, name in _CLASSES
        if first <= high and last >= low
    )


def firms_between(low: int, high: int) -> LogNormal:
    """How many firms have between ``low`` and ``high`` employees."""
    share = sum(c.share.median for c in firm_classes(low, high))
    firms = LogNormal.from_interval(assumption("employer_firms").interval)
    return LogNormal(firms.mu + math.log(share), math.hypot(firms.sigma, 0.2))


def mean_employees(low: int, high: int) -> float:
    """The mean staff of those firms, taking each class at its geometric middle."""
    classes = firm_classes(low, high)
    middles = [math.sqrt(c.employees_low * c.employees_high) for c in classes]
    shares = [c.share.median for c in classes]
    return sum(m * s for m, s in zip(middles, shares, strict=True)) / sum(shares)
