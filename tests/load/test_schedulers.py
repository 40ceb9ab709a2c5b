"""What looks after runs costs what is due or moving, and no more where a hundred times as many rest.

Operations of the store are counted, not seconds; ``tests/benchmarks/schedulers.py`` has these.
"""

from collections import Counter
from datetime import timedelta
from math import ceil

import pytest

from smvm_common.audit.checkpoints import Checkpoints
from smvm_common.retention.classes import RETENTION_DAYS
from smvm_common.run import transitions
from smvm_common.store.memory import MemoryStore
from smvm_common.tokens.keys import create_key
from support.crowd import Crowd
from support.runs import T0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SIZES = (100, 1_000, 10_000)
FEW = 10
PAGE = 1000
"""Keys that one request of a listing brings from S3."""


@pytest.fixture(scope="module")
def resting() -> dict[int, Crowd]:
    crowds = {size: Crowd(MemoryStore()) for size in SIZES}
    for size, crowd in crowds.items():
        crowd.accept(size)
        crowd.analyse()
    return crowds


def test_a_milestone_tick_costs_what_is_due(resting):
    costs = []
    for crowd in resting.values():
        crowd.go_to(T0 + timedelta(days=30, seconds=FEW - 1))
        crowd.store.take()
        assert crowd.keeper.fire_due() == FEW
        costs.append(crowd.store.take())
    assert costs[0] == costs[1] == costs[2]
    assert costs[0]["keys listed"] == FEW + 1


def test_a_checkpoint_costs_what_moved_since_the_last(resting, tmp_path):
    create_key(tmp_path)
    costs = []
    for crowd in resting.values():
        checkpoints = Checkpoints(crowd.repository, tmp_path)
        settle(crowd)
        assert checkpoints.take(crowd.clock.now())
        crowd.clock.advance(timedelta(days=1))
        for key in crowd.keys[-FEW:]:
            crowd.repository.update(key, lambda r, now: transitions.cancel(r, now, "x", None))
        settle(crowd)
        crowd.store.take()
        assert checkpoints.take(crowd.clock.now())
        costs.append(crowd.store.take())
        assert not checkpoints.take(crowd.clock.now())
        assert crowd.store.take() == Counter({"list": 1, "keys listed": 1})
    assert costs[0] == costs[1] == costs[2]


def test_cleaning_costs_what_is_over(resting):
    costs = []
    for crowd in resting.values():
        crowd.go_to(T0 + timedelta(days=RETENTION_DAYS["working"]))
        over = sum(1 for _ in crowd.cleaner.schedule.due(crowd.clock.now()))
        crowd.store.take()
        assert len(crowd.cleaner.clean()) == over
        cost = crowd.store.take()
        costs.append(sum(cost.values()) / over)
        crowd.store.take()
        assert crowd.cleaner.clean() == []
        assert sum(crowd.store.take().values()) <= 4
    assert max(costs) < 1.2 * min(costs)


def test_a_tick_of_the_reconciler_costs_what_is_new_or_stands_still():
    costs = []
    for size in SIZES:
        crowd = Crowd(MemoryStore())
        crowd.accept(size, apart=timedelta(0))
        crowd.reconciler.reconcile()
        crowd.accept(FEW, apart=timedelta(0))
        crowd.store.take()
        assert crowd.reconciler.reconcile() == size + FEW
        cost = crowd.store.take()
        assert ceil(cost.pop("keys listed") / PAGE) == ceil((size + FEW) / PAGE)
        costs.append(cost)
    assert costs[0] == costs[1] == costs[2]


def settle(crowd: Crowd) -> None:
    crowd.clock.advance(timedelta(minutes=5))
    crowd.reconciler.reconcile()
