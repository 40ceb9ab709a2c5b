"""Finds what was done to the audit trail: within each chain, and against the signed checkpoints."""

from collections.abc import Iterator
from dataclasses import dataclass

from smvm_common.audit.chain import Head, Tampering, tampering_in
from smvm_common.audit.checkpoints import Checkpoint, Checkpoints, chain_name
from smvm_common.errors import IntegrityError, NotFoundError
from smvm_common.identifiers import RunKey
from smvm_common.run.record import Event
from smvm_common.run.repository import RunRepository


@dataclass
class Tally:
    """How much was verified."""

    runs: int = 0
    events: int = 0
    checkpoints: int = 0


class AuditVerification:
    """Reads every run and every checkpoint, one at a time; ``tally`` counts them. ``removed`` names the
    runs whose records were deleted because their time was over, by validation id."""

    def __init__(
        self,
        repository: RunRepository,
        checkpoints: Checkpoints,
        removed: frozenset[str] = frozenset(),
    ) -> None:
        self._repository = repository
        self._checkpoints = checkpoints
        self._removed = removed
        self.tally = Tally()

    def everything(self) -> Iterator[Tampering]:
        """Yield all that is wrong."""
        seen: dict[str, list[tuple[str, Head]]] = {}
        for checkpoint in self._checkpoints.read():
            self.tally.checkpoints += 1
            if checkpoint.problem is not None:
                yield Tampering(f"checkpoint {checkpoint.day}", None, checkpoint.problem)
            _note(seen, checkpoint)
        for key in self._repository.index.all():
            yield from self.run(key, seen.pop(chain_name(key), []))
        for name, heads in seen.items():
            if any(head.count for _, head in heads) and name.split("/")[1] not in self._removed:
                yield Tampering(name, None, f"the run was removed after {heads[-1][0]}")

    def run(self, key: RunKey, heads: list[tuple[str, Head]]) -> Iterator[Tampering]:
        """Yield what is wrong with one run, given where checkpoints saw it."""
        try:
            events = self._repository.load(key).events
        except IntegrityError as error:
            yield Tampering(key.validation_id, None, error.detail)
            return
        except NotFoundError:
            if any(head.count for _, head in heads):
                yield Tampering(key.validation_id, None, "its record was removed")
            return
        self.tally.runs += 1
        self.tally.events += len(events)
        yield from tampering_in(events, key.validation_id)
        yield from _against(key.validation_id, events, heads)


def _note(seen: dict[str, list[tuple[str, Head]]], checkpoint: Checkpoint) -> None:
    for name, head in checkpoint.heads.items():
        seen.setdefault(name, []).append((checkpoint.day, head))


def _against(
    validation_id: str, events: tuple[Event, ...], heads: list[tuple[str, Head]]
) -> Iterator[Tampering]:
    for day, head in heads:
        if len(events) < head.count:
            what = f"it was removed: there were {head.count} events at the checkpoint of {day}"
            yield Tampering(validation_id, len(events) + 1, what)
        elif head.count and events[head.count - 1].digest != head.digest:
            what = f"the trail up to it is not that of the checkpoint of {day}"
            yield Tampering(validation_id, head.count, what)
