"""Finds the words of the packaged lexicon in a text, and keeps them as evidence."""

import re
from dataclasses import dataclass
from functools import cache

from smvm_workers.engine.reference.tables import Row, table

_BEHIND = 30
"""Characters behind the words that still speak of them: “money laundering detection”."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A row of the lexicon whose pattern occurs, and the words that matched."""

    row: Row
    words: str


def hits(kind: str, text: str) -> tuple[Hit, ...]:
    """Every row of this kind that occurs in the lower-case text, in the table's order."""
    found = ((row, pattern.search(text)) for row, pattern in _patterns(kind))
    return tuple(Hit(row, match.group()) for row, match in found if match is not None)


def rows_of(kind: str, column: str) -> dict[str, Row]:
    """Every row of this kind by its ``code`` or ``label``, in the table's order."""
    return {row[column]: row for row in table("lexicon") if row["kind"] == kind}


def excused(hit: Hit, text: str) -> bool:
    """Whether the sentence says the opposite of what the words seem to: that the idea prevents the
    crime, or tells the impossible as a story. What counts stands before the words in their
    sentence, or right behind them.
    """
    start = text.index(hit.words)
    before = re.split(r"[.!?;\n]", text[:start])[-1]
    behind = text[start + len(hit.words) :][:_BEHIND]
    return _found(hit.row["unless_before"], before) or _found(hit.row["unless_behind"], behind)


def _found(pattern: str, text: str) -> bool:
    return bool(pattern) and re.search(pattern, text) is not None


@cache
def _patterns(kind: str) -> tuple[tuple[Row, re.Pattern[str]], ...]:
    rows = (row for row in table("lexicon") if row["kind"] == kind)
    return tuple((row, re.compile(row["pattern"])) for row in rows)
