from types import SimpleNamespace

import fakeredis

from smvm_common.metrics import DEAD_LETTERS, MOVING_RUNS, QUEUE_DEPTH
from smvm_workers.gauges import Gauges
from smvm_workers.providers.metrics import BUDGET_USED


def value(gauge):
    return gauge.collect()[0].samples[0].value


def test_what_was_counted_is_shown():
    redis = fakeredis.FakeRedis()
    redis.lpush("analysis", "a", "b")
    letters = SimpleNamespace(count=lambda: 3)
    budget = SimpleNamespace(month=lambda: SimpleNamespace(share=0.25))
    Gauges(redis, letters, budget).refresh(moving=7)
    assert (value(MOVING_RUNS), value(DEAD_LETTERS), value(BUDGET_USED)) == (7, 3, 0.25)
    assert value(QUEUE_DEPTH.labels("analysis")) == 2
    assert value(QUEUE_DEPTH.labels("rapid")) == 0
