"""A child server: starts, is waited for, is stopped; it never outlives its parent."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from smvm_common.errors import UnavailableError

_PR_SET_PDEATHSIG = 1
_STOP_SECONDS = 5.0


def free_port() -> int:
    """A TCP port on loopback that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    """Whether something listens on the loopback port."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.2):
        return True
    return False


def die_with_parent() -> None:
    """To be called in a child before exec: on Linux, end when the parent ends, however it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class ServerProcess:
    """One server process with its log file; usable as a context manager."""

    def __init__(
        self,
        command: Sequence[str],
        ready: Callable[[], bool],
        log: Path,
        environment: Mapping[str, str] | None = None,
        patience: float = 20.0,
    ) -> None:
        self._command = list(command)
        self._ready = ready
        self._log = log
        self._environment = {**os.environ, **(environment or {})}
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id; ``UnavailableError`` where it was never started."""
        if self._process is None:
            raise UnavailableError(f"{self._command[0]} was not started")
        return self._process.pid

    def start(self) -> Self:
        """Start and wait until ready; ``UnavailableError`` with the end of its log if it is not."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        self._wait()
        return self

    def stop(self) -> None:
        """Ask it to end, and make it end if it does not."""
        self._signal(signal.SIGTERM)
        if self._process is not None:
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """``kill -9``."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def pause(self) -> None:
        """Stop it where it stands, sockets open: a server that hangs."""
        self._signal(signal.SIGSTOP)

    def unpause(self) -> None:
        self._signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.unpause()
        self.stop()

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _wait(self) -> None:
        deadline = time.monotonic() + self._patience
        while time.monotonic() < deadline:
            if self._process is not None and self._process.poll() is not None:
                break
            if self._ready():
                return
            time.sleep(0.02)
        self.kill()
        tail = self._log.read_text(errors="replace")[-1500:]
        raise UnavailableError(f"{Path(self._command[0]).name} did not come up:\n{tail}")
