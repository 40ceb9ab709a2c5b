"""The composition root of a worker process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache

from redis import Redis, RedisError

from smvm_common.audit.checkpoints import Checkpoints
from smvm_common.celery_sender import CelerySender, create_producer
from smvm_common.clock import Clock, SystemClock
from smvm_common.dead_letters import DeadLetterBox
from smvm_common.handover import build_handover
from smvm_common.metrics import observe_change
from smvm_common.redis_client import connect
from smvm_common.retention.cleaner import RetentionCleaner
from smvm_common.run.announcer import Announcer
from smvm_common.run.repository import RunRepository
from smvm_common.settings import Settings
from smvm_common.settings_loader import load_settings
from smvm_common.status_cache import StatusCache
from smvm_common.store.base import ObjectStore
from smvm_common.store.factory import build_store
from smvm_common.tasks import TaskSender
from smvm_workers.callbacks.dispatcher import CallbackDispatcher
from smvm_workers.callbacks.factory import build_callbacks
from smvm_workers.callbacks.replayer import Replayer
from smvm_workers.documents import DocumentShelf
from smvm_workers.gauges import Gauges
from smvm_workers.milestones import MilestoneKeeper
from smvm_workers.parts import PartShelf, WorkSharing
from smvm_workers.pipeline import BY_NAME
from smvm_workers.providers.cache import AnswerCache
from smvm_workers.providers.factory import build_budget, build_providers
from smvm_workers.reconciler import Reconciler
from smvm_workers.rules import rules_of
from smvm_workers.runner import StageRunner
from smvm_workers.starts import StartCounter
from smvm_workers.waiting import WaitingStages

_REDIS_SECONDS = 5.0
_REDIS_CONNECT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class WorkerServices:
    """What tasks and operator commands work with."""

    settings: Settings
    clock: Clock
    store: ObjectStore
    redis: Redis
    sender: TaskSender
    repository: RunRepository
    runner: StageRunner
    dispatcher: CallbackDispatcher
    dead_letters: DeadLetterBox
    replayer: Replayer
    milestones: MilestoneKeeper
    reconciler: Reconciler
    starts: StartCounter
    gauges: Gauges
    answers: AnswerCache
    checkpoints: Checkpoints
    retention: RetentionCleaner

    @contextmanager
    def single(self, name: str) -> Iterator[bool]:
        """Hold a name among all processes; yields False where another holds it. Only saves work:
        what it guards does no harm when done twice, as happens with Redis down."""
        lock = self.redis.lock(f"smvm:single:{name}", timeout=60, blocking=False)
        try:
            held = lock.acquire()
        except RedisError:
            yield True
            return
        try:
            yield held
        finally:
            # one that took longer than the lock lasts no longer holds it
            with suppress(RedisError):
                if held:
                    lock.release()


def build_services(settings: Settings) -> WorkerServices:
    """Compose the services; nothing connects until it is used."""
    clock = SystemClock()
    store = build_store(settings.store)
    redis = connect(settings.redis.url, _REDIS_SECONDS, _REDIS_CONNECT_SECONDS)
    sender = CelerySender(create_producer(settings.redis))
    repository = RunRepository(store, clock)
    announcer = Announcer(sender, async_callbacks=settings.features.async_callbacks)
    handover = build_handover(settings.redis, store, clock)
    # the next stage is handed on last, when what it will look for is there
    for observer in (StatusCache(redis).forget, handover.keep, observe_change, announcer):
        repository.subscribe(observer)
    dead_letters = DeadLetterBox(store)
    dispatcher, replayer = build_callbacks(settings, repository, dead_letters, redis, sender, clock)
    return WorkerServices(
        settings=settings,
        clock=clock,
        store=store,
        redis=redis,
        sender=sender,
        repository=repository,
        runner=StageRunner(
            repository,
            handover,
            DocumentShelf(store, handover),
            BY_NAME,
            build_providers(settings.providers, store, clock, redis),
            rules_of(settings.decision),
            WorkSharing(PartShelf(store), sender, settings.simulation.shards),
            settings.simulation,
        ),
        dispatcher=dispatcher,
        dead_letters=dead_letters,
        replayer=replayer,
        milestones=MilestoneKeeper(repository, clock),
        reconciler=Reconciler(
            repository,
            announcer,
            dispatcher.outbox,
            WaitingStages(redis),
            settings.scheduler,
            settings.timeline,
            clock,
        ),
        starts=StartCounter(redis),
        gauges=Gauges(redis, dead_letters, build_budget(settings.providers, store, clock), clock),
        retention=RetentionCleaner(repository, dead_letters, clock),
        checkpoints=Checkpoints(repository, settings.auth.keys_directory),
        answers=AnswerCache(store, clock, settings.providers.openai_compatible.cache_days),
    )


@cache
def worker_services() -> WorkerServices:
    """The services of this process, from its environment."""
    return build_services(load_settings(os.environ))
