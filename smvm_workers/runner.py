"""Does one stage of one run: find the record, read documents, compute, write, move the state on."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Protocol

import structlog

from smvm_common.clock import rfc3339
from smvm_common.errors import PreconditionFailedError
from smvm_common.identifiers import RunKey
from smvm_common.metrics import STAGE_DURATION, STAGES
from smvm_common.privacy.shredding import shred
from smvm_common.run import transitions
from smvm_common.run.progress import next_stage
from smvm_common.run.record import DocumentInfo, Run, StageStatus
from smvm_common.run.repository import Change, RunRepository, StoredRun
from smvm_common.run.stages import RAPID_STAGES
from smvm_common.settings import SimulationSettings
from smvm_common.tasks import Share
from smvm_workers.documents import DocumentShelf, seed_of
from smvm_workers.parts import WorkSharing
from smvm_workers.providers.base import Provider, Providers
from smvm_workers.stages.base import Document, Rules, Stage, StageInput, StageOutput

_LOG = structlog.get_logger(__name__)


class Records(Protocol):
    """Records as workers hand them to each other."""

    def record(self, key: RunKey) -> StoredRun | None:
        """The record as it was written last, as far as is known; None where nothing is."""
        ...


class StageRunner:
    """Runs stages. Doing one twice, or at once in two places, writes the same bytes and moves the
    record once."""

    def __init__(
        self,
        repository: RunRepository,
        handover: Records,
        shelf: DocumentShelf,
        stages: Mapping[str, Stage],
        providers: Providers,
        rules: Rules,
        sharing: WorkSharing,
        simulation: SimulationSettings,
    ) -> None:
        self._repository = repository
        self._handover = handover
        self._shelf = shelf
        self._stages = stages
        self._providers = providers
        self._rules = rules
        self._sharing = sharing
        self._simulation = simulation

    def run(self, key: RunKey, name: str, round_number: int) -> None:
        """Do the stage unless it is done, or hand out the parts that it is still to be made of; raises
        what the stage or the store raises."""
        seen = self._find(key, name, round_number)
        if not _is_next(seen.run, name, round_number):
            # a message that came twice; should its hand-off be lost, the reconciler repeats it
            self._leave(seen.run, name, round_number)
            return
        stage = self._stages[name]
        provider = self._providers.open(seen.run, stage.time_limit)
        given = self._input(seen.run, stage, provider)
        if self._sharing.hand_out(seen.run, stage, given):
            return
        with STAGE_DURATION.labels(name).time():
            output = stage.run(given)
        output = replace(output, alerts=output.alerts + provider.alerts())
        documents = self._write(seen.run, name, output.documents)
        if documents is None:
            self._leave(self._repository.load(key), name, round_number)
            return

        def done(latest: Run, now: datetime) -> Run:
            if not _is_next(latest, name, round_number):
                return latest
            return transitions.complete_stage(latest, now, name, documents, **_facts(output))

        change = self._repository.update(key, done, seen)
        _count(change, name, "completed")
        self._keep_erased(change.after)
        _LOG.info("stage_completed", stage=name, round=round_number)
        _LOG.debug("documents_written", sizes={n: info.size for n, info in documents.items()})
        self._sharing.clear(seen.run, stage, given)

    def _find(self, key: RunKey, name: str, round_number: int) -> StoredRun:
        """The record as the stage before left it, or, where the stage is not next in that, as stored.

        The former may have changed since, by a cancellation say. Then the work is for nothing: the swap
        at its end fails, as it does where the change comes while the stage is at work.
        """
        left = self._handover.record(key)
        if left is not None and _is_next(left.run, name, round_number):
            return left
        return self._repository.read(key)

    def _write(
        self, run: Run, name: str, documents: Mapping[str, Document | bytes]
    ) -> dict[str, DocumentInfo] | None:
        """Write over the versions that the record lists. Over others, of a worker that died before it
        could move the record or does the same stage, only where the stage is still next, else None: who
        is late must not overwrite what a newer round wrote."""
        listed = {n: run.documents[n].etag for n in documents if n in run.documents}
        try:
            return self._shelf.write(run, documents, listed)
        except PreconditionFailedError:
            found = self._shelf.versions(run.key, documents)
            # read after the versions, so that whatever is newer than this look differs from them
            if not _is_next(self._repository.load(run.key), name, run.round):
                return None
            return self._shelf.write(run, documents, found)

    def _leave(self, run: Run, name: str, round_number: int) -> None:
        _LOG.info("stage_already_done", stage=name, round=round_number)
        self._keep_erased(run)

    def _keep_erased(self, run: Run) -> None:
        """Delete what a stage wrote that was at work while its run was erased."""
        if run.erased_at is not None:
            shred(self._repository.store, run.key, rfc3339(run.erased_at))

    def run_share(self, key: RunKey, name: str, round_number: int, share: Share) -> None:
        """Compute a share of the stage's parts; who completes the wave hands the stage on again."""
        run = self._repository.load(key)
        if not _is_next(run, name, round_number):
            return
        stage = self._stages[name]
        given = self._input(run, stage, self._providers.open(run, stage.time_limit))
        self._sharing.do(run, stage, given, share)

    def time_out(self, key: RunKey, name: str, round_number: int, reason: str) -> None:
        """Leave a rapid stage out, or fail the run where the stage cannot be done without."""

        def leave_out(latest: Run, now: datetime) -> Run:
            if not _is_next(latest, name, round_number):
                return latest
            if name in RAPID_STAGES and name != "gate":
                return transitions.time_out_stage(latest, now, name, reason)
            return transitions.fail(latest, now, name, reason)

        _count(self._repository.update(key, leave_out), name, "timed_out")

    def fail(self, key: RunKey, name: str, round_number: int, reason: str) -> None:
        """Give the stage up for good: the run fails, keeps what it has, and asks for a person."""

        def give_up(latest: Run, now: datetime) -> Run:
            if not _is_next(latest, name, round_number):
                return latest
            return transitions.fail(latest, now, name, reason)

        _count(self._repository.update(key, give_up), name, "failed")

    def _input(self, run: Run, stage: Stage, provider: Provider) -> StageInput:
        names = [name for name in stage.reads if name in run.documents]
        missed = tuple(n for n, s in run.stages.items() if s.status is StageStatus.TIMED_OUT)
        given = StageInput(
            run_id=run.key.run_id,
            validation_id=run.key.validation_id,
            project_id=run.key.project_id,
            seed=seed_of(run.key.run_id),
            round=run.round,
            created_at=run.round_started_at,
            documents=self._shelf.read(run, names),
            observations=self._shelf.read_evidence(run),
            missing=missed,
            provider=provider,
            rules=self._rules,
            simulation=self._simulation,
        )
        return replace(given, parts=self._sharing.at_hand(run, stage, given))


def _count(change: Change, name: str, outcome: str) -> None:
    """Count what this process moved, not what another had moved before it."""
    if change.after is not change.before:
        STAGES.labels(name, outcome).inc()


def _is_next(run: Run, name: str, round_number: int) -> bool:
    return run.round == round_number and next_stage(run) == name


def _facts(output: StageOutput) -> dict[str, Any]:
    return {
        "summary": output.summary,
        "warnings": output.warnings,
        "alerts": [asdict(alert) for alert in output.alerts],
    }
