"""Finds and masks personal data in free text, before anything is written.

Formats are matched by patterns and confirmed by their check digits or numbering plans, so that a
market size is not taken for a card number.
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import iban, luhn
from stdnum.us import ssn

_DEFAULT_REGION = "US"
"""How a phone number without a country code is read."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text that is personal data of one kind."""

    start: int
    end: int
    kind: str


def _pattern(
    kind: str, expression: str, confirm: Callable[[str], bool]
) -> Callable[[str], Iterator[Span]]:
    compiled = re.compile(expression)

    def find(text: str) -> Iterator[Span]:
        for match in compiled.finditer(text):
            if confirm(match.group()):
                yield Span(match.start(), match.end(), kind)

    return find


def _is_card(text: str) -> bool:
    return bool(luhn.is_valid(re.sub(r"[ -]", "", text)))


def _is_address(text: str) -> bool:
    with suppress(ValueError):
        return bool(ipaddress.ip_address(text))
    return False


def _phones(text: str) -> Iterator[Span]:
    for match in PhoneNumberMatcher(text, _DEFAULT_REGION, leniency=Leniency.VALID):
        yield Span(match.start, match.end, "phone")


_RECOGNISERS = (
    _pattern(
        "email",
        r"(?<![\w.+-])[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b",
        lambda text: True,
    ),
    _pattern(
        "iban", r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}\b", lambda t: bool(iban.is_valid(t))
    ),
    _pattern("card", r"(?<![\d.,])\d(?:[ -]?\d){12,18}(?![\d.,]\d)", _is_card),
    _pattern("ssn", r"\b\d{3}-\d{2}-\d{4}\b", lambda text: bool(ssn.is_valid(text))),
    _pattern("ip_address", r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]\d)", _is_address),
    _pattern(
        "ip_address", r"(?<![\w:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])", _is_address
    ),
    _phones,
)
"""In order of precedence: where two overlap, what they cover together is of the earlier's kind."""


def find_pii(text: str) -> list[Span]:
    """Every stretch of personal data, in order, none overlapping."""
    taken: list[Span] = []
    for recognise in _RECOGNISERS:
        for span in recognise(text):
            taken = _joined(taken, span)
    return sorted(taken, key=lambda span: span.start)


def _joined(taken: list[Span], span: Span) -> list[Span]:
    """The spans with one more; half of it must not be left beside what another masks."""
    apart = [other for other in taken if span.end <= other.start or other.end <= span.start]
    touched = [other for other in taken if other not in apart] or [span]
    start = min(span.start, *(other.start for other in touched))
    end = max(span.end, *(other.end for other in touched))
    return [*apart, Span(start, end, touched[0].kind)]


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
