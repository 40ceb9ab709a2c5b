"""Is it language at all, and is it English, which the lexicons and the embedding know best?"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from smvm_workers.engine.domain import Finding
from smvm_workers.engine.reference.tables import table

_FEWEST_WORDS = 3
_FEWEST_FUNCTION_WORDS = 2
"""One alone may be an English word too: “per mile”, “de facto”."""
_LONGEST_CLUSTER = 4
"""Consonants in a row: English stops at four within a syllable's edge (“strengths” spans two)."""


def doubts_about(description: str) -> tuple[Finding, ...]:
    """Why a description means nothing; empty where it may mean something.

    Nothing is claimed of scripts other than the Latin one.
    """
    words = re.findall(r"[^\W\d_]+", description.lower())
    if not words or (_latin(words) and len(set(words)) < _FEWEST_WORDS):
        return (Finding("too-few-words", "warning", "The description has hardly any words."),)
    if _repeats_itself(words) or not _pronounceable(words):
        return (Finding("gibberish", "warning", "The description is not language."),)
    return ()


@dataclass(frozen=True, slots=True)
class Language:
    """``country`` is the code of the country after which it is named, None where unknown."""

    name: str
    country: str | None


_SCRIPTS = {
    "HIRAGANA": Language("Japanese", "JP"),
    "KATAKANA": Language("Japanese", "JP"),
    "HANGUL": Language("Korean", "KR"),
    "CJK": Language("Chinese", "CN"),
    "THAI": Language("Thai", "TH"),
    "HEBREW": Language("Hebrew", "IL"),
    "GREEK": Language("Greek", "GR"),
    "DEVANAGARI": Language("Hindi", "IN"),
}
"""Scripts that belong to one language, or to one above all."""


def foreign_language(text: str) -> Language | None:
    """The language of a text that is clearly not English, else None."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    if not words:
        return None
    if not _latin(words):
        return _by_script(words)
    rows = {row["code"]: row for row in table("function_words")}
    counts = {
        code: sum(word in row["pattern"].split("|") for word in words) for code, row in rows.items()
    }
    best = max(counts, key=lambda code: counts[code])
    if counts[best] < _FEWEST_FUNCTION_WORDS or counts[best] <= counts["English"]:
        return None
    return Language(best, rows[best]["country"] or None)


def _by_script(words: list[str]) -> Language:
    """The language whose own letters occur; kana tell Japanese from Chinese."""
    scripts = {unicodedata.name(letter, "").split(" ")[0] for letter in "".join(words)}
    for script, language in _SCRIPTS.items():
        if script in scripts:
            return language
    return Language("a language in another script", None)


def _repeats_itself(words: list[str]) -> bool:
    return len(words) > 2 and Counter(words).most_common(1)[0][1] > len(words) / 2


def _latin(words: list[str]) -> bool:
    """Whether most letters are of the Latin script (its blocks end at U+024F)."""
    letters = "".join(words)
    return sum(letter <= "\u024f" for letter in letters) > len(letters) / 2


def _pronounceable(words: list[str]) -> bool:
    return sum(map(_could_be_a_word, words)) > 0.6 * len(words)


def _could_be_a_word(word: str) -> bool:
    """Vowels between consonants; short words and other letters than a to z pass."""
    if not word.isascii() or len(word) <= 3:
        return True
    cluster = max(len(part) for part in re.split(r"[aeiouy]", word))
    vowels = sum(letter in "aeiouy" for letter in word)
    return cluster <= _LONGEST_CLUSTER and vowels >= 0.2 * len(word)
