"""Personal data in free text: found, masked, counted; figures of an idea are left alone."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smvm_common.pii import find_pii, mask_text, mask_values

SAMPLES = {
    "email": ["jane.doe@example.com", "a+b@sub.example.co.uk"],
    "phone": ["+49 30 901820", "(212) 555-0123", "+1 650-253-0000"],
    "card": ["4111 1111 1111 1111", "5500-0000-0000-0004", "378282246310005"],
    "iban": ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"],
    "ssn": ["536-90-4399"],
    "name": ["Mary Jane Watson", "John F. Kennedy", "José O'Brien", "Anne-Marie Smith-Jones"],
    "address": ["221B Baker Street", "1600 Pennsylvania Avenue NW, Washington, DC 20500"],
    "national_id": ["JK 12 34 56 C", "12345678Z", "RSSMRA85T10A562S"],
    "ip_address": ["192.168.1.10", "2001:db8::8a2e:370:7334"],
}
PIECES = st.sampled_from([s for samples in SAMPLES.values() for s in samples])


@pytest.mark.parametrize(("kind", "sample"), [(k, s) for k, ss in SAMPLES.items() for s in ss])
def test_each_kind_is_found_and_masked(kind, sample):
    found: Counter[str] = Counter()
    assert mask_text(f"Write to {sample}, please.", found) == f"Write to [{kind}], please."
    assert found == {kind: 1}


@pytest.mark.parametrize(
    "text",
    [
        "a market of 5,000,000,000 dollars",
        "a market of 4111111111111112 dollars",  # fails the card's check digit
        "from 2019 to 2026, version 1.2.3.4000",
        "sell 3 for 2.99 @ the shop",
        "ratio 1:2:3",
        "ISO 27001 and RFC 9457",
        "Monarch Money and Google Calendar for Young Professionals",
        "Fifth Avenue prices, 24 hours a day",
        "",
    ],
)
def test_what_is_no_personal_data_stays(text):
    found: Counter[str] = Counter()
    assert mask_text(text, found) == text
    assert not found


def test_a_title_or_a_greeting_makes_a_name_of_what_no_list_holds():
    found: Counter[str] = Counter()
    text = "Dr. Xylophon Quarzberg; my name is Zorblax."
    assert mask_text(text, found) == "Dr. [name]; my name is [name]."


def test_bare_digits_are_an_identifier_only_where_a_word_says_so():
    assert find_pii("a market of 44051401359 dollars") == []
    (span,) = find_pii("PESEL: 44051401359")
    assert span.kind == "national_id"


def test_values_are_masked_at_any_depth():
    found: Counter[str] = Counter()
    document = {"a": "x@example.com", "b": [{"c": "x@example.com"}, 5, None, True], "d": 1.5}
    assert mask_values(document, found) == {
        "a": "[email]",
        "b": [{"c": "[email]"}, 5, None, True],
        "d": 1.5,
    }
    assert found == {"email": 2}


@given(st.lists(st.text(max_size=30) | PIECES, max_size=6).map(" ".join))
@settings(max_examples=200)
def test_masked_text_holds_no_personal_data(text):
    masked = mask_text(text, Counter())
    assert find_pii(masked) == []


@given(st.text("0123456789 -.@:+()[]aAeE", max_size=60))
@settings(max_examples=300)
def test_text_made_of_digits_and_signs_too(text):
    masked = mask_text(text, Counter())
    assert find_pii(masked) == []


@given(st.text())
def test_spans_are_in_order_and_apart(text):
    spans = find_pii(text)
    assert all(span.start < span.end <= len(text) for span in spans)
    assert all(one.end <= two.start for one, two in pairwise(spans))
