"""The packaged catalogue: well-known companies, and listed ones from the package pytickersymbols."""

import re
from dataclasses import replace
from functools import cache
from typing import Any

from pytickersymbols import PyTickerSymbols

from smvm_workers.engine.catalogue import CatalogueEntry, entry_of
from smvm_workers.engine.domain import CompanyInfo, Source
from smvm_workers.engine.reference.tables import table

_LISTED = Source("pytickersymbols 1.17: listed companies", "reference", 2025)
_LONGEST_DESCRIPTION = 300
_LEGAL_FORMS = re.compile(r"[.,]|\b(inc|corp|corporation|plc|ltd|ag|se|nv|sa|co)\b")


@cache
def packaged_companies() -> tuple[CatalogueEntry, ...]:
    """Every company of the package, once: the well-known, with what the listing adds, come first."""
    listed = {_key(entry): entry for entry in reversed(_listed_companies())}
    known = [entry_of(row) for row in table("companies")]
    taken = {_key(entry) for entry in known}
    return (
        *(_with_listing(entry, listed.get(_key(entry))) for entry in known),
        *(listed[key] for key in sorted(listed) if key not in taken),
    )


def _key(entry: CatalogueEntry) -> str:
    return " ".join(_LEGAL_FORMS.sub(" ", entry.info.name.lower()).split())


def _with_listing(entry: CatalogueEntry, listed: CatalogueEntry | None) -> CatalogueEntry:
    if listed is None:
        return entry
    return replace(entry, info=replace(entry.info, listed=True, employees=listed.info.employees))


def _listed_companies() -> list[CatalogueEntry]:
    found = map(_listed, PyTickerSymbols().get_all_stocks())
    return [entry for entry in found if entry is not None]


def _listed(stock: dict[str, Any]) -> CatalogueEntry | None:
    """One company, or None where the package tells nothing of its business."""
    industries = [str(industry) for industry in stock.get("industries") or ()]
    if not stock.get("name") or not industries:
        return None
    metadata = stock.get("metadata") or {}
    products = str(metadata.get("products") or "")
    info = CompanyInfo(
        name=str(stock["name"]),
        industry=industries[0],
        description=", ".join([*industries, products]).strip(", ")[:_LONGEST_DESCRIPTION],
        country=stock.get("country"),
        employees=_count(str(metadata.get("employees") or "")),
        revenue_usd=None,
        listed=True,
        url=metadata.get("wikipedia_url"),
    )
    source = replace(_LISTED, detail=info.name, url=info.url)
    return CatalogueEntry(info, (), frozenset(), "unknown", "unknown", False, source)


def _count(text: str) -> int | None:
    """The number with which a text begins, as “c. 18,200 (2025)” does."""
    match = re.match(r"[^\d(]{0,12}(\d{1,3}(?:,\d{3})+|\d+)(?![\d., ]*\d)", text)
    return int(match.group(1).replace(",", "")) if match else None
