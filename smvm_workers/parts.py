"""Shares the work of one stage between workers: parts are computed anywhere and kept in the store.

Nothing waits. The stage hands out what is missing and ends; who writes the last part hands the stage
on, and so does the reconciler where that was lost. A part lies under the digest of all that it
follows from, so doing one twice, late, or after a change of the input does no harm.
"""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress

from smvm_common.errors import ObjectNotFoundError
from smvm_common.run.record import Run
from smvm_common.store.base import ObjectStore
from smvm_common.tasks import Share, TaskSender
from smvm_workers.engine import VERSION as ENGINE_VERSION
from smvm_workers.stages.base import Stage, StageInput


class PartShelf:
    """The parts of a run's stages in a store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def read(self, run: Run, stage: Stage, given: StageInput) -> dict[str, bytes]:
        """The parts at hand that belong to exactly this input."""
        folder = _folder(run, stage, given)
        found = {}
        for key in list(self._store.list(folder)):
            # another worker may have concluded the stage meanwhile and dropped its parts
            with suppress(ObjectNotFoundError):
                found[key.removeprefix(folder)] = self._store.get(key).body
        return found

    def names(self, run: Run, stage: Stage, given: StageInput) -> set[str]:
        """The names of the parts at hand."""
        folder = _folder(run, stage, given)
        return {key.removeprefix(folder) for key in self._store.list(folder)}

    def write(self, run: Run, stage: Stage, given: StageInput, name: str, body: bytes) -> None:
        """Keep a part durably."""
        key = _folder(run, stage, given) + name
        self._store.put(key, body, "application/octet-stream")

    def clear(self, run: Run, stage: Stage, given: StageInput) -> None:
        """Drop the parts: what they were for is written."""
        for key in list(self._store.list(_folder(run, stage, given))):
            self._store.delete(key)


def _folder(run: Run, stage: Stage, given: StageInput) -> str:
    """Named by what the parts follow from: documents read, evidence, seed, sizes and engine."""
    named = {name: run.documents[name].sha256 for name in stage.reads if name in run.documents}
    used = [e.sha256 for e in run.evidence if 0 < e.round <= run.round]
    sizes = [given.seed, given.simulation.agents]
    text = json.dumps([ENGINE_VERSION, named, used, sizes], sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    return f"{run.key.working_prefix}parts/{stage.name}/{digest}/"


class WorkSharing:
    """Hands out a stage's parts to ``workers`` tasks at a time; with one, nothing is shared."""

    def __init__(self, shelf: PartShelf, sender: TaskSender, workers: int) -> None:
        self._shelf = shelf
        self._sender = sender
        self._workers = workers

    def at_hand(self, run: Run, stage: Stage, given: StageInput) -> Mapping[str, bytes]:
        """The parts that the stage need not compute again."""
        if stage.sharing is None or self._workers == 1:
            return {}
        return self._shelf.read(run, stage, given)

    def hand_out(self, run: Run, stage: Stage, given: StageInput) -> bool:
        """Have the missing parts computed; False where none are, and the stage may go on."""
        if stage.sharing is None or self._workers == 1:
            return False
        wave = stage.sharing.outstanding(given)
        if wave:
            shares = [Share(wave, i, self._workers) for i in range(min(self._workers, len(wave)))]
            self._sender.run_shares(run.key, stage.name, run.round, run.correlation_id, shares)
        return bool(wave)

    def do(self, run: Run, stage: Stage, given: StageInput, share: Share) -> None:
        """Compute what is missing of a share; where its whole wave is there then, hand the stage on."""
        if stage.sharing is None:
            return
        there = self._shelf.names(run, stage, given)
        missing = [name for name in share.own if name not in there]
        for name, body in stage.sharing.compute(given, missing):
            self._shelf.write(run, stage, given, name, body)
        if set(share.wave) <= self._shelf.names(run, stage, given):
            self._sender.run_next_stage(run.key, stage.name, run.round, run.correlation_id)

    def clear(self, run: Run, stage: Stage, given: StageInput) -> None:
        """The stage is done: its parts have served."""
        if stage.sharing is not None and self._workers > 1:
            self._shelf.clear(run, stage, given)
