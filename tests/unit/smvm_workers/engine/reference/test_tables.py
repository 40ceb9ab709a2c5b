from importlib.resources import files

import pytest

from smvm_workers.engine import reference
from smvm_workers.engine.reference.tables import (
    TableRowError,
    UnsourcedRowError,
    assumption,
    assumptions,
    parse_table,
    source_of,
    table,
)

_TABLES = sorted(path.name.removesuffix(".csv") for path in (files(reference) / "tables").iterdir())


@pytest.mark.parametrize("name", _TABLES)
def test_every_packaged_row_has_a_source_and_a_year(name: str) -> None:
    rows = table(name)
    assert rows
    for row in rows:
        assert row["source"]
        assert 1950 <= int(row["year"]) <= 2026


@pytest.mark.parametrize("line", ["1,,2023", "1,BLS,", "1,BLS,soon", "1,  ,2023"])
def test_a_row_without_source_or_year_is_refused(line: str) -> None:
    with pytest.raises(UnsourcedRowError, match="spending, line 3"):
        parse_table("spending", f"value,source,year\n2,BLS,2023\n{line}\n")


@pytest.mark.parametrize("line", ["1,BLS", "1,BLS,2023,4", '"1,BLS,2023'])
def test_a_row_of_another_length_is_refused(line: str) -> None:
    with pytest.raises(TableRowError, match="spending, line 2"):
        parse_table("spending", f"value,source,year\n{line}\n")


def test_cells_are_trimmed() -> None:
    assert parse_table("t", "value,source,year\n 1 , BLS ,2023\n")[0]["source"] == "BLS"


def test_assumptions_are_labelled_and_wide() -> None:
    for assumed in assumptions():
        interval = assumed.interval
        assert 0 < interval.low < interval.median < interval.high
        assert assumed.rationale
        assert assumed.name in assumed.source.detail


def test_an_unknown_assumption_is_an_error() -> None:
    with pytest.raises(KeyError):
        assumption("hope")


def test_an_assumption_is_never_called_a_reference() -> None:
    kinds = {row["source"]: source_of(row).kind for name in _TABLES for row in table(name)}
    assert kinds["assumption of the engine"] == "assumption"
    assert kinds["World Bank: GDP in current US dollars"] == "reference"
