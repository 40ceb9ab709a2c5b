"""The callback side of a worker as production composes it, with threads in the broker's place."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Lock, Timer
from typing import Self

from redis import Redis

from smvm_common.clock import SystemClock
from smvm_common.dead_letters import DeadLetter, DeadLetterBox, DeadLetterFilter
from smvm_common.identifiers import DEFAULT_TENANT, RunKey
from smvm_common.outbox import DeliveryState
from smvm_common.run import transitions
from smvm_common.run.announcer import Announcer
from smvm_common.run.record import Run
from smvm_common.run.repository import RunRepository
from smvm_common.settings import CallbackSettings, Settings, TenantSettings
from smvm_common.store.base import ObjectStore
from smvm_common.store.memory import MemoryStore
from smvm_workers.callbacks.factory import build_callbacks
from support.runs import T0, new_run

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
API_KEY = "receiver-key"
TENANTS = {
    DEFAULT_TENANT: TenantSettings(API_KEY, SECRET),
    "acme": TenantSettings("acme-key", SECRET),
}


def callback_settings(
    *allowed_hosts: str, timeout: float = 0.5, retries: int = 5, **callbacks: object
) -> Settings:
    """Production's settings with small times."""
    settings = Settings(tenants=TENANTS)
    fast = {
        "connect_timeout_seconds": 0.3,
        "retry_delays_seconds": (0.02,) * 5,
        # high enough not to come between a test and its receiver
        "breaker_failures": 1000,
        **callbacks,
    }
    receiver = replace(
        settings.integration.tractionbuild, timeout_seconds=timeout, retry_attempts=retries
    )
    return replace(
        settings,
        integration=replace(settings.integration, tractionbuild=receiver),
        callbacks=replace(CallbackSettings(allowed_hosts=allowed_hosts), **fast),
    )


class ThreadedSender:
    """A TaskSender whose workers are threads; ``delays`` are the countdowns it was asked for."""

    def __init__(self, workers: int) -> None:
        self.delays: list[float] = []
        self.outcomes: list[Future[None]] = []
        self.deliver: Callable[[RunKey], None] | None = None
        self._pool = ThreadPoolExecutor(workers)
        self._timers: list[Timer] = []
        self._lock = Lock()

    def run_next_stage(
        self, key: RunKey, stage: str, round_number: int, correlation_id: str
    ) -> None:
        """Stages are nobody's business here."""

    def deliver_callbacks(
        self, key: RunKey, correlation_id: str, delay: timedelta = timedelta(0)
    ) -> None:
        with self._lock:
            self.delays.append(delay.total_seconds())
            timer = Timer(delay.total_seconds(), self._submit, (key,))
            timer.daemon = True
            self._timers.append(timer)
        timer.start()

    def replay_dead_letter(self, letter_id: str) -> None:
        raise AssertionError("nothing here asks for a replay by message")

    def _submit(self, key: RunKey) -> None:
        with self._lock:
            if self.deliver is not None:
                self.outcomes.append(self._pool.submit(self.deliver, key))

    def close(self) -> None:
        """End the workers; raises what a delivery raised."""
        with self._lock:
            self.deliver = None
            for timer in self._timers:
                timer.cancel()
        self._pool.shutdown(cancel_futures=True)
        for outcome in self.outcomes:
            if not outcome.cancelled():
                outcome.result()


class CallbackWorkers:
    """Workers over one store and one Redis. A context manager."""

    def __init__(
        self,
        settings: Settings,
        redis_url: str,
        store: ObjectStore | None = None,
        workers: int = 4,
        *,
        announce: bool = True,
    ) -> None:
        self.redis = Redis.from_url(redis_url, socket_timeout=2, socket_connect_timeout=1)
        self.store = store or MemoryStore()
        self.sender = ThreadedSender(workers)
        clock = SystemClock()
        self.repository = RunRepository(self.store, clock)
        self.letters = DeadLetterBox(self.store)
        self.dispatcher, self.replayer = build_callbacks(
            settings, self.repository, self.letters, self.redis, self.sender, clock
        )
        self.sender.deliver = self.dispatcher.dispatch
        if announce:
            self.repository.subscribe(Announcer(self.sender, async_callbacks=True))

    def start_run(self, callback_url: str, number: int = 1, tenant: str = DEFAULT_TENANT) -> RunKey:
        """Accept a run; ``number`` tells it from others."""
        suffix = f"{T0:%Y%m%d-%H%M%S}-{number:08x}"
        key = RunKey(tenant, "PROJ-2024-001", f"RUN-{suffix}", f"VAL-{suffix}-001")
        self.repository.index.claim_pointer(key)
        self.repository.create(new_run(key=key, callback_url=callback_url), {"idea": {}})
        return key

    def notify(self, key: RunKey, times: int = 1) -> None:
        """Append update callbacks to the run, one transition each."""
        for _ in range(times):
            self.repository.update(key, _updated)

    def notify_at_once(self, key: RunKey, times: int) -> None:
        """Append several in one transition."""

        def several(run: Run, now: object) -> Run:
            for _ in range(times):
                run = _updated(run, now)
            return run

        self.repository.update(key, several)

    def state(self, key: RunKey) -> DeliveryState:
        return self.dispatcher.outbox.state(key)

    def settled(self, key: RunKey) -> bool:
        return not self.dispatcher.outbox.has_undelivered(self.repository.load(key))

    def dead(self) -> list[DeadLetter]:
        return list(self.letters.list(DeadLetterFilter()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sender.close()
        self.redis.close()


def _updated(run: Run, now: object) -> Run:
    return transitions.notify_update(run, now, "stage.gate.completed")  # type: ignore[arg-type]


def eventually(condition: Callable[[], bool], within: float = 30.0) -> None:
    """Wait for a condition; fails when it has not come true after ``within`` seconds."""
    ends = time.monotonic() + within
    while not condition():
        assert time.monotonic() < ends, f"not within {within} s"
        time.sleep(0.01)
