"""Finds what a stack left running: processes that name its directory."""

import os
import time
from collections.abc import Callable
from pathlib import Path


def processes_of(directory: Path) -> list[str]:
    """The command lines of processes with the directory in their arguments or environment."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            line = _mentions(process, str(directory).encode())
            if line:
                found.append(f"{process.name} {line}")
    return found


def _mentions(process: Path, text: bytes) -> str:
    try:
        arguments = (process / "cmdline").read_bytes()
        environment = (process / "environ").read_bytes()
        state = (process / "stat").read_text().rsplit(")", 1)[1].split()[0]
    except (OSError, IndexError):
        return ""  # it has just ended
    alive = state != "Z"
    return arguments.decode(errors="replace") if alive and text in arguments + environment else ""


def eventually(condition: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether the condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
