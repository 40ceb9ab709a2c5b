"""The real stack for tests: Redis, S3 or a directory, gunicorn, workers, couriers, beat, receiver.

Each process is its own, so that a test can kill one.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
from honcho.environ import parse_procfile

from smvm_common.client import CallbackVerifier, Idea, SmvmClient, State, Submission
from smvm_common.client.retries import Backoff
from smvm_common.clock import SystemClock
from smvm_common.command.state import StateDirectory
from smvm_common.embedded.ports import free_port
from smvm_common.embedded.process import ServerProcess
from smvm_common.embedded.redis import EmbeddedRedis
from smvm_common.embedded.s3 import EmbeddedS3
from smvm_common.identifiers import DEFAULT_TENANT
from smvm_common.receiver import CallbackReceiver
from smvm_common.settings import Settings, StoreSettings
from smvm_common.settings_loader import dump_settings
from smvm_common.store.base import ObjectStore
from smvm_common.store.factory import build_store
from smvm_common.tokens import SCOPES, TokenIssuer

IDEA = Idea(
    description="AI-powered personal finance management platform",
    domain="finance",
    urgency="high",
    submitter="john.doe@company.com",
    metadata={"target_customers": "millennials", "competitive_advantage": "AI-driven insights"},
)

ROOT = Path(__file__).parents[2]
AT_REST = ("awaiting_completion", "completed", "incomplete", "failed", "finalized", "cancelled")


@dataclass
class RunningStack:
    """What a test may look at, talk to and kill."""

    settings: Settings
    directory: Path
    port: int
    redis: EmbeddedRedis
    s3: EmbeddedS3 | None
    processes: dict[str, ServerProcess]
    receiver: CallbackReceiver

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def store(self) -> ObjectStore:
        return build_store(self.settings.store)

    def token(self, subject: str = "tests", scopes: tuple[str, ...] = SCOPES) -> str:
        issuer = TokenIssuer(self.settings.auth, SystemClock())
        return issuer.issue(subject, scopes, timedelta(hours=2))

    def client(self, subject: str = "tests") -> SmvmClient:
        return SmvmClient(
            self.url,
            self.token(subject),
            backoff=Backoff((0.2, 0.5, 1.0, 2.0, 4.0)),
            dead_letter_path=self.directory / f"{subject}.jsonl",
        )

    def submission(self, number: int = 0, **changes: Any) -> Submission:
        base = Submission(f"PROJ-{number:03d}", IDEA, self.receiver.url)
        return replace(base, **changes)

    def environment(self) -> dict[str, str]:
        return stack_environment(self.directory, self.port)

    def another(self, name: str, label: str) -> ServerProcess:
        """One more process of a kind that runs already, not started yet."""
        return _process(name, self.directory, self.environment(), self.port, label)

    def verifier(self) -> CallbackVerifier:
        """What a receiver of its own verifies with."""
        tenant = self.settings.tenants[DEFAULT_TENANT]
        return CallbackVerifier(tenant.webhook_secret, tenant.callback_api_key)

    def celery(self, *arguments: str) -> str:
        """Run ``celery -A smvm_workers`` as an operator does; what it printed."""
        command = [sys.executable, "-m", "celery", "-A", "smvm_workers", *arguments]
        done = subprocess.run(
            command,
            env={**os.environ, **self.environment()},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def log(self, name: str) -> str:
        return (self.directory / "logs" / f"{name}.log").read_text(errors="replace")


def at_rest(state: State) -> bool:
    """Whether nothing more happens to the run by itself at once."""
    return state.status in AT_REST


def stack_environment(directory: Path, port: int) -> dict[str, str]:
    metrics = directory / "metrics"
    metrics.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
        "SMVM_CONFIG": str(directory / "settings.yaml"),
        "SMVM_BIND": f"127.0.0.1:{port}",
        "SMVM_WORKER_PROCESSES": "2",
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "NUMBA_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def answers(port: int) -> Callable[[], bool]:
    def ready() -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=2).ok
        except requests.RequestException:
            return False

    return ready


@contextmanager
def running_stack(
    directory: Path,
    *,
    store: str = "directory",
    adjust: Callable[[Settings], Settings] = lambda settings: settings,
    names: tuple[str, ...] = ("web", "worker", "courier", "beat"),
    environment: Mapping[str, str] | None = None,
) -> Iterator[RunningStack]:
    """Start everything and wait until it answers; kills everything on leaving, as ending orderly takes
    some seconds a process and has tests of its own."""
    with ExitStack() as cleanup:
        redis = cleanup.enter_context(EmbeddedRedis(directory / "redis", durable=True))
        s3 = cleanup.enter_context(EmbeddedS3(directory / "s3")) if store == "s3" else None
        port, state = free_port(), StateDirectory(directory)
        settings = state.prepare(
            redis_url=redis.url,
            store=s3.settings if s3 else StoreSettings(path=directory / "store"),
            port=port,
            receiver_port=1,
        )
        tenant = settings.tenants[DEFAULT_TENANT]
        verifier = CallbackVerifier(tenant.webhook_secret, tenant.callback_api_key)
        receiver = cleanup.enter_context(CallbackReceiver(verifier))
        settings = replace(
            settings,
            callbacks=replace(settings.callbacks, allowed_hosts=("127.0.0.1",)),
            limits=replace(settings.limits, status_rpm=100_000, other_rpm=10_000),
        )
        settings = adjust(settings)
        (directory / "settings.yaml").write_text(dump_settings(settings))
        processes = {
            name: _process(
                name, directory, {**stack_environment(directory, port), **(environment or {})}, port
            )
            for name in names
        }
        for process in processes.values():
            cleanup.callback(process.start().kill)
        yield RunningStack(settings, directory, port, redis, s3, processes, receiver)


def _process(
    name: str, directory: Path, environment: Mapping[str, str], port: int, label: str = ""
) -> ServerProcess:
    command = parse_procfile((ROOT / "Procfile").read_text()).processes[name]
    log = directory / "logs" / f"{label or name}.log"
    ready = answers(port) if name == "web" else lambda: True
    return ServerProcess(["/bin/sh", "-c", f"exec {command}"], ready, log, environment)
