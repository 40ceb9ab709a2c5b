"""Industry figures: revenue, growth, margins, survival."""

from dataclasses import dataclass
from functools import cache

from smvm_workers.engine.domain import Source
from smvm_workers.engine.reference.tables import Row, source_of, table

_WHOLE_MARKET = "Total Market"


@dataclass(frozen=True, slots=True)
class Industry:
    """``revenue`` in USD a year (gross output); ``growth`` a year, nominal, over five years."""

    code: str
    name: str
    revenue: float
    growth: float
    source: Source


@dataclass(frozen=True, slots=True)
class IndustryMargins:
    """Shares of sales, but for ``cost_of_capital`` (a year) and ``sales_to_capital`` (a ratio)."""

    industry: str
    gross_margin: float
    operating_margin: float
    sga_to_sales: float
    rnd_to_sales: float
    cost_of_capital: float
    sales_to_capital: float
    growth: float
    source: Source


@dataclass(frozen=True, slots=True)
class Domain:
    """A field of business and where its figures stand."""

    name: str
    aliases: tuple[str, ...]
    descriptor: str
    industries: tuple[str, ...]
    margin_industry: str
    spending_item: str
    model: str
    buyer: str
    source: Source


@cache
def industry(code: str) -> Industry:
    """An industry by its BEA code; ``KeyError`` for one that the tables do not hold."""
    row = _row("industries", "code", code)
    revenue = float(row["gross_output_musd"]) * 1e6
    return Industry(code, row["name"], revenue, float(row["growth"]), source_of(row))


@cache
def industry_margins(name: str) -> IndustryMargins:
    """Margins by Damodaran's industry name; figures that he leaves out are the whole market's."""
    row, market = _row("margins", "industry", name), _row("margins", "industry", _WHOLE_MARKET)
    figures = {
        column: float(row[column] or market[column] or 0)
        for column in (
            "gross_margin",
            "operating_margin",
            "sga_to_sales",
            "rnd_to_sales",
            "cost_of_capital",
            "sales_to_capital",
            "growth",
        )
    }
    return IndustryMargins(industry=name, source=source_of(row, detail=name), **figures)


@cache
def domains() -> tuple[Domain, ...]:
    """Every domain; the last is the wide fallback for whatever fits none."""
    return tuple(
        Domain(
            name=row["domain"],
            aliases=tuple(row["aliases"].split("|")),
            descriptor=row["descriptor"],
            industries=tuple(row["bea_codes"].split("|")),
            margin_industry=row["margin_industry"],
            spending_item=row["spending_item"].replace(";", ","),
            model=row["model"],
            buyer=row["buyer"],
            source=source_of(row),
        )
        for row in table("domains")
    )


def domain(name: str) -> Domain:
    """A domain by its own name; ``KeyError`` for an unknown one."""
    return {entry.name: entry for entry in domains()}[name]


@dataclass(frozen=True, slots=True)
class Survival:
    """The share of new establishments that are still there after ``years``."""

    sector: str
    years: int
    share: float
    source: Source


def survival(sector: str = "all") -> tuple[Survival, ...]:
    """Base rates of survival, by years."""
    return tuple(
        Survival(sector, int(row["years"]), float(row["share"]), source_of(row))
        for row in table("survival")
        if row["sector"] == sector
    )


def _row(name: str, column: str, value: str) -> Row:
    for row in table(name):
        if row[column] == value:
            return row
    raise KeyError(f"{name} has no {value!r}")
