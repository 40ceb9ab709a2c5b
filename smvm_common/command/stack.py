"""The whole stack on one machine: embedded servers, and the Procfile's processes under honcho."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from threading import Thread
from typing import IO, Any

import requests
from honcho.environ import parse_procfile
from honcho.printer import Printer

from smvm_common.clock import SystemClock
from smvm_common.command.following import FollowingManager
from smvm_common.command.state import StateDirectory
from smvm_common.embedded.ports import free_port
from smvm_common.errors import UnavailableError
from smvm_common.identifiers import DEFAULT_TENANT
from smvm_common.settings import Settings
from smvm_common.settings_loader import CONFIG_VARIABLE
from smvm_common.tokens import SCOPES, TokenIssuer

_READY_SECONDS = 60.0
SIGNALLED = (130, 143)
"""What a shell calls the ends by Ctrl-C (SIGINT) and by SIGTERM."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A prepared stack: its settings, where it listens, and the environment of its processes."""

    state: StateDirectory
    settings: Settings
    port: int
    receiver_port: int
    environment: Mapping[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def callbacks_file(self) -> Path:
        """Where the receiver writes what it verified, one JSON object a line."""
        return self.state.logs / "callbacks.jsonl"

    def environment_of(self, process: str) -> dict[str, str]:
        """What a process of the Procfile may know: the receiver's secrets are for the receiver alone;
        the others read what they need from the settings file."""
        if process != "receiver":
            return dict(self.environment)
        tenant = self.settings.tenants[DEFAULT_TENANT]
        return {
            **self.environment,
            "SMVM_RECEIVER_PORT": str(self.receiver_port),
            "SMVM_RECEIVER_OUTPUT": str(self.callbacks_file),
            "SMVM_WEBHOOK_SECRET": tenant.webhook_secret,
            "SMVM_CALLBACK_API_KEY": tenant.callback_api_key,
        }

    def issue_token(self, lifetime: timedelta = timedelta(days=1)) -> str:
        """A token for everything."""
        issuer = TokenIssuer(self.settings.auth, SystemClock())
        return issuer.issue("operator", SCOPES, lifetime)


@contextmanager
def prepared(directory: Path, store: str, port: int | None) -> Iterator[Stack]:
    """Start the embedded servers and write the settings; ends the servers on leaving."""
    state = StateDirectory(directory)
    with ExitStack() as servers:
        servers.enter_context(state.held())
        redis = servers.enter_context(state.redis())
        s3 = servers.enter_context(state.s3()) if store == "s3" else None
        chosen, receiver_port = port or free_port(), free_port()
        settings = state.prepare(
            redis_url=redis.url,
            store=s3.settings if s3 else None,
            port=chosen,
            receiver_port=receiver_port,
        )
        environment = _environment(state, chosen)
        stack = Stack(state, settings, chosen, receiver_port, environment)
        stack.callbacks_file.unlink(missing_ok=True)
        yield stack


def _environment(state: StateDirectory, port: int) -> dict[str, str]:
    beside_python = str(Path(sys.executable).parent)
    return {
        **{name: value for name, value in os.environ.items() if _passes(name)},
        "PATH": beside_python + os.pathsep + os.environ.get("PATH", os.defpath),
        CONFIG_VARIABLE: str(state.settings_file),
        "SMVM_BIND": f"127.0.0.1:{port}",
        "PROMETHEUS_MULTIPROC_DIR": str(state.metrics),
        # each worker process is one of several: threads of its own would only fight the others
        "NUMBA_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }


def _passes(name: str) -> bool:
    """What is not another SMVM's; providers are the same for the sandbox as for any."""
    return not name.startswith("SMVM") or name.startswith("SMVM__PROVIDERS__")


def procfile() -> dict[str, str]:
    """The commands of the Procfile by name."""
    text = files("smvm_common.command").joinpath("Procfile").read_text(encoding="utf-8")
    commands: dict[str, str] = parse_procfile(text).processes
    return commands


def supervise(stack: Stack, work: Callable[[], None] | None, output: IO[str]) -> int:
    """Run the processes until ``work``, in a thread, is done, or one ends, or a signal comes.

    Every process is in a group of its own and is ended with its children. Returns the exit code: a
    signal's (one of :data:`SIGNALLED`), or that of the process that ended first.
    """
    manager = FollowingManager(Printer(output=output))
    for name, command in procfile().items():
        manager.add_process(name, command, env=stack.environment_of(name))
    if work is not None:
        Thread(target=_then_stop, args=(work, manager), daemon=True).start()
    manager.loop()
    return int(manager.returncode or 0)


def _then_stop(work: Callable[[], None], manager: Any) -> None:
    try:
        work()
    finally:
        manager.terminate()


def wait_until_ready(stack: Stack, patience: float = _READY_SECONDS) -> None:
    """Return when the API answers that it is ready; ``UnavailableError`` if it does not in time."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            if requests.get(f"{stack.url}/readyz", timeout=2).status_code == 200:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise UnavailableError(f"{stack.url} is not ready after {patience:.0f} s")
