"""Texts from outside, made harmless for a layout. Escaping is the templates' business."""

import unicodedata
from collections.abc import Callable
from typing import Any

_KEPT = {
    "\n",
    "\N{ZERO WIDTH JOINER}",
    "\N{ZERO WIDTH NON-JOINER}",
    "\N{ZERO WIDTH SPACE}",
    "\N{SOFT HYPHEN}",
}
"""Controls that scripts and emoji are written with."""


def each_text(value: Any, change: Callable[[str], str]) -> Any:
    """The same JSON data with every text changed; names of members stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: each_text(item, change) for key, item in value.items()}
    return [each_text(item, change) for item in value] if isinstance(value, list) else value


def without_controls(words: str) -> str:
    """The text in normal form without control characters: one could turn the direction of a line,
    or end it; blanks of any kind become plain ones."""
    if words.isascii() and words.isprintable():
        return words
    return "".join(map(_visible, unicodedata.normalize("NFC", words)))


def _visible(character: str) -> str:
    if character in _KEPT:
        return character
    kind = unicodedata.category(character)
    if kind.startswith("Z"):
        return " "
    # controls, formats, lone surrogates
    return "" if kind in ("Cc", "Cf", "Cs") else character
