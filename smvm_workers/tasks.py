"""The Celery tasks: thin shells that find the services and call them with identifiers."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from celery import Celery, Task
from celery.exceptions import SoftTimeLimitExceeded

from smvm_common.identifiers import RunKey
from smvm_common.tasks import (
    CHECKPOINT_AUDIT,
    CLEAN,
    DELIVER_CALLBACKS,
    FIRE_MILESTONES,
    FORGET_ANSWERS,
    RECONCILE,
    REPLAY_DEAD_LETTER,
    SHARE_PREFIX,
    STAGE_PREFIX,
    Share,
)
from smvm_workers.attempts import Again, GiveUp, judge
from smvm_workers.pipeline import STAGES
from smvm_workers.services import WorkerServices, worker_services
from smvm_workers.stages.base import Stage

_LOG = structlog.get_logger(__name__)

_KILL_AFTER = timedelta(seconds=10)
"""From the soft limit, which a stage may act on, to the hard one, which ends its process."""


class SmvmTask(Task):
    """The base of every task: log context from the identifiers, services of the process."""

    abstract = True
    ignore_result = True
    acks_late = True

    @property
    def services(self) -> WorkerServices:
        return worker_services()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        named = ("correlation_id", "tenant", "validation_id")
        context = {name: kwargs[name] for name in named if name in kwargs}
        with structlog.contextvars.bound_contextvars(task=self.name, **context):
            return super().__call__(*args, **kwargs)


class StageTask(SmvmTask):
    """One stage of one run. What goes wrong is judged here, and nowhere else."""

    abstract = True
    max_retries = None
    stage: str

    def run(
        self,
        tenant: str,
        project_id: str,
        run_id: str,
        validation_id: str,
        round_number: int,
        correlation_id: str,
    ) -> None:
        key = RunKey(tenant, project_id, run_id, validation_id)
        self._attempt(key, round_number, self.stage, self.services.runner.run)

    def _attempt(
        self, key: RunKey, round_number: int, counted: str, work: Callable[[RunKey, str, int], None]
    ) -> None:
        """Do the work unless its worker died too often; ``counted`` names it to the counter."""
        try:
            if self.services.starts.exhausted(key, counted, round_number):
                reason = "the worker died each time"
                self.services.runner.fail(key, self.stage, round_number, reason)
                return
            work(key, self.stage, round_number)
        except SoftTimeLimitExceeded:
            _LOG.warning("stage_timed_out", stage=self.stage)
            reason = f"longer than {self.soft_time_limit:g} s"
            self.services.runner.time_out(key, self.stage, round_number, reason)
        except Exception as error:  # noqa: BLE001 (whatever a stage raises ends in a verdict)
            self._judge(key, round_number, error)
        finally:
            self.services.starts.clear(key, counted, round_number)

    def _judge(self, key: RunKey, round_number: int, error: Exception) -> None:
        verdict = judge(error, self.request.retries + 1)
        _LOG.warning("stage_error", stage=self.stage, verdict=type(verdict).__name__, exc_info=True)
        if isinstance(verdict, Again):
            raise self.retry(exc=error, countdown=verdict.delay.total_seconds())
        if isinstance(verdict, GiveUp):
            self.services.runner.fail(key, self.stage, round_number, verdict.reason)


class ShareTask(StageTask):
    """A share of the parts of one stage of one run."""

    abstract = True

    def run(  # type: ignore[override]  # tasks are called by keywords, each by its own
        self,
        tenant: str,
        project_id: str,
        run_id: str,
        validation_id: str,
        round_number: int,
        correlation_id: str,
        wave: list[str],
        number: int,
        of: int,
    ) -> None:
        key = RunKey(tenant, project_id, run_id, validation_id)
        share = Share(tuple(wave), number, of)
        work = partial(self.services.runner.run_share, share=share)
        self._attempt(key, round_number, f"{self.stage}:{wave[0]}:{number}", work)


def register_tasks(app: Celery) -> None:
    """Register one task per stage and one for its parts, the dispatcher, and those that beat ticks."""
    for stage in STAGES:
        app.register_task(_stage_task(stage, StageTask, STAGE_PREFIX))
        if stage.sharing is not None:
            app.register_task(_stage_task(stage, ShareTask, SHARE_PREFIX))
    app.task(name=DELIVER_CALLBACKS, base=SmvmTask, bind=True)(_deliver_callbacks)
    app.task(name=REPLAY_DEAD_LETTER, base=SmvmTask, bind=True)(_replay_dead_letter)
    app.task(name=FIRE_MILESTONES, base=SmvmTask, bind=True)(_fire_milestones)
    app.task(name=RECONCILE, base=SmvmTask, bind=True)(_reconcile)
    app.task(name=CHECKPOINT_AUDIT, base=SmvmTask, bind=True)(_checkpoint_audit)
    app.task(name=CLEAN, base=SmvmTask, bind=True)(_clean)
    app.task(name=FORGET_ANSWERS, base=SmvmTask, bind=True)(_forget_answers)


def _stage_task(stage: Stage, base: type[StageTask], prefix: str) -> StageTask:
    attributes = {
        "name": prefix + stage.name,
        "stage": stage.name,
        "soft_time_limit": stage.time_limit.total_seconds(),
        "time_limit": (stage.time_limit + _KILL_AFTER).total_seconds(),
    }
    task: StageTask = type(f"{stage.name}_task", (base,), attributes)()
    return task


def _deliver_callbacks(
    self: SmvmTask,
    tenant: str,
    project_id: str,
    run_id: str,
    validation_id: str,
    correlation_id: str,
) -> None:
    self.services.dispatcher.dispatch(RunKey(tenant, project_id, run_id, validation_id))


def _replay_dead_letter(self: SmvmTask, letter_id: str) -> None:
    self.services.replayer.replay(letter_id)


def _fire_milestones(self: SmvmTask) -> None:
    with self.services.single("milestones") as first:
        if first:
            self.services.milestones.fire_due()


def _reconcile(self: SmvmTask) -> None:
    with self.services.single("reconcile") as first:
        if first:
            moving = self.services.reconciler.reconcile()
            self.services.gauges.refresh(moving)


def _forget_answers(self: SmvmTask) -> None:
    with self.services.single("forget_answers") as first:
        if first:
            self.services.answers.forget_expired()


def _checkpoint_audit(self: SmvmTask) -> None:
    with self.services.single("checkpoint_audit") as first:
        if first:
            self.services.checkpoints.take(self.services.clock.now())


def _clean(self: SmvmTask) -> None:
    with self.services.single("clean") as first:
        if first:
            self.services.retention.clean()
