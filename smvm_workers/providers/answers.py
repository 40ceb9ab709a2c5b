"""From a checked answer to the engine's values: short plain lines, the tables' names, no figures."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from smvm_workers.engine.catalogue import CatalogueEntry
from smvm_workers.engine.domain import CompanyInfo, IdeaReading, PersonaSet, ReadingHint, Source
from smvm_workers.engine.reference.tables import table

_NAME = re.compile(r"[^\W_][\w .,'’&()+!-]{0,59}")
_LINE = re.compile(r"[^\W\d_](?:[^\W\d_]|[ .,;'’&()?!–-]){2,159}")
"""Letters and a little punctuation: no digits, so no figures; nothing that any markup knows."""
_MOST_COMPANIES = 5


def source_of(model: str, detail: str = "") -> Source:
    """What a language model said, as a source."""
    return Source(f"language model {model}", "model", None, detail)


def reading_hint(model: str, answer: Mapping[str, Any]) -> ReadingHint:
    """How the model reads the idea; a segment that is not of the buyer it names is dropped."""
    segment, buyer = answer["segment"], answer["buyer"]
    if segment is None and buyer == "firm":
        segment = "firms"
    if segment is not None and buyer not in (None, _buyer_of(segment)):
        segment = None
    return ReadingHint(
        source=source_of(model, "reading of the idea where its words leave it open"),
        domain=answer["domain"],
        segment=segment,
        technologies=tuple(answer["technologies"]),
        regulations=tuple(answer["regulations"]),
    )


def _buyer_of(segment: str) -> str:
    return next(row["buyer"] for row in table("segments") if row["code"] == segment)


def companies(
    model: str, reading: IdeaReading, answer: Mapping[str, Any]
) -> tuple[CatalogueEntry, ...]:
    """The companies named, those left out whose name or line is more than plain words."""
    told = ((_plain(c["name"]), _plain(c["description"])) for c in answer["companies"])
    fit = [(n, d) for n, d in told if _NAME.fullmatch(n) and _LINE.fullmatch(d)]
    return tuple(_entry(model, reading, n, d) for n, d in fit[:_MOST_COMPANIES])


def _entry(model: str, reading: IdeaReading, name: str, description: str) -> CatalogueEntry:
    info = CompanyInfo(name, reading.domain, description, None, None, None, listed=False)
    return CatalogueEntry(
        info, (), frozenset(), "unknown", "unknown", leading=False, source=source_of(model, name)
    )


def with_portraits(model: str, personas: PersonaSet, answer: Mapping[str, Any]) -> PersonaSet:
    """The personas with a line in words each, where one was written that is plain."""
    told = {p["persona"]: _plain(p["portrait"]) for p in answer["portraits"]}
    lines = {name: line for name, line in told.items() if _LINE.fullmatch(line)}
    if not lines:
        return personas
    worded = tuple(replace(p, portrait=lines.get(p.name)) for p in personas.personas)
    source = source_of(model, "portraits of the personas, in words")
    return replace(personas, personas=worded, sources=(*personas.sources, source))


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
