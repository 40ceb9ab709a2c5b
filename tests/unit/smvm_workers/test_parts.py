from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from smvm_common.identifiers import RunKey
from smvm_common.run.record import DocumentInfo, Run
from smvm_common.store.memory import MemoryStore
from smvm_common.tasks import Share
from smvm_workers.parts import PartShelf, WorkSharing
from smvm_workers.stages.base import Sharing, Stage, StageInput, StageOutput
from support.runs import KEY, T0, new_run

READ = DocumentInfo("a" * 64, 1, "application/json")
RUN = replace(new_run(), documents={"market.output.json": READ})


@dataclass
class Sender:
    """Writes down what it was asked to have done."""

    shares: list[Share] = field(default_factory=list)
    handed_on: int = 0

    def run_next_stage(
        self, key: RunKey, stage: str, round_number: int, correlation_id: str
    ) -> None:
        assert (key, stage, round_number) == (KEY, "squares", 1)
        self.handed_on += 1

    def run_shares(
        self, key: RunKey, stage: str, round_number: int, correlation_id: str, shares: list[Share]
    ) -> None:
        assert (key, stage, round_number) == (KEY, "squares", 1)
        self.shares += shares


class Squares:
    """A stage of two waves: squares of 1 to 5, and of 6 and 7 once those are there."""

    def __init__(self) -> None:
        self.computed: list[str] = []
        self.stage = Stage(
            name="squares",
            title="Squares",
            reads=("market.output.json",),
            writes=("squares.json",),
            time_limit=timedelta(seconds=1),
            run=lambda given: StageOutput({"squares.json": dict(given.parts)}),
            sharing=Sharing(self.outstanding, self.compute),
        )

    def outstanding(self, given: StageInput) -> tuple[str, ...]:
        for wave in (("1", "2", "3", "4", "5"), ("6", "7")):
            if missing := tuple(name for name in wave if name not in given.parts):
                return missing
        return ()

    def compute(self, given: StageInput, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        for name in names:
            self.computed.append(name)
            yield name, str(int(name) ** 2).encode()


class World:
    def __init__(self, workers: int) -> None:
        self.store, self.sender, self.squares = MemoryStore(), Sender(), Squares()
        self.shelf = PartShelf(self.store)
        self.sharing = WorkSharing(self.shelf, self.sender, workers)  # type: ignore[arg-type]  # the one method it uses

    @property
    def stage(self) -> Stage:
        return self.squares.stage

    def given(self, run: Run = RUN) -> StageInput:
        bare = StageInput(KEY.run_id, KEY.validation_id, KEY.project_id, 7, 1, T0, {})
        return replace(bare, parts=self.sharing.at_hand(run, self.stage, bare))

    def do_all(self) -> list[int]:
        """Do what was handed out, and say after each share how often the stage was handed on."""
        shares, self.sender.shares, self.sender.handed_on = self.sender.shares, [], 0
        said = []
        for share in shares:
            self.sharing.do(RUN, self.stage, self.given(), share)
            said.append(self.sender.handed_on)
        return said


def test_one_worker_shares_nothing() -> None:
    world = World(workers=1)
    assert not world.sharing.hand_out(RUN, world.stage, world.given())
    assert world.sender.shares == []


@pytest.mark.parametrize("workers", [2, 3, 9])
def test_waves_are_handed_out_until_nothing_is_outstanding(workers: int) -> None:
    world = World(workers)
    assert world.sharing.hand_out(RUN, world.stage, world.given())
    assert len(world.sender.shares) == min(workers, 5)
    assert world.do_all() == [0] * (min(workers, 5) - 1) + [1]
    assert world.sharing.hand_out(RUN, world.stage, world.given())
    assert world.do_all()[-1] == 1
    assert not world.sharing.hand_out(RUN, world.stage, world.given())
    assert world.given().parts == {str(n): str(n * n).encode() for n in range(1, 8)}
    assert sorted(world.squares.computed) == [str(n) for n in range(1, 8)]


def test_a_share_that_comes_twice_is_computed_once_and_a_lost_one_is_handed_out_again() -> None:
    world = World(workers=2)
    world.sharing.hand_out(RUN, world.stage, world.given())
    first, _lost = world.sender.shares
    world.sender.shares = [first, first]
    assert world.do_all() == [0, 0]
    assert world.squares.computed == ["1", "5", "4"]
    assert world.sharing.hand_out(RUN, world.stage, world.given())
    assert [share.own for share in world.sender.shares] == [("2",), ("3",)]
    assert world.do_all() == [0, 1]


def test_what_was_done_before_the_worker_died_is_kept() -> None:
    world = World(workers=2)
    world.sharing.hand_out(RUN, world.stage, world.given())
    share = world.sender.shares[0]
    parts = world.squares.compute(world.given(), share.own)
    world.shelf.write(RUN, world.stage, world.given(), *next(parts))
    world.squares.computed.clear()
    world.sharing.do(RUN, world.stage, world.given(), share)
    assert world.squares.computed == ["5", "4"]


def test_parts_of_another_input_are_not_taken() -> None:
    world = World(workers=2)
    world.sharing.hand_out(RUN, world.stage, world.given())
    world.do_all()
    changed = replace(RUN, documents={"market.output.json": replace(READ, sha256="b" * 64)})
    assert world.given().parts
    assert not world.given(changed).parts


def test_parts_are_dropped_once_they_have_served() -> None:
    world = World(workers=2)
    world.sharing.hand_out(RUN, world.stage, world.given())
    world.do_all()
    world.sharing.clear(RUN, world.stage, world.given())
    assert list(world.store.list(KEY.working_prefix)) == []
