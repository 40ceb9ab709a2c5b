"""A JSON type is taken as it is, and nothing is guessed."""

import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from smvm_common.contracts.fields import Number, Text, Truth, WholeNumber

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        (Text(), ["a", "", "é\nà\tb"], [5, True, None, [], {}, "\x00", "a\x07", "\ud800", "\x7f"]),
        (Number(), [5, 1.5, -0.0], ["5", True, None, [], math.nan, math.inf, 10**400]),
        (WholeNumber(), [5, -1, 10**30], ["5", 5.0, True, None, []]),
        (Truth(), [True, False], ["true", 1, 0, None, "on", []]),
    ],
)
def test_each_field_takes_its_type_alone(field, good, bad):
    for value in good:
        assert field.deserialize(value) == value
    for value in bad:
        with pytest.raises(ValidationError):
            field.deserialize(value)


def test_text_is_stripped():
    assert Text().deserialize("  a b \n") == "a b"


@given(JSON)
def test_no_json_breaks_a_field(value):
    for field in (Text(), Number(), WholeNumber(), Truth()):
        with suppress(ValidationError):
            field.deserialize(value)
