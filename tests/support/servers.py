"""Real servers in temporary directories, for tests that stop, kill or pause them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from smvm_common.embedded.ports import free_port
from smvm_common.embedded.redis import EmbeddedRedis
from smvm_common.embedded.s3 import EmbeddedS3

__all__ = ["free_port", "redis_server", "weed_server"]


@contextmanager
def redis_server(port: int | None = None, *, durable: bool = False) -> Iterator[EmbeddedRedis]:
    """A Redis; ``durable`` keeps its data over ``kill()`` and ``start()``."""
    with (
        TemporaryDirectory(prefix="smvm-redis-") as directory,
        EmbeddedRedis(Path(directory), port, durable=durable) as server,
    ):
        yield server


@contextmanager
def weed_server(port: int | None = None) -> Iterator[EmbeddedS3]:
    """An S3 server; its ``settings`` open it as a store."""
    with (
        TemporaryDirectory(prefix="smvm-weed-", ignore_cleanup_errors=True) as directory,
        EmbeddedS3(Path(directory), port) as server,
    ):
        yield server
