"""Countries: what they are called, and how large their economies are (World Bank)."""

import re
from dataclasses import dataclass
from functools import cache

from smvm_workers.engine.domain import Source
from smvm_workers.engine.reference.tables import source_of, table

HOME = "US"
"""The country that the industry and household tables describe."""


@dataclass(frozen=True, slots=True)
class Country:
    """``code`` of ISO 3166 (and EU); ``gdp`` in USD a year."""

    code: str
    name: str
    aliases: frozenset[str]
    spoken_names: tuple[str, ...]
    gdp: float
    source: Source


@cache
def countries() -> tuple[Country, ...]:
    """Every country of the table."""
    return tuple(
        Country(
            code=row["code"],
            name=row["name"],
            aliases=frozenset(
                (row["code"].lower(), row["iso3"], row["name"].lower(), *row["names"].split("|"))
            ),
            spoken_names=tuple(row["names"].split("|")),
            gdp=float(row["gdp_musd"]) * 1e6,
            source=source_of(row, detail=row["name"]),
        )
        for row in table("countries")
    )


@cache
def country(code: str) -> Country:
    """A country by its code; ``KeyError`` for one that the table does not hold."""
    return {entry.code: entry for entry in countries()}[code]


def country_called(name: str) -> Country | None:
    """The country of a name or code as people write it, None for an unknown one."""
    wanted = name.strip().lower()
    return next((entry for entry in countries() if wanted in entry.aliases), None)


def country_in(text: str) -> Country | None:
    """The country that a lower-case text names as a place: “in Germany”, “across the UK”.

    Adjectives are left alone: Thai food may be meant for Norway.
    """
    for entry in countries():
        names = "|".join(map(re.escape, entry.spoken_names))
        if re.search(
            rf"\b(?:in|across|throughout|within|for|für|en|pour) (?:the )?(?:{names})\b", text
        ):
            return entry
    return None
