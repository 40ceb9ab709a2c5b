"""The same runs where nothing goes wrong: their stages one after the other, in a process apart."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from smvm_common.clock import ManualClock
from smvm_common.run import transitions
from smvm_common.run.progress import next_stage
from smvm_common.run.record import Run
from smvm_common.run.repository import RunRepository
from smvm_common.run.serialization import from_bytes, to_bytes
from smvm_common.settings import DecisionSettings, ProvidersSettings, SimulationSettings
from smvm_common.store.base import ObjectStore
from smvm_common.store.memory import MemoryStore
from smvm_workers.documents import DocumentShelf
from smvm_workers.parts import PartShelf, WorkSharing
from smvm_workers.pipeline import BY_NAME
from smvm_workers.providers.factory import check_providers
from smvm_workers.rules import rules_of
from smvm_workers.runner import StageRunner
from support.handover import NothingKept
from support.runs import new_run

_IDEA = "idea.input.json"


class NobodySender:
    """There is nobody to share work with."""


FEW_AGENTS = SimulationSettings(agents=1000)
"""A tenth of production's: what is tested here is not what they decide."""


def local_runner(repository: RunRepository) -> StageRunner:
    """Production's stages over the repository's store, with the default settings but few agents."""
    return StageRunner(
        repository,
        NothingKept(),
        DocumentShelf(repository.store, NothingKept()),
        BY_NAME,
        check_providers(ProvidersSettings()),
        rules_of(DecisionSettings()),
        WorkSharing(PartShelf(repository.store), NobodySender(), workers=1),
        FEW_AGENTS,
    )


def undisturbed(found: Sequence[tuple[Run, bytes]]) -> list[Run]:
    """The records that the runs would have: accepted at the same time, each round begun at the same
    time, and nothing else in common. With each run comes the body of its ``idea.input.json``.

    Typst starts threads: a process that has used it may not be forked, which other tests do to this.
    """
    with TemporaryDirectory() as name:
        folders = [Path(name) / str(number) for number in range(len(found))]
        for folder, (run, idea) in zip(folders, found, strict=True):
            folder.mkdir()
            (folder / "run").write_bytes(to_bytes(run))
            (folder / "idea").write_bytes(idea)
        subprocess.run(
            [sys.executable, "-m", "support.undisturbed", *folders],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return [from_bytes((folder / "undisturbed").read_bytes()) for folder in folders]


def altered(runs: Sequence[Run], store: ObjectStore) -> list[Run]:
    """Those whose documents are not, byte for byte, the undisturbed run's, in record and store, or
    whose states and verdicts are others."""
    others = undisturbed([(run, store.get(run.key.document(_IDEA)).body) for run in runs])
    return [run for run, other in zip(runs, others, strict=True) if not _same(run, other, store)]


def _same(run: Run, other: Run, store: ObjectStore) -> bool:
    return (
        run.documents == other.documents
        and all(_stored(run, name, store) == info.sha256 for name, info in other.documents.items())
        and [s.status for s in run.stages.values()] == [s.status for s in other.stages.values()]
        and (run.gate, run.decision, run.warnings) == (other.gate, other.decision, other.warnings)
    )


def _stored(run: Run, name: str, store: ObjectStore) -> str:
    return hashlib.sha256(store.get(run.key.document(name)).body).hexdigest()


def _analyse(repository: RunRepository, runner: StageRunner, run: Run) -> None:
    while (stage := next_stage(latest := repository.load(run.key))) is not None:
        runner.run(run.key, stage, latest.round)


def _second_round(one: Run, like: Run) -> Run:
    started = transitions.start_round(one, one.updated_at + timedelta(days=30), "T0+30 days")
    return replace(started, round_started_at=like.round_started_at)


def _main(folder: Path) -> None:
    run = from_bytes((folder / "run").read_bytes())
    store = MemoryStore()
    repository = RunRepository(store, ManualClock(run.accepted_at))
    fresh = replace(new_run(run.accepted_at, run.key), request_digest=run.request_digest)
    repository.create(fresh, json.loads((folder / "idea").read_bytes()))
    runner = local_runner(repository)
    _analyse(repository, runner, fresh)
    if run.round == 2:
        repository.update(run.key, lambda one, now: _second_round(one, run))
        _analyse(repository, runner, fresh)
    (folder / "undisturbed").write_bytes(to_bytes(repository.load(run.key)))


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        _main(Path(argument))
