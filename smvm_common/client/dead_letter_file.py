"""Requests that could not be sent, kept in a local file until SMVM is back: JSON lines, fsynced."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class DeadLetterFile:
    """Survives ``kill -9``: a line is whole or, at the very end, ignored. Safe between processes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, request: Mapping[str, Any]) -> None:
        """Keep a request durably."""
        with self._locked():
            # a line that a dying writer left half-written must not swallow this one
            joint = b"" if self._ends_cleanly() else b"\n"
            with self._path.open("ab") as file:
                file.write(joint + json.dumps(request, ensure_ascii=False).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())

    def read(self) -> list[dict[str, Any]]:
        """Every request kept, oldest first."""
        with self._locked():
            return self._read()

    def remove(self, run_id: str) -> None:
        """Forget the request of a run that was sent."""
        with self._locked():
            rest = [r for r in self._read() if r.get("run_id") != run_id]
            temporary = self._path.with_suffix(".tmp")
            with temporary.open("wb") as file:
                for request in rest:
                    file.write(json.dumps(request, ensure_ascii=False).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._path)

    def _read(self) -> list[dict[str, Any]]:
        if not self._path.exists():
            return []
        found = []
        for line in self._path.read_bytes().splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return found

    def _ends_cleanly(self) -> bool:
        return not self._path.exists() or self._path.read_bytes()[-1:] in (b"", b"\n")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_suffix(".lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
