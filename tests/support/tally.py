"""What became of each run after faults: nothing lost, nothing done twice."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from smvm_common.dead_letters import DeadLetterBox, DeadLetterFilter
from smvm_common.identifiers import DEFAULT_TENANT
from smvm_common.receiver import CallbackReceiver
from smvm_common.run.record import Run, RunStatus
from smvm_common.run.repository import RunRepository
from smvm_common.run.stages import STAGE_NAMES
from support.undisturbed import altered

_ONCE = ("run.accepted", "round.started", "run.finalized")


@dataclass
class Tally:
    """Counts, and a sentence for each thing that is not as it must be."""

    repository: RunRepository
    receiver: CallbackReceiver
    expected: dict[str, RunStatus]
    """By validation id: where each run that got a 201 must be."""
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    callbacks: int = 0
    finished: int = 0

    def take(self) -> "Tally":
        """Look at every run."""
        known = list(self.repository.index.validations(DEFAULT_TENANT))
        self.lost += [f"{v} does not exist" for v in set(self.expected) - set(known)]
        self.duplicated += [f"{v} is nobody's" for v in set(known) - set(self.expected)]
        for validation_id in set(known) & set(self.expected):
            self._look_at(self.repository.find(DEFAULT_TENANT, validation_id))
        box = DeadLetterBox(self.repository.store)
        self.lost += [f"{x.id} is dead: {x.reason}" for x in box.list(DeadLetterFilter())]
        return self

    def compare(self, validation_ids: Iterable[str]) -> None:
        """Hold these runs, byte for byte, against the same runs undisturbed."""
        runs = [self.repository.find(DEFAULT_TENANT, name) for name in validation_ids]
        for run in altered(runs, self.repository.store):
            name = run.key.validation_id
            self.lost.append(f"{name} has not the artefacts of an undisturbed run")

    def _look_at(self, run: Run) -> None:
        name = run.key.validation_id
        rests = run.status is self.expected[name]
        self.finished += rests
        if not rests:
            self.lost.append(f"{name} is {run.status}: {run.manual_review}")
        counts = Counter(event.name for event in run.events)
        self.twice += [f"{name}: {event}" for event in _ONCE if counts[event] > 1]
        self.duplicated += [f"{name}: {x}" for x in _stages_done_too_often(counts, run)]
        self._compare_callbacks(run)

    def _compare_callbacks(self, run: Run) -> None:
        told = [e.callback_sequence for e in run.events if e.callback]
        heard = [c.sequence for c in self.receiver.of(run.key.validation_id)]
        self.callbacks += len(heard)
        if heard != told:
            # a webhook-id of its own would show as a callback too many
            where = self.duplicated if len(heard) > len(told) else self.lost
            where.append(f"{run.key.validation_id}: told {told}, heard {heard}")


def _stages_done_too_often(counts: Counter[str], run: Run) -> Sequence[str]:
    done = {name: counts[f"stage.{name}.completed"] for name in STAGE_NAMES}
    return [f"{name} {number} times" for name, number in done.items() if number > run.round]
