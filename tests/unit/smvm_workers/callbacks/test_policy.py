from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smvm_workers.callbacks.policy import (
    Answer,
    Delivered,
    DeliveryPolicy,
    Retry,
    Stop,
    Undeliverable,
    asked_wait,
)

NOW = datetime(2026, 3, 2, 14, 30, 52, tzinfo=UTC)
GUIDE = (1.0, 2.0, 4.0, 8.0, 16.0)
FIVE_MINUTES = timedelta(minutes=5)

statuses = st.one_of(st.none(), st.integers(100, 599))
chances = st.floats(0, 1)


def judge(answer, failures=0, chance=0.5, delays=GUIDE):
    return DeliveryPolicy(delays, lambda: chance).judge(answer, failures, NOW)


@given(st.integers(200, 299), st.integers(0, 9))
def test_any_2xx_is_delivered_however_late(status, failures):
    assert judge(Answer(status, ""), failures) == Delivered()


@given(st.integers(0, 9))
def test_410_stops_for_good_at_any_attempt(failures):
    assert judge(Answer(410, ""), failures) == Stop()


@given(statuses.filter(lambda s: s != 410 and not (s and 200 <= s < 300)), chances)
def test_every_other_outcome_is_tried_six_times_and_then_buried(status, chance):
    verdicts = [judge(Answer(status, ""), failures, chance) for failures in range(6)]
    assert all(isinstance(verdict, Retry) for verdict in verdicts[:5])
    assert verdicts[5] == Undeliverable()


@given(st.integers(0, 4), chances)
def test_waits_are_the_guides_give_or_take_a_fifth(failures, chance):
    verdict = judge(Answer(500, ""), failures, chance)
    assert isinstance(verdict, Retry)
    seconds = verdict.delay.total_seconds()
    assert 0.8 * GUIDE[failures] - 1e-5 <= seconds <= 1.2 * GUIDE[failures] + 1e-5


@pytest.mark.parametrize("failures", range(5))
def test_waits_differ_between_callbacks_at_every_step(failures):
    early, late = (judge(Answer(None, ""), failures, chance) for chance in (0.0, 1.0))
    assert isinstance(early, Retry)
    assert isinstance(late, Retry)
    assert late.delay == 1.5 * early.delay


@given(st.sampled_from([429, 503]), st.integers(0, 240), st.integers(0, 4), chances)
def test_a_receiver_that_asks_for_time_is_never_called_earlier(status, asked, failures, chance):
    verdict = judge(Answer(status, "", str(asked)), failures, chance)
    assert isinstance(verdict, Retry)
    assert timedelta(seconds=asked) <= verdict.delay <= FIVE_MINUTES


def test_retry_after_of_other_statuses_is_not_a_request_for_time():
    verdict = judge(Answer(500, "", "200"))
    assert isinstance(verdict, Retry)
    assert verdict.delay < timedelta(seconds=2)


def test_a_date_is_a_wait_from_now():
    date = format_datetime(NOW + timedelta(seconds=90), usegmt=True)
    assert asked_wait(date, NOW) == timedelta(seconds=90)


def test_a_date_that_is_past_asks_for_nothing():
    date = format_datetime(NOW - timedelta(hours=1), usegmt=True)
    assert asked_wait(date, NOW) == timedelta(0)


@pytest.mark.parametrize("text", ["9" * 400, "86400", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_no_receiver_is_waited_for_longer_than_four_minutes(text):
    assert asked_wait(text, NOW) == timedelta(minutes=4)


@pytest.mark.parametrize("text", [None, "", "soon", "-5", "1.5", "٣", "Mon, 99 Foo 2026 25:61:61"])
def test_what_makes_no_sense_asks_for_nothing(text):
    assert asked_wait(text, NOW) == timedelta(0)


@given(st.text(max_size=60))
def test_no_header_breaks_the_reader(text):
    assert timedelta(0) <= asked_wait(text, NOW) <= timedelta(minutes=4)
