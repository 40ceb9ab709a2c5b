"""Stretches of text, and how a pattern finds them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text that is personal data of one kind."""

    start: int
    end: int
    kind: str


Recogniser = Callable[[str], Iterator[Span]]


def by_pattern(
    kind: str, expression: str, confirm: Callable[[str], bool] = lambda text: True
) -> Recogniser:
    """Recognises what matches and is confirmed; a group named ``value`` is the stretch, else all of
    the match is."""
    compiled = re.compile(expression)
    group = "value" if "value" in compiled.groupindex else 0

    def find(text: str) -> Iterator[Span]:
        for match in compiled.finditer(text):
            if confirm(match[group]):
                yield Span(match.start(group), match.end(group), kind)

    return find
