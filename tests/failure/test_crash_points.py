"""``kill -9`` between any two writes to the store: of a POST, of each stage, of each milestone.

A process dies just before its first write, another before its second, and so on, each over a copy of
the same store; then what recovers in production recovers, and the artefacts are those of a run that
nothing happened to. What a worker does between two writes leaves no trace, so these points are all.
"""

import shutil
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from smvm_common.clock import ManualClock
from smvm_common.errors import PreconditionFailedError
from smvm_common.outbox import Outbox
from smvm_common.run import transitions
from smvm_common.run.announcer import Announcer
from smvm_common.run.progress import next_stage
from smvm_common.run.record import Run, RunStatus
from smvm_common.run.repository import RunRepository
from smvm_common.run.stages import STAGE_NAMES
from smvm_common.settings import SchedulerSettings, TimelineSettings
from smvm_common.store.base import ObjectStore
from smvm_common.store.directory import DirectoryStore
from smvm_workers.milestones import MilestoneKeeper
from smvm_workers.reconciler import Reconciler
from support.analysis import FINANCE_IDEA
from support.api import RecordingSender
from support.dying import dies
from support.runs import KEY, T0, new_run
from support.undisturbed import local_runner

pytestmark = pytest.mark.slow

STALLED = timedelta(seconds=31)
"""After so long the reconciler hands a run on again."""


class NothingQueued:
    """The broker lost every message with the process."""

    def runs(self) -> frozenset[tuple[str, str]]:
        return frozenset()


@pytest.fixture(scope="module")
def before(tmp_path_factory) -> dict[str, Path]:
    """A store as each stage finds it, by the stage; under ``rest`` as the first round leaves it."""
    root = tmp_path_factory.mktemp("before")
    path, found = root / "now", {}
    store = DirectoryStore(path)
    accept(store)
    repository = RunRepository(store, ManualClock(T0))
    for stage in STAGE_NAMES:
        found[stage] = Path(shutil.copytree(path, root / stage))
        if stage == "report":
            do(store, stage)
        else:
            # here, so that the processes forked from this one find the kernels compiled
            local_runner(repository).run(KEY, stage, 1)
    return {**found, "rest": path}


def do(store: ObjectStore, stage: str) -> None:
    """Do a stage in a process of its own. Typst starts threads, which a process forked after them
    would wait for in vain; workers, too, use it in the forked processes alone."""
    assert not dies(lambda same: stage_of(same, stage), store, 1000)


def stage_of(store: ObjectStore, stage: str) -> None:
    local_runner(RunRepository(store, ManualClock(T0))).run(KEY, stage, 1)


@pytest.fixture(scope="module")
def whole(before) -> Run:
    """The run that nothing happened to."""
    return RunRepository(DirectoryStore(before["rest"]), ManualClock(T0)).load(KEY)


def accept(store: ObjectStore) -> None:
    repository = RunRepository(store, ManualClock(T0))
    assert repository.index.claim_pointer(KEY) == KEY
    repository.create(new_run(), {"idea": FINANCE_IDEA})


def points(
    work: Callable[[ObjectStore], object], start: Path, directory: Path
) -> "list[DirectoryStore]":
    """The store as a process leaves it that died before its first write, its second, and so on."""
    left = []
    for writes in count():
        copy = directory / str(writes)
        shutil.copytree(start, copy)
        store = DirectoryStore(copy)
        if not dies(work, store, writes):
            assert writes > 0
            return left
        left.append(store)
    raise AssertionError


def test_a_post_that_died_is_sent_again_and_is_one_run(tmp_path):
    (tmp_path / "empty").mkdir()
    for store in points(accept, tmp_path / "empty", tmp_path):
        accept(store)
        repository = RunRepository(store, ManualClock(T0))
        assert repository.find(KEY.tenant, KEY.validation_id).status is RunStatus.ACCEPTED
        assert list(repository.index.moving()) == list(repository.index.all()) == [KEY]
        with pytest.raises(PreconditionFailedError):
            accept(store)


@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_a_stage_that_died_is_done_whole_and_once(before, whole, tmp_path, stage):
    last = stage == STAGE_NAMES[-1]
    found = points(lambda store: stage_of(store, stage), before[stage], tmp_path)
    assert len(found) >= (2 if stage != "gate" else 1)
    for store in found:
        run = recovered(store, None if last else STAGE_NAMES[STAGE_NAMES.index(stage) + 1])
        names = [event.name for event in run.events if event.name.startswith("stage.")]
        assert names == [f"stage.{n}.completed" for n in STAGE_NAMES[: len(names)]]
        assert names[-1] == f"stage.{stage}.completed"
        assert run.documents == {n: whole.documents[n] for n in run.documents}
        for name in run.documents:
            key = KEY.document(name)
            assert store.get(key).body == DirectoryStore(before["rest"]).get(key).body
        assert run.status == (RunStatus.AWAITING_COMPLETION if last else RunStatus.RUNNING)


def recovered(store: ObjectStore, until: str | None) -> Run:
    """Do what the reconciler hands on, until the run's next stage is ``until``."""
    clock, sender = ManualClock(T0 + STALLED), RecordingSender()
    repository = RunRepository(store, clock)
    reconciler = Reconciler(
        repository,
        Announcer(sender, async_callbacks=False),
        Outbox(store, enabled=False),
        NothingQueued(),
        SchedulerSettings(),
        TimelineSettings(),
        clock,
    )
    reconciler.reconcile()
    handed_on = [(KEY.validation_id, next_stage(repository.load(KEY)))]
    assert sender.stages == (handed_on if handed_on[0][1] else [])
    for _, stage in sender.stages:
        if stage != until:
            do(store, stage)
    run = repository.load(KEY)
    assert next_stage(run) == until
    return run


def test_a_milestone_that_died_fires_once(before, tmp_path):
    late = ManualClock(T0 + timedelta(days=30, minutes=1))

    def work(store: ObjectStore) -> None:
        assert MilestoneKeeper(RunRepository(store, late), late).fire_due() == 1

    for store in points(work, before["rest"], tmp_path):
        keeper = MilestoneKeeper(RunRepository(store, late), late)
        for _ in range(2):
            keeper.fire_due()
        repository = RunRepository(store, late)
        run = repository.load(KEY)
        assert Counter(event.name for event in run.events)["round.started"] == 1
        assert (run.round, next_stage(run)) == (2, "market_simulation")
        assert list(repository.index.moving()) == [KEY]


def test_the_final_decision_that_died_is_taken_once(before, tmp_path):
    clock = ManualClock(T0 + timedelta(days=31))
    completed = Path(shutil.copytree(before["rest"], tmp_path / "completed"))
    RunRepository(DirectoryStore(completed), clock).update(
        KEY, lambda run, now: transitions.complete(run, now, "tests", None)
    )
    late = ManualClock(T0 + timedelta(days=32, minutes=1))

    def work(store: ObjectStore) -> None:
        assert MilestoneKeeper(RunRepository(store, late), late).fire_due() == 1

    for store in points(work, completed, tmp_path):
        keeper = MilestoneKeeper(RunRepository(store, late), late)
        for _ in range(2):
            keeper.fire_due()
        run = RunRepository(store, late).load(KEY)
        assert Counter(event.name for event in run.events)["run.finalized"] == 1
        assert run.status is RunStatus.FINALIZED
