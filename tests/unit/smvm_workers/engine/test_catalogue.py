import pytest

from smvm_workers.engine.catalogue import parse_companies
from smvm_workers.engine.reference.tables import TableRowError, UnsourcedRowError

_HEADER = (
    "name,domains,description,country,markets,url,pricing,buyer,standing,employees,revenue_usd,"
    "source,year"
)
_ROW = (
    'Alpine Ledger,finance|software,"Bookkeeping, by post",CH,CH|LI,https://example.com,paid,firm,leading,40,'
    "2500000,own research,2026"
)


def test_a_row_with_every_column_is_read() -> None:
    (entry,) = parse_companies("ours", f"{_HEADER}\n{_ROW}\n")
    assert entry.info.name == "Alpine Ledger"
    assert entry.info.description == "Bookkeeping, by post"
    assert entry.domains == ("finance", "software")
    assert entry.markets == {"CH", "LI"}
    assert entry.leading
    assert (entry.pricing, entry.buyer) == ("paid", "firm")
    assert (entry.info.employees, entry.info.revenue_usd) == (40, 2.5e6)
    assert (entry.source.name, entry.source.year) == ("own research", 2026)


def test_only_some_columns_must_be_there() -> None:
    text = "\ufeffname,domains,description,source,year\r\nA,legal,Wills,own research,2026\r\n"
    (entry,) = parse_companies("ours", text)
    assert (entry.pricing, entry.buyer, entry.info.country) == ("unknown", "unknown", None)
    assert not entry.markets
    assert not entry.leading


@pytest.mark.parametrize("end", ["own research,", ",2026", "own research,last year"])
def test_a_row_without_source_or_year_is_refused_with_its_line(end: str) -> None:
    unsourced = _ROW.replace("own research,2026", end)
    with pytest.raises(UnsourcedRowError, match="ours, line 3"):
        parse_companies("ours", f"{_HEADER}\n{_ROW}\n{unsourced}\n")


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        ("Alpine Ledger", "", "name is not a name"),
        ("finance|software", "fnance", "no domain is called fnance"),
        (",CH,", ",Switzerland,", "country"),
        ("CH|LI", "everywhere", "markets"),
        ("leading", "good", "standing"),
        ("https://", "javascript:", "web address"),
        ("paid", "cheap", "pricing"),
        (",firm,", ",companies,", "buyer"),
        (",40,", ",many,", "employees"),
        (",2500000,", ",-1,", "revenue_usd"),
        (",own research", ",one too many,own research", "header"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_with_its_line(good: str, bad: str, says: str) -> None:
    with pytest.raises(TableRowError, match=f"ours, line 2: .*{says}"):
        parse_companies("ours", f"{_HEADER}\n{_ROW.replace(good, bad)}\n")


def test_a_quote_that_never_closes_is_refused() -> None:
    with pytest.raises(TableRowError, match="ours, line"):
        parse_companies("ours", f'{_HEADER}\n"Alpine\n')


def test_lines_are_counted_through_cells_of_several_lines() -> None:
    long = _ROW.replace("by post", "by\npost")
    with pytest.raises(TableRowError, match="line 4"):
        parse_companies("ours", f"{_HEADER}\n{long}\n{_ROW.replace('paid', 'cheap')}\n")
