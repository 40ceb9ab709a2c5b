"""How people are reached and how they pay: e-mail, phone, IP address, card, IBAN."""

import ipaddress
import re
from collections.abc import Iterator
from contextlib import suppress

from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import iban, luhn

from smvm_common.pii.spans import Recogniser, Span, by_pattern

_REGIONS = ("US", "GB")
"""How a phone number without a country code is read."""


def _is_card(text: str) -> bool:
    return bool(luhn.is_valid(re.sub(r"[ -]", "", text)))


def _is_ip_address(text: str) -> bool:
    with suppress(ValueError):
        return bool(ipaddress.ip_address(text))
    return False


def _phones(text: str) -> Iterator[Span]:
    for region in _REGIONS:
        for match in PhoneNumberMatcher(text, region, leniency=Leniency.VALID):
            yield Span(match.start, match.end, "phone")


CONTACTS: tuple[Recogniser, ...] = (
    by_pattern(
        "email",
        r"(?<![\w.+-])[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b",
    ),
    by_pattern(
        "iban", r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}\b", lambda t: bool(iban.is_valid(t))
    ),
    by_pattern("card", r"(?<![\d.,])\d(?:[ -]?\d){12,18}(?![\d.,]\d)", _is_card),
    by_pattern("ip_address", r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]\d)", _is_ip_address),
    by_pattern(
        "ip_address",
        r"(?<![\w:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])",
        _is_ip_address,
    ),
)
PHONES: Recogniser = _phones
