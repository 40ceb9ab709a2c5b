"""A child server: starts, is waited for, is stopped; it never outlives its parent."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Self

from smvm_common.errors import UnavailableError

_PR_SET_PDEATHSIG = 1
_STOP_SECONDS = 5.0
_READY_SECONDS = 30.0
_POLL_SECONDS = 0.02
_LOG_TAIL = 1500
"""Characters of the log that an error shows."""


class ServerProcess:
    """One server process with its log file; usable as a context manager, and restartable.

    On Linux it gets SIGTERM when the thread that started it ends, so start it from one that lasts.
    """

    def __init__(
        self,
        command: Sequence[str],
        ready: Callable[[], bool],
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._command = list(command)
        self._ready = ready
        self._log = log
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id; ``UnavailableError`` where it was never started."""
        if self._process is None:
            raise UnavailableError(f"{self._command[0]} was not started")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start and wait until ready; ``UnavailableError`` with the end of its log if it is not.

        A server that runs already is left as it is; one that was stopped or killed comes back on
        the same port with the data it kept.
        """
        if self.running:
            return self
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,  # a Ctrl-C in the terminal is for the parent to handle
                preexec_fn=death_with_parent(),
            )
        self._wait()
        return self

    def stop(self) -> None:
        """Ask it to end, and make it end if it does not."""
        self._signal(signal.SIGCONT)
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

    def restart(self) -> Self:
        """Stop and start on the same port and data."""
        self.stop()
        return self.start()

    def pause(self) -> None:
        """Stop it where it stands, sockets open: a server that hangs."""
        self._signal(signal.SIGSTOP)

    def unpause(self) -> None:
        self._signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _signal(self, number: int) -> None:
        if self._process is not None and self.running:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _wait(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while self.running and time.monotonic() < deadline:
            if self._ready():
                return
            time.sleep(_POLL_SECONDS)
        self.kill()
        tail = self._log.read_text(errors="replace")[-_LOG_TAIL:]
        raise UnavailableError(f"{Path(self._command[0]).name} did not come up:\n{tail}")


def death_with_parent(number: int = signal.SIGTERM) -> Callable[[], None] | None:
    """What a child calls so as to get the signal when its parent ends, however it ends; Linux only."""
    if sys.platform != "linux":
        return None
    # looked up here: between fork and exec only simple calls are safe
    return partial(_follow, ctypes.CDLL(None).prctl, os.getpid(), number)


def _follow(prctl: Callable[[int, int], int], parent: int, number: int) -> None:
    prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:  # it ended before it could be followed
        os.kill(os.getpid(), signal.SIGKILL)
