"""Processes under honcho that end with smvm, even where it is ended by ``kill -9``."""

import signal
from functools import partial
from typing import Any

from honcho.manager import Manager
from honcho.printer import Printer
from honcho.process import Popen, Process

from smvm_common.embedded.process import death_with_parent


class FollowingProcess(Process):  # type: ignore[misc]  # honcho carries no types
    """honcho runs each command below a process that relays its output; both follow their parent.

    The relay ignores what can be ignored, so it is killed; the command is asked to end.
    """

    def __init__(self, command: str, **options: Any) -> None:
        # without exec the shell would get the signal in the command's stead
        super().__init__(f"exec {command}", **options)
        self._follow = death_with_parent(signal.SIGKILL)

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        if self._follow is not None:
            self._follow()
        self._child_ctor = partial(Popen, preexec_fn=death_with_parent())
        super().run(events, ignore_signals)


class FollowingManager(Manager):  # type: ignore[misc]  # honcho carries no types
    """A honcho manager whose processes follow it, and that can be ended while they are starting.

    honcho's own forgets those that have no process id yet, and then waits for them for ever.
    """

    def __init__(self, printer: Printer) -> None:
        super().__init__(printer)
        self._process_ctor = FollowingProcess
        self._asked_to_end = False

    def terminate(self) -> None:
        """End every process; those that are still starting, as soon as they have."""
        self._asked_to_end = True
        self._all_started()

    def _all_started(self) -> bool:
        # honcho's loop asks this at each turn
        started = bool(super()._all_started())
        if started and self._asked_to_end:
            super().terminate()
        return started
