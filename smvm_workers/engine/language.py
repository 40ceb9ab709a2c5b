"""Is it language at all, and is it English, which the lexicons and the embedding know best?"""

import re
from collections import Counter

from smvm_workers.engine.domain import Finding
from smvm_workers.engine.reference.tables import table

_FEWEST_WORDS = 3
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


def foreign_language(text: str) -> str | None:
    """The language of a text that is clearly not English, else None."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    if not words:
        return None
    if not _latin(words):
        return "a language in another script"
    counts = {
        row["code"]: sum(word in row["pattern"].split("|") for word in words)
        for row in table("function_words")
    }
    best = max(counts, key=lambda code: counts[code])
    return None if counts[best] <= counts["English"] else best


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
