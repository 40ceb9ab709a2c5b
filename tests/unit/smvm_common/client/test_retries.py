"""The guide's back-off as a value."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smvm_common.client.retries import Backoff, retry_after_seconds

NOW = datetime(2026, 3, 1, 3, 0, 0, tzinfo=UTC)


def test_waits_are_those_of_the_guide_give_or_take_a_fifth():
    for failures, delay in enumerate((1, 2, 4, 8, 16), start=1):
        assert 0.8 * delay <= Backoff().wait(failures) <= 1.2 * delay
    assert Backoff().wait(6) is None


def test_jitter_differs():
    assert len({Backoff().wait(5) for _ in range(10)}) > 1


def test_the_server_may_ask_for_more_up_to_a_minute():
    assert Backoff().wait(1, 30.0) == 30.0
    assert Backoff().wait(1, 60.0) == 60.0
    assert Backoff().wait(1, 61.0) is None
    assert Backoff().wait(5, 0.0) >= 12.8


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("7200", 7200.0),
        ("Sun, 01 Mar 2026 04:00:00 GMT", 3600.0),
        ("Sun, 01 Mar 2026 02:00:00 GMT", 0.0),
        ("Sun Mar  1 04:00:00 2026", 3600.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("", None),
        ("²", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text, seconds):
    assert retry_after_seconds(text, NOW) == seconds


@given(st.text())
def test_no_retry_after_breaks_the_client(text):
    found = retry_after_seconds(text, NOW)
    assert found is None or found >= 0
