from datetime import timedelta
from threading import Event

import pytest

from smvm_common.errors import NotFoundError, StoreUnavailableError
from smvm_common.patience import Patience

LONG, SHORT = timedelta(seconds=30), timedelta(milliseconds=20)


def test_what_a_call_returns_or_raises_comes_through():
    def fail():
        raise NotFoundError("nothing")

    assert Patience().bound(lambda: 5, LONG) == 5
    with pytest.raises(NotFoundError, match="nothing"):
        Patience().bound(fail, LONG)


def test_a_call_that_hangs_is_left_behind():
    over = Event()
    with pytest.raises(StoreUnavailableError):
        Patience().bound(over.wait, SHORT)
    over.set()
