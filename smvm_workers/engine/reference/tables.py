"""Reads the packaged tables; a row without source and year is refused."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from smvm_workers.engine.domain import Interval, Source, SourceKind

Row = dict[str, str]


class UnsourcedRowError(ValueError):
    """A reference table has a row that does not say where its figures come from."""


def parse_table(name: str, text: str) -> tuple[Row, ...]:
    """Rows of a CSV; ``UnsourcedRowError`` names the first row without source or year."""
    rows = tuple(csv.DictReader(text.splitlines()))
    for number, row in enumerate(rows, 2):
        if not (row.get("source") or "").strip() or not (row.get("year") or "").isdigit():
            raise UnsourcedRowError(f"{name}, line {number}: no source or year")
    return rows


@cache
def table(name: str) -> tuple[Row, ...]:
    """A packaged table by name, read once."""
    text = (files(__package__) / "tables" / f"{name}.csv").read_text(encoding="utf-8")
    return parse_table(name, text)


def source_of(row: Row, kind: SourceKind = "reference", detail: str = "") -> Source:
    """The source that a row names."""
    assumed = row["source"].startswith("assumption")
    return Source(row["source"], "assumption" if assumed else kind, int(row["year"]), detail)


@dataclass(frozen=True, slots=True)
class Assumption:
    """A labelled assumption: its 80 % interval, unit, and why it is what it is."""

    name: str
    interval: Interval
    unit: str
    rationale: str
    source: Source


@cache
def assumption(name: str) -> Assumption:
    """An assumption by name; ``KeyError`` for an unknown one."""
    for row in table("assumptions"):
        if row["name"] == name:
            low, median, high = (float(row[part]) for part in ("low", "median", "high"))
            source = source_of(row, detail=f"{name}: {row['rationale']}")
            return Assumption(
                name, Interval(median, low, high), row["unit"], row["rationale"], source
            )
    raise KeyError(name)


def assumptions() -> tuple[Assumption, ...]:
    """Every assumption: the ledger of the report."""
    return tuple(assumption(row["name"]) for row in table("assumptions"))
