"""Employer firms by size (US Census Bureau); how those of 20 and more divide is an assumption."""

import math
from dataclasses import dataclass
from functools import cache

from smvm_workers.engine.domain import Interval, LogNormal, Source
from smvm_workers.engine.reference.tables import assumption, source_of, table


@dataclass(frozen=True, slots=True)
class FirmClass:
    """Firms with this many employees; those of four and less count as one class, as some with none
    on the day of the census."""

    employees_low: int
    employees_high: int
    firms: Interval
    sources: tuple[Source, ...]


_SPLIT_FROM = 20
_SPLIT = (
    (20, 99, "firm_share_20_99"),
    (100, 499, "firm_share_100_499"),
    (500, 20_000, "firm_share_500"),
)
"""Size classes in which large firms are told apart, since they buy differently."""


@cache
def _classes() -> tuple[FirmClass, ...]:
    found: list[FirmClass] = []
    for row in table("firm_counts"):
        low, high, firms = (int(row[c]) for c in ("employees_low", "employees_high", "firms"))
        if low < _SPLIT_FROM:
            count = Interval(firms, firms, firms)
            found.append(FirmClass(low, high, count, (source_of(row),)))
        else:
            found += [_part(*part, firms, source_of(row)) for part in _SPLIT]
    return tuple(found)


def _part(low: int, high: int, share_name: str, firms: int, source: Source) -> FirmClass:
    share = assumption(share_name)
    part = share.interval
    count = Interval(firms * part.median, firms * part.low, firms * part.high)
    return FirmClass(low, high, count, (source, share.source))


def firm_classes(low: int, high: int) -> tuple[FirmClass, ...]:
    """The size classes that overlap with the range, smallest first."""
    return tuple(c for c in _classes() if c.employees_low <= high and c.employees_high >= low)


def firm_sources(low: int, high: int) -> tuple[Source, ...]:
    """What the counts of these classes rest on."""
    return tuple(dict.fromkeys(s for c in firm_classes(low, high) for s in c.sources))


_COUNT_DEVIATION = 0.2
"""Log deviation of a count: classes overlap with the range in part, and years pass."""


def firms_between(low: int, high: int) -> LogNormal:
    """How many firms have between ``low`` and ``high`` employees."""
    firms = sum(c.firms.median for c in firm_classes(low, high))
    return LogNormal(math.log(firms), _COUNT_DEVIATION)


def mean_employees(low: int, high: int) -> float:
    """The mean staff of those firms, taking each class at its geometric middle."""
    classes = firm_classes(low, high)
    middles = [math.sqrt(c.employees_low * c.employees_high) for c in classes]
    counts = [c.firms.median for c in classes]
    return sum(m * n for m, n in zip(middles, counts, strict=True)) / sum(counts)
