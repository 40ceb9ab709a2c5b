"""Times as RFC 3339 writes them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smvm_common.clock import ManualClock, SystemClock, parse_rfc3339, rfc3339

MOMENTS = st.datetimes(timezones=st.just(UTC))


def test_the_formats_are_those_of_the_guide():
    moment = datetime(2024, 12, 1, 14, 35, 52, tzinfo=UTC)
    assert rfc3339(moment) == "2024-12-01T14:35:52Z"
    assert rfc3339(moment + timedelta(milliseconds=5)) == "2024-12-01T14:35:52.005Z"
    east = moment.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert rfc3339(east) == rfc3339(moment)
    assert parse_rfc3339(east.isoformat()) == moment


@given(MOMENTS)
def test_what_is_written_is_read_to_the_millisecond(moment):
    read = parse_rfc3339(rfc3339(moment))
    assert abs(read - moment) < timedelta(milliseconds=1)
    assert read.tzinfo is UTC


@pytest.mark.parametrize("text", ["2024-12-01T14:35:52", "yesterday", "", "2024-12-01"])
def test_a_time_without_a_zone_is_none(text):
    with pytest.raises(ValueError, match=r"time zone|Invalid"):
        parse_rfc3339(text)


def test_clocks():
    assert SystemClock().now().tzinfo is UTC
    clock = ManualClock(datetime(2024, 1, 1, tzinfo=UTC))
    clock.advance(timedelta(days=32))
    assert clock.now() == datetime(2024, 2, 2, tzinfo=UTC)
