"""The celery command line in processes of its own, as operators and deployments start it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

from smvm_common.settings import RedisSettings, Settings, StoreSettings
from smvm_common.settings_loader import CONFIG_VARIABLE, dump_settings

_CELERY = (sys.executable, "-m", "celery", "-A", "smvm_workers")
_MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stderr=subprocess.STDOUT).returncode
sys.stderr.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
"""
"""A small process between: what one becomes includes what it was forked from, and tests are large."""


class CeleryCommands:
    """``celery -A smvm_workers`` with its settings in a file of ``directory``."""

    def __init__(self, directory: Path, settings: Settings, redis_url: str) -> None:
        self.directory = directory
        self.settings = replace(
            settings,
            redis=RedisSettings(redis_url),
            store=StoreSettings(path=directory / "store"),
        )
        path = directory / "settings.yaml"
        path.write_text(dump_settings(self.settings))
        self._environment = {**os.environ, CONFIG_VARIABLE: str(path)}

    def run(self, *arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to its end; ``answer`` is typed in."""
        return subprocess.run(
            [*_CELERY, *arguments],
            env=self._environment,
            input=answer,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def measure(self, *arguments: str, stdout: IO[str]) -> tuple[int, int]:
        """Run a command to its end; its exit code, and its largest resident memory in KiB."""
        done = subprocess.run(
            [sys.executable, "-c", _MEASURE, *_CELERY, *arguments],
            env=self._environment,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        return done.returncode, int(done.stderr)

    @contextmanager
    def worker(self, queues: str) -> Iterator[subprocess.Popen[bytes]]:
        """Have a worker with four threads at it."""
        command = [*_CELERY, "worker", "-Q", queues, "-P", "threads", "-c", "4", "--without-mingle"]
        process = subprocess.Popen(
            command, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
