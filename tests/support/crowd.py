"""Very many runs in one store, made by the real repository, and what looking after them costs."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from smvm_common.clock import ManualClock
from smvm_common.dead_letters import DeadLetterBox
from smvm_common.identifiers import RunKey, validation_id_for
from smvm_common.retention.cleaner import RetentionCleaner
from smvm_common.run.record import Run
from smvm_common.run.repository import RunRepository
from smvm_common.settings import SchedulerSettings, TimelineSettings
from smvm_common.store.base import ObjectStore
from smvm_workers.milestones import MilestoneKeeper
from smvm_workers.reconciler import Reconciler
from support.runs import KEY, T0, complete_through, new_run, proceed


class CountingStore:
    """Passes every operation on and counts it, and of listings the keys that were taken."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.counted: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        self.counted[name] += 1
        return getattr(self._store, name)

    def list(self, prefix: str, start_after: str = "", limit: int | None = None) -> Iterator[str]:
        self.counted["list"] += 1
        for key in self._store.list(prefix, start_after, limit):
            self.counted["keys listed"] += 1
            yield key

    def take(self) -> Counter[str]:
        """What was counted since the last time."""
        counted, self.counted = self.counted, Counter()
        return counted


class NobodyListens:
    """An announcer, an outbox and queues for runs of which nothing is sent."""

    def hand_on(self, run: Run) -> None:
        """The queue loses it."""

    def wake_dispatcher(self, run: Run) -> None:
        """No callback is left."""

    def has_undelivered(self, run: Run) -> bool:
        return False

    def runs(self) -> frozenset[tuple[str, str]]:
        return frozenset()


class Crowd:
    """Runs accepted from T0 on, and those that look after them."""

    def __init__(self, store: ObjectStore) -> None:
        self.store = CountingStore(store)
        self.clock = ManualClock(T0)
        self.repository = RunRepository(self.store, self.clock)
        self.keeper = MilestoneKeeper(self.repository, self.clock)
        self.cleaner = RetentionCleaner(self.repository, DeadLetterBox(self.store), self.clock)
        nobody = NobodyListens()
        self.reconciler = Reconciler(
            self.repository,
            nobody,
            nobody,
            nobody,
            SchedulerSettings(),
            TimelineSettings(),
            self.clock,
        )
        self.keys: list[RunKey] = []

    def accept(self, number: int, apart: timedelta = timedelta(seconds=1)) -> None:
        """So many more runs, each so long after the last; they move."""
        for _ in range(number):
            key = _key(len(self.keys))
            self.keys.append(key)
            self.cleaner.schedule.begin(key, self.clock.now())
            self.repository.index.claim_pointer(key)
            self.repository.create(new_run(self.clock.now(), key), {"idea": {}})
            self.clock.advance(apart)

    def analyse(self) -> None:
        """All come to rest until T0+30 days, and leave the index of what moves."""
        for key in self.keys:
            self.repository.update(
                key, lambda run, _: complete_through(run, "report", gate=proceed())
            )
        self.clock.advance(timedelta(minutes=5))
        self.reconciler.reconcile()

    def go_to(self, moment: datetime) -> None:
        self.clock.advance(moment - self.clock.now())


def _key(number: int) -> RunKey:
    run_id = f"RUN-20260302-143052-{number:08x}"
    return RunKey(KEY.tenant, "PROJ-CROWD", run_id, validation_id_for(run_id))
