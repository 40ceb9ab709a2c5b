"""Everything goes wrong at once, for minutes: a hundred runs, and none is lost or done twice.

``SMVM_CHAOS_SEED`` and ``SMVM_CHAOS_MINUTES`` choose another storm; the same seed gives the same faults
in the same order.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Thread

import pytest

from smvm_common.client import ClientError, Idea
from smvm_common.clock import SystemClock
from smvm_common.errors import SmvmError
from smvm_common.identifiers import DEFAULT_TENANT, validation_id_for
from smvm_common.outbox import Outbox
from smvm_common.run import transitions
from smvm_common.run.progress import MOVING
from smvm_common.run.record import Run, RunStatus
from smvm_common.run.repository import RunRepository
from smvm_common.settings import Settings
from smvm_common.store.factory import build_store
from support.analysis import PERPETUAL_MOTION
from support.callbacks import eventually
from support.faults import Site, site_of, storm, strike
from support.stack import IDEA, RunningStack
from support.tally import Tally
from support.undisturbed import FEW_AGENTS

SEED = int(os.environ.get("SMVM_CHAOS_SEED", "20260302"))
SECONDS = 60 * float(os.environ.get("SMVM_CHAOS_MINUTES", "5"))

pytestmark = [pytest.mark.slow, pytest.mark.timeout(SECONDS + 1500)]

RUNS = 100
REJECTED = {number for number in range(RUNS) if number % 3 == 1}
"""Runs whose idea the gate turns down, which ends them."""
WALKED = set(range(0, RUNS, 6))
"""Runs that go on to T32, by one jump of their clock."""
COMPARED = 10
"""Runs held byte for byte against undisturbed ones; each costs two seconds or more."""
SUBMITTED_WITHIN = 0.7
"""Of the storm: the last runs are to have some of it too."""
PATIENCE = 600
"""Seconds for what is still on its way when the storm is over, on a machine that does other things."""


@dataclass
class Sender(Thread):
    """TractionBuild: submits until each run is accepted, and advances the clock of some."""

    stack: RunningStack
    repository: RunRepository
    accepted: list[str] = field(default_factory=list)
    repeated: int = 0
    walked: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self._client = self.stack.client("storm")

    __hash__ = Thread.__hash__

    def run(self) -> None:
        began = time.monotonic()
        for number in range(RUNS):
            due = began + SECONDS * SUBMITTED_WITHIN * number / RUNS
            while time.monotonic() < due:
                self._flush()
                self._walk()
                time.sleep(0.2)
            self._submit(number)
        while len(self.accepted) < RUNS or self.walked != WALKED:
            time.sleep(0.2)
            self._flush()
            self._walk()

    def _submit(self, number: int) -> None:
        idea = Idea(**PERPETUAL_MOTION) if number in REJECTED else IDEA
        submission = self.stack.submission(number, idea=idea, run_id=run_id(number))
        accepted = self._client.submit(submission)
        if not accepted.queued:
            self.accepted.append(accepted.validation_id)

    def _flush(self) -> None:
        with suppress(ClientError):
            flushed = self._client.flush()
            self.repeated += len(flushed)
            self.accepted += [one.validation_id for one in flushed]

    def _walk(self) -> None:
        """Advance straight in the record, so that an answer that is lost cannot advance it twice."""
        for number in WALKED - self.walked:
            # not accepted yet, or the store is away: another time
            with suppress(SmvmError):
                run = self.repository.find(DEFAULT_TENANT, validation_id_for(run_id(number)))
                if run.status is RunStatus.AWAITING_COMPLETION:
                    self.repository.update(run.key, _jump)
                if run.clock_offset:
                    self.walked.add(number)


def run_id(number: int) -> str:
    return f"RUN-20260302-143052-{number:08x}"


def must_be(number: int) -> RunStatus:
    """Where the run must end."""
    if number in REJECTED:
        return RunStatus.COMPLETED
    return RunStatus.FINALIZED if number in WALKED else RunStatus.AWAITING_COMPLETION


def _jump(run: Run, now: datetime) -> Run:
    if run.clock_offset:
        return run
    return transitions.advance_clock(run, now, timedelta(days=32), "tests")


def stormy(settings: Settings) -> Settings:
    return replace(
        settings,
        # a hundred runs are to fit into the storm
        simulation=FEW_AGENTS,
        # the gate's deadline has tests of its own; here nothing may be left out
        timeline=replace(settings.timeline, gate_seconds=3600.0),
        scheduler=replace(
            settings.scheduler,
            milestone_tick_seconds=2.0,
            reconcile_tick_seconds=3.0,
            stalled_after_seconds=15.0,
        ),
    )


@pytest.fixture
def site(tmp_path) -> Iterator[Site]:
    # two beats, all the time
    with site_of(tmp_path, stormy) as site, site.stack.another("beat", "beat-2"):
        yield site


def test_a_hundred_runs_in_a_storm(site: Site, capsys: pytest.CaptureFixture[str]):
    stack = site.stack
    direct = replace(stack.settings.store, endpoint_url=stack.s3.settings.endpoint_url)
    repository = RunRepository(build_store(direct), SystemClock())
    sender = Sender(stack, repository)
    struck: Counter[str] = Counter()
    sender.start()
    began = time.monotonic()
    dice = random.Random(SEED)
    for faults in storm(dice):
        if time.monotonic() - began > SECONDS:
            break
        lasts, pause = dice.uniform(1, 5), dice.uniform(2, 6)
        strike(site, faults, lambda lasts=lasts: time.sleep(lasts))
        struck.update(fault.name for fault in faults)
        time.sleep(pause)
    eventually(lambda: not sender.is_alive(), within=PATIENCE)
    eventually(lambda: _settled(repository), within=PATIENCE)
    assert len(sender.accepted) == RUNS
    expected = {validation_id_for(run_id(number)): must_be(number) for number in range(RUNS)}
    tally = Tally(repository, stack.receiver, expected).take()
    tally.compare(dice.sample(sorted(expected), COMPARED))
    with capsys.disabled():
        print(_table(tally, struck, sender, time.monotonic() - began))
    assert (tally.lost, tally.duplicated, tally.twice) == ([], [], [])
    assert (tally.finished, stack.receiver.refused) == (RUNS, 0)


def _settled(repository: RunRepository) -> bool:
    """Whether no run moves, no milestone is due, and every callback was delivered."""
    time.sleep(1)
    now = SystemClock().now()
    if any(True for _ in repository.index.due(now)):
        return False
    outbox = Outbox(repository.store)
    for key in repository.index.moving():
        run = repository.load(key)
        if run.status in MOVING or outbox.has_undelivered(run):
            return False
    return True


def _table(tally: Tally, struck: Counter[str], sender: Sender, seconds: float) -> str:
    rows = [
        *((f"  {name}", count) for name, count in sorted(struck.items())),
        ("runs accepted", len(tally.expected)),
        ("  of them sent again", sender.repeated),
        ("  of them to T32", len(sender.walked)),
        ("finished", tally.finished),
        ("same bytes as undisturbed", f"{COMPARED} looked at"),
        ("lost", len(tally.lost)),
        ("duplicated", len(tally.duplicated)),
        ("callbacks", tally.callbacks),
        ("duplicates told by webhook-id", tally.receiver.duplicates),
        ("milestones fired twice", len(tally.twice)),
    ]
    head = f"\nseed {SEED}, {seconds:.0f} s, faults: {struck.total()}"
    return "\n".join([head, *(f"{name:32} {value:>12}" for name, value in rows)])
