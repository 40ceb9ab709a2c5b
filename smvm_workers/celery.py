"""The Celery application: ``celery -A smvm_workers`` finds ``app`` here.

The settings are read when ``app`` is first asked for, never at import.
"""

import os
from functools import cache
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_before_create_process
from kombu import Queue

from smvm_common.celery_sender import create_producer, transport_options
from smvm_common.logging import configure_logging
from smvm_common.settings import Settings
from smvm_common.settings_loader import load_settings
from smvm_common.tasks import (
    CHECKPOINT_AUDIT,
    CLEAN,
    FIRE_MILESTONES,
    FORGET_ANSWERS,
    QUEUES,
    RECONCILE,
    SCHEDULE_QUEUE,
)
from smvm_workers.broker import use_lasting_transport
from smvm_workers.providers.factory import check_providers
from smvm_workers.tasks import register_tasks
from smvm_workers.warm_up import warm_up

_FORGET_EVERY = 3600.0
"""Seconds; answers of language models are kept for days."""
_CLEAN_EVERY = 3600.0
"""Seconds; retention counts in days."""
_CHECKPOINT_TICK = 600.0
"""Seconds; after the first of a day a tick costs one listing."""


def create_celery(settings: Settings) -> Celery:
    """Compose the application: configuration, tasks, the beat schedule, logging."""
    use_lasting_transport()
    app = create_producer(settings.redis)
    app.conf.update(
        task_queues=[Queue(name) for name in QUEUES],
        task_default_queue=SCHEDULE_QUEUE,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        broker_transport_options={
            # unlike who only sends, who consumes waits for a broker that is down
            **transport_options(settings.redis),
            # in the order of -Q: what the gate waits for goes before what nobody waits for
            "queue_order_strategy": "priority",
        },
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        beat_schedule=_schedule(settings),
        # what is due stands in the store, so beat keeps its ticks in memory and needs no file
        beat_scheduler="celery.beat:Scheduler",
        timezone="UTC",
    )
    register_tasks(app)
    return app


def _schedule(settings: Settings) -> dict[str, dict[str, Any]]:
    ticks = {
        FIRE_MILESTONES: settings.scheduler.milestone_tick_seconds,
        RECONCILE: settings.scheduler.reconcile_tick_seconds,
        FORGET_ANSWERS: _FORGET_EVERY,
        # the first tick of a day takes the day's checkpoint, wherever beat was started
        CHECKPOINT_AUDIT: _CHECKPOINT_TICK,
        CLEAN: _CLEAN_EVERY,
    }
    return {
        name: {
            "task": name,
            "schedule": seconds,
            # a tick that waited longer than its period has nothing to add to the next
            "options": {"queue": SCHEDULE_QUEUE, "expires": max(seconds, 1.0)},
        }
        for name, seconds in ticks.items()
    }


@cache
def _application() -> Celery:
    settings = load_settings(os.environ)
    check_providers(settings.providers)

    @setup_logging.connect(weak=False)
    def _configure(**_: object) -> None:
        configure_logging(settings.logging, settings.features)

    return create_celery(settings)


@worker_before_create_process.connect
def _warm_up(**_: object) -> None:
    """Warm the engine in the parent of the processes that run stages: once for all of them, those
    that later take a dead one's place included, and each shares its memory."""
    warm_up()


def __getattr__(name: str) -> Celery:
    if name == "app":
        return _application()
    raise AttributeError(name)
