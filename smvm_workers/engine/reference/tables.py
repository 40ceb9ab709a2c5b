"""Reads the packaged tables; a row without source and year is refused."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from smvm_workers.engine.domain import Interval, Source, SourceKind

Row = dict[str, str]


class TableRowError(ValueError):
    """A row of a table cannot be used; the message names the table, the line and the reason."""


class UnsourcedRowError(TableRowError):
    """A row of a table does not say where its figures come from."""


def parse_table(name: str, text: str) -> tuple[Row, ...]:
    """Rows of a CSV with a header; ``UnsourcedRowError`` names the first without source or year."""
    return tuple(row for _, row in numbered_rows(name, text))


def numbered_rows(name: str, text: str) -> Iterator[tuple[int, Row]]:
    """Each row with the number of the line on which it ends; blanks in cells are made one.

    ``TableRowError`` for more or fewer cells than the header has, ``UnsourcedRowError`` for a row
    without source or year.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        for cells in reader:
            if None in cells or None in cells.values():
                raise TableRowError(f"{name}, line {reader.line_num}: not as long as the header")
            row = {column: " ".join(cell.split()) for column, cell in cells.items()}
            if not row.get("source") or not row.get("year", "").isdecimal():
                raise UnsourcedRowError(f"{name}, line {reader.line_num}: no source or year")
            yield reader.line_num, row
    except csv.Error as error:
        raise TableRowError(f"{name}, line {reader.reader.line_num}: {error}") from error


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
