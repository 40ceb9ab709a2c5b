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


def following_manager(printer: Printer) -> Manager:
    """A honcho manager whose processes follow it."""
    manager = Manager(printer)
    manager._process_ctor = FollowingProcess
    return manager
