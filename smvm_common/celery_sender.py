"""Sends tasks by name through Celery's producer."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import structlog
from celery import Celery, group
from kombu.exceptions import OperationalError

from smvm_common.errors import UnavailableError
from smvm_common.identifiers import RunKey
from smvm_common.run.stages import RAPID_STAGES
from smvm_common.settings import RedisSettings
from smvm_common.tasks import (
    ANALYSIS_QUEUE,
    CALLBACK_QUEUE,
    DELIVER_CALLBACKS,
    RAPID_QUEUE,
    REPLAY_DEAD_LETTER,
    SHARE_PREFIX,
    STAGE_PREFIX,
    Share,
)

_LOG = structlog.get_logger(__name__)
_BROKER_PATIENCE = 2.0
"""Seconds to wait for a broker that is down: an API answer waits for it, the reconciler does not."""


def create_producer(settings: RedisSettings) -> Celery:
    """A Celery application that only sends; it connects at the first message."""
    app = Celery("smvm", broker=settings.url, set_as_current=False)
    app.conf.update(
        task_ignore_result=True,
        broker_connection_timeout=_BROKER_PATIENCE,
        # a caller has another way, and does not wait for a second try
        broker_transport_options={**transport_options(settings), "max_retries": 0},
    )
    return app


def transport_options(settings: RedisSettings) -> dict[str, Any]:
    """How kombu uses Redis, for senders and consumers alike."""
    return {
        "visibility_timeout": settings.visibility_timeout_seconds,
        "socket_connect_timeout": _BROKER_PATIENCE,
        "socket_timeout": _BROKER_PATIENCE,
    }


class CelerySender:
    """A :class:`~smvm_common.tasks.TaskSender` over a Celery application."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def run_next_stage(
        self, key: RunKey, stage: str, round_number: int, correlation_id: str
    ) -> None:
        queue = RAPID_QUEUE if stage in RAPID_STAGES else ANALYSIS_QUEUE
        arguments = {**key.to_message(), "round_number": round_number}
        self._send(STAGE_PREFIX + stage, {**arguments, "correlation_id": correlation_id}, queue)

    def run_shares(
        self,
        key: RunKey,
        stage: str,
        round_number: int,
        correlation_id: str,
        shares: Sequence[Share],
    ) -> None:
        arguments = {**key.to_message(), "round_number": round_number}
        arguments["correlation_id"] = correlation_id
        tasks = [
            self._app.signature(SHARE_PREFIX + stage, kwargs={**arguments, **asdict(share)})
            for share in shares
        ]
        with _broker_that_answers():
            group(tasks, app=self._app).apply_async(
                queue=ANALYSIS_QUEUE, retry=False, ignore_result=True
            )
        _LOG.debug("shares_sent", stage=stage, shares=len(shares))

    def deliver_callbacks(
        self, key: RunKey, correlation_id: str, delay: timedelta = timedelta(0)
    ) -> None:
        arguments = {**key.to_message(), "correlation_id": correlation_id}
        self._send(DELIVER_CALLBACKS, arguments, CALLBACK_QUEUE, delay)

    def replay_dead_letter(self, letter_id: str) -> None:
        self._send(REPLAY_DEAD_LETTER, {"letter_id": letter_id}, CALLBACK_QUEUE)

    def _send(
        self,
        name: str,
        arguments: dict[str, Any],
        queue: str,
        delay: timedelta = timedelta(0),
    ) -> None:
        with _broker_that_answers():
            self._app.send_task(
                name,
                kwargs=arguments,
                queue=queue,
                countdown=delay.total_seconds() or None,
                retry=False,
                ignore_result=True,
                # else they are rendered for each message, for logs that name what they need themselves
                argsrepr="",
                kwargsrepr="",
            )
        _LOG.debug("task_sent", task=name, queue=queue, delay_seconds=delay.total_seconds())


@contextmanager
def _broker_that_answers() -> Iterator[None]:
    """Raise ``UnavailableError`` where it does not."""
    try:
        yield
    except (OperationalError, ConnectionError, TimeoutError) as error:
        raise UnavailableError("the message broker does not answer") from error
