"""Puts the recognisers together, and replaces what they find."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from smvm_common.pii.addresses import ADDRESSES
from smvm_common.pii.contacts import CONTACTS, PHONES
from smvm_common.pii.national_ids import NATIONAL_IDS
from smvm_common.pii.people import PEOPLE
from smvm_common.pii.spans import Span

_RECOGNISERS = (*CONTACTS, *NATIONAL_IDS, *ADDRESSES, PHONES, *PEOPLE)
"""In order of precedence: where two overlap, what they cover together is of the earlier's kind."""


def find_pii(text: str) -> list[Span]:
    """Every stretch of personal data, in order, none overlapping."""
    found = [(rank, span) for rank, find in enumerate(_RECOGNISERS) for span in find(text)]
    merged: list[tuple[int, Span]] = []
    for rank, span in sorted(found, key=lambda entry: (entry[1].start, entry[0])):
        if merged and span.start < merged[-1][1].end:
            merged[-1] = _together(merged[-1], (rank, span))
        else:
            merged.append((rank, span))
    return [span for _, span in merged]


def _together(one: tuple[int, Span], other: tuple[int, Span]) -> tuple[int, Span]:
    """Half of a stretch must not be left beside what masks the other half."""
    rank, first = min(one, other, key=lambda entry: entry[0])
    end = max(one[1].end, other[1].end)
    return rank, Span(one[1].start, end, first.kind)


def mask_text(text: str, found: Counter[str]) -> str:
    """The text with each stretch replaced by ``[kind]``; adds the kinds to ``found``.

    Looks again until nothing is found: digits beside a masked number may be one by themselves.
    """
    while spans := find_pii(text):
        found.update(span.kind for span in spans)
        text = _replaced(text, spans)
    return text


def _replaced(text: str, spans: list[Span]) -> str:
    pieces, position = [], 0
    for span in spans:
        pieces += [text[position : span.start], f"[{span.kind}]"]
        position = span.end
    return "".join([*pieces, text[position:]])


def mask_values(document: Mapping[str, Any], found: Counter[str]) -> dict[str, Any]:
    """The document with every string in it masked, at any depth."""
    return {key: _mask(value, found) for key, value in document.items()}


def _mask(value: Any, found: Counter[str]) -> Any:
    if isinstance(value, str):
        return mask_text(value, found)
    if isinstance(value, Mapping):
        return mask_values(value, found)
    if isinstance(value, list):
        return [_mask(item, found) for item in value]
    return value
