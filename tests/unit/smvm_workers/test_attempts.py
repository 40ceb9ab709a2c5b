import pytest

from smvm_common.errors import InvalidInputError, StoreUnavailableError
from smvm_workers.attempts import Again, GiveUp, Leave, judge


@pytest.mark.parametrize(("tries", "seconds"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16)])
def test_what_may_pass_is_tried_on_the_guides_schedule(tries, seconds):
    verdict = judge(StoreUnavailableError(), tries)
    assert isinstance(verdict, Again)
    assert 0.8 * seconds <= verdict.delay.total_seconds() <= 1.2 * seconds


def test_an_outage_that_lasts_is_left_to_the_reconciler():
    assert judge(StoreUnavailableError(), 6) == Leave()


def test_a_bug_is_tried_twice_and_then_fails_the_run_with_its_reason():
    assert isinstance(judge(ZeroDivisionError("x"), 1), Again)
    assert judge(ZeroDivisionError("division by zero"), 2) == GiveUp(
        "ZeroDivisionError: division by zero"
    )


def test_an_own_error_that_no_retry_mends_gives_up():
    assert isinstance(judge(InvalidInputError("bad"), 2), GiveUp)
