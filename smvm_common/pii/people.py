"""Names of people: first names and surnames of the US census, titles, and who says their name.

The lists are those of 1990 (https://www.census.gov/topics/population/genealogy/data/1990_census.html),
which the package ``names`` carries. A name in another language is found where both of its parts are
also borne in the United States, or behind a title.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import names

from smvm_common.pii.spans import Recogniser, Span, by_pattern

_KIND = "name"
_WORD = r"[^\W\d_a-zß-öø-ÿ][\w'’]*(?:-[\w'’]+)*"
"""Begins with a capital letter."""
_RUN = re.compile(rf"(?<![\w'’-]){_WORD}(?: (?:[A-Z]\.|{_WORD}))+")
_TITLE = r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Dame|Herr|Frau|Mme|Monsieur|Madame|Señora?)"
_LONGEST = 4
"""Words of a name."""


def _census(text: str) -> Iterator[Span]:
    for run in _RUN.finditer(text):
        words = [
            (run.start() + word.start(), word.group()) for word in re.finditer(r"\S+", run.group())
        ]
        yield from _names_among(words)


def _names_among(words: list[tuple[int, str]]) -> Iterator[Span]:
    position = 0
    while position < len(words) - 1:
        within = words[position : position + _LONGEST]
        length = _length_of_name([word for _, word in within])
        if length:
            start, (last_start, last) = words[position][0], words[position + length - 1]
            yield Span(start, last_start + len(last), _KIND)
        position += length or 1


def _length_of_name(words: list[str]) -> int:
    """How many words from the first on are one name: a first name, further ones or initials, and as
    many surnames as follow; 0 where they are none."""
    if not _is_first_name(words[0]):
        return 0
    length = 1
    while length < len(words) and (_is_initial(words[length]) or _is_surname(words[length])):
        length += 1
    while length > 1 and _is_initial(words[length - 1]):
        length -= 1
    return length if length > 1 else 0


def _is_initial(word: str) -> bool:
    return re.fullmatch(r"[A-Z]\.", word) is not None


def _is_first_name(word: str) -> bool:
    return all(_plain(part) in _first_names() for part in word.split("-"))


def _is_surname(word: str) -> bool:
    return all(_plain(part) in _surnames() for part in word.split("-"))


def _plain(word: str) -> str:
    """As the census writes it: capitals without accents and apostrophes, or a possessive's s."""
    word = re.sub(r"['’]s$", "", word)
    letters = unicodedata.normalize("NFKD", word)
    return "".join(letter for letter in letters if letter.isalpha()).upper()


@cache
def _first_names() -> frozenset[str]:
    return _listed("dist.female.first") | _listed("dist.male.first")


@cache
def _surnames() -> frozenset[str]:
    return _listed("dist.all.last")


def _listed(name: str) -> frozenset[str]:
    lines = (Path(names.__file__).parent / name).read_text(encoding="ascii").splitlines()
    return frozenset(line.split()[0] for line in lines)


PEOPLE: tuple[Recogniser, ...] = (
    by_pattern(_KIND, rf"\b{_TITLE}\.? (?P<value>{_WORD}(?: (?:[A-Z]\.|{_WORD})){{0,2}})"),
    by_pattern(_KIND, rf"\b[Mm]y name is (?P<value>{_WORD}(?: (?:[A-Z]\.|{_WORD})){{0,2}})"),
    _census,
)
