"""Companies that may compete, and how a table of them is read: the packaged or an operator's."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

from smvm_workers.engine.domain import CompanyInfo, Source
from smvm_workers.engine.reference.industries import domains
from smvm_workers.engine.reference.tables import Row, TableRowError, numbered_rows

Pricing = Literal["paid", "freemium", "free", "unknown"]
Buyer = Literal["consumer", "firm", "both", "unknown"]

_FORMS = {
    "name": (r".+", "a name"),
    "domains": (r".+", "names of domains with | between them"),
    "description": (r".+", "a line on what the company does"),
    "country": (r"[A-Z]{2}|", "two capital letters (ISO 3166)"),
    "markets": (r"[A-Z]{2}(\|[A-Z]{2})*|", "codes of countries with | between them"),
    "url": (r"https?://\S+|", "a web address"),
    "pricing": ("|".join((*get_args(Pricing), "")), "paid, freemium, free or unknown"),
    "buyer": ("|".join((*get_args(Buyer), "")), "consumer, firm, both or unknown"),
    "standing": (r"leading|", "leading or empty"),
    "employees": (r"[1-9]\d*|", "a whole number"),
    "revenue_usd": (r"\d+(\.\d+)?|", "a number"),
}
"""The form of each column, which may be absent where its form may be empty, and in words."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A company that may compete, and where that is known from.

    ``domains`` are names of the reference domains, the main one first; empty where only the
    description tells. ``markets`` are the countries in which it sells; empty where it sells widely.
    ``leading``: among the best known of its field, which is a judgement and not a figure.
    """

    info: CompanyInfo
    domains: tuple[str, ...]
    markets: frozenset[str]
    pricing: Pricing
    buyer: Buyer
    leading: bool
    source: Source


def parse_companies(name: str, text: str) -> tuple[CatalogueEntry, ...]:
    """Companies of a CSV text with a header; ``name`` stands in the errors.

    Columns that must be there: ``name``; ``domains`` (names of reference domains with ``|`` between
    them); ``description`` (one line on what it does); ``source`` and ``year`` (what the row rests
    on). Columns that may: ``country`` of the company (two letters, ISO 3166); ``markets``
    (countries in which it sells, with ``|`` between them; empty: widely); ``url``; ``pricing``
    (paid, freemium, free, unknown); ``buyer`` (consumer, firm, both, unknown); ``standing``
    (leading: among the best known of its field; empty); ``employees``; ``revenue_usd`` (a year).

    Raises ``UnsourcedRowError`` for a row without source or year, and ``TableRowError`` for any
    other that cannot be read, each with its line number.
    """
    return tuple(_checked(name, number, row) for number, row in numbered_rows(name, text))


def _checked(name: str, number: int, row: Row) -> CatalogueEntry:
    for column, (form, wanted) in _FORMS.items():
        if re.fullmatch(form, row.get(column, "")) is None:
            raise TableRowError(f"{name}, line {number}: {column} is not {wanted}")
    unknown = sorted(set(row["domains"].split("|")) - {domain.name for domain in domains()})
    if unknown:
        raise TableRowError(f"{name}, line {number}: no domain is called {', '.join(unknown)}")
    return entry_of(row)


def entry_of(row: Row) -> CatalogueEntry:
    """The company of a row whose cells are well formed."""
    employees, revenue = row.get("employees"), row.get("revenue_usd")
    info = CompanyInfo(
        name=row["name"],
        industry=row["domains"].split("|")[0],
        description=row["description"],
        country=row.get("country") or None,
        employees=int(employees) if employees else None,
        revenue_usd=float(revenue) if revenue else None,
        listed=False,
        url=row.get("url") or None,
    )
    return CatalogueEntry(
        info,
        tuple(row["domains"].split("|")),
        frozenset(filter(None, row.get("markets", "").split("|"))),
        row.get("pricing") or "unknown",  # type: ignore[arg-type]  # the form was checked
        row.get("buyer") or "unknown",  # type: ignore[arg-type]  # the form was checked
        row.get("standing") == "leading",
        Source(row["source"], "reference", int(row["year"]), row["name"], info.url),
    )
