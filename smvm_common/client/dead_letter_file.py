"""Requests that could not be sent, kept in a local file until SMVM is back: JSON lines, fsynced."""

import fcntl
import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from smvm_common.clock import rfc3339

_OWN = 0o600
"""Ideas and submitters are in it: nobody else's to read."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why SMVM will not have a request: the problem's ``status``, ``detail`` and ``errors``."""

    status: int
    detail: str
    errors: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Letter:
    """A request kept for later; ``kept_at`` in RFC 3339. ``refusal`` is set once SMVM refused it for
    good: then it waits for somebody to look, and holds up no other."""

    kept_at: str
    request: Mapping[str, Any]
    refusal: Refusal | None = None

    @property
    def run_id(self) -> str:
        return str(self.request["run_id"])


class DeadLetterFile:
    """Survives ``kill -9``: a line is whole or, at the very end, ignored. Safe between processes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, request: Mapping[str, Any]) -> None:
        """Keep a request durably; the same run again takes the place of what was kept of it."""
        self.put_last(Letter(rfc3339(datetime.now(UTC)), request))

    def put_last(self, letter: Letter) -> None:
        """Write a letter at the end; where it was before, it is no more."""
        with self._locked():
            # a line that a dying writer left half-written must not swallow this one
            joint = b"" if self._ends_cleanly() else b"\n"
            with self._open(self._path, os.O_APPEND) as file:
                file.write(joint + _line(letter))
                file.flush()
                os.fsync(file.fileno())
            self._sync_folder()

    def read(self) -> list[Letter]:
        """Every request kept, oldest first."""
        with self._locked():
            return self._read()

    def settle(self, sent: Collection[str], refused: Mapping[str, Refusal]) -> None:
        """Forget the runs that were sent, and note which were refused, and why."""
        with self._locked():
            rest = [letter for letter in self._read() if letter.run_id not in sent]
            self._write([replace(x, refusal=refused.get(x.run_id, x.refusal)) for x in rest])

    @contextmanager
    def claimed(self) -> Iterator[bool]:
        """Whether the caller is the one to send what is kept; False while another process is."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._open(self._path.with_suffix(".flushing"), os.O_APPEND) as claim:
            try:
                fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def _read(self) -> list[Letter]:
        if not self._path.exists():
            return []
        found: dict[str, Letter] = {}
        for line in self._path.read_bytes().splitlines():
            letter = _letter(line)
            if letter is not None:
                found.pop(letter.run_id, None)
                found[letter.run_id] = letter
        return list(found.values())

    def _write(self, letters: Sequence[Letter]) -> None:
        temporary = self._path.with_suffix(".tmp")
        with self._open(temporary, os.O_TRUNC) as file:
            file.writelines(_line(letter) for letter in letters)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)
        self._sync_folder()

    def _ends_cleanly(self) -> bool:
        if not self._path.exists() or self._path.stat().st_size == 0:
            return True
        with self._path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read() == b"\n"

    def _sync_folder(self) -> None:
        """Make the file's name as durable as its bytes."""
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._open(self._path.with_suffix(".lock"), os.O_APPEND) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @staticmethod
    def _open(path: Path, flag: int) -> BinaryIO:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | flag, _OWN), "wb")


def _line(letter: Letter) -> bytes:
    return json.dumps(asdict(letter)).encode() + b"\n"


def _letter(line: bytes) -> Letter | None:
    """None for a line that a dying writer left half-written."""
    try:
        fields = json.loads(line)
        refusal = fields["refusal"] and Refusal(**fields["refusal"])
        letter = Letter(fields["kept_at"], fields["request"], refusal)
        return letter if letter.run_id else None
    except (ValueError, TypeError, KeyError):
        return None
