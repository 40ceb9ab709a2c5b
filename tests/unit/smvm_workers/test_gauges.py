from datetime import timedelta
from types import SimpleNamespace

import fakeredis

from smvm_common.clock import ManualClock
from smvm_common.metrics import DEAD_LETTERS, MOVING_RUNS, QUEUE_DEPTH
from smvm_workers.gauges import Gauges
from smvm_workers.providers.metrics import BUDGET_USED
from support.runs import T0

BUDGET = SimpleNamespace(month=lambda: SimpleNamespace(share=0.25))


def value(gauge):
    return gauge.collect()[0].samples[0].value


def test_what_was_counted_is_shown():
    redis = fakeredis.FakeRedis()
    redis.lpush("analysis", "a", "b")
    letters = SimpleNamespace(count=lambda: 3)
    Gauges(redis, letters, BUDGET, ManualClock(T0)).refresh(moving=7)
    assert (value(MOVING_RUNS), value(DEAD_LETTERS), value(BUDGET_USED)) == (7, 3, 0.25)
    assert value(QUEUE_DEPTH.labels("analysis")) == 2
    assert value(QUEUE_DEPTH.labels("rapid")) == 0


def test_dead_letters_are_counted_once_a_minute():
    clock, counts = ManualClock(T0), iter([3, 4])
    letters = SimpleNamespace(count=lambda: next(counts))
    gauges = Gauges(fakeredis.FakeRedis(), letters, BUDGET, clock)
    shown = []
    for seconds in (0, 30, 30):
        clock.advance(timedelta(seconds=seconds))
        gauges.refresh(moving=0)
        shown.append(value(DEAD_LETTERS))
    assert shown == [3, 3, 4]
