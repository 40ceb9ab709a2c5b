"""Fixtures that start real servers; a binary that is missing is an error, never a skip.

Property tests draw the same examples each time; ``--hypothesis-profile=explore`` draws others.
"""

import logging
import sys
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings
from redis import Redis

from smvm_common.command import program
from smvm_common.embedded.redis import EmbeddedRedis
from smvm_common.embedded.s3 import EmbeddedS3
from support import servers

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def own_logging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command that a test runs in this process is quiet, and leaves logging to the tests after it."""
    monkeypatch.setattr(program, "configure_logging", lambda *_: _warnings_only())
    yield
    structlog.reset_defaults()


def _warnings_only() -> None:
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


@pytest.fixture(scope="session")
def s3_server() -> Iterator[EmbeddedS3]:
    """One for all tests, which keep apart by prefix."""
    with servers.weed_server() as server:
        yield server


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """One for all tests that do not mind what others left in it."""
    with servers.redis_server() as server:
        yield server.url


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """A client of the shared one, which it finds empty."""
    with Redis.from_url(redis_url) as client:
        client.flushdb()
        yield client


@pytest.fixture
def redis_server() -> Iterator[EmbeddedRedis]:
    """An empty one, to be killed at will."""
    with servers.redis_server() as server:
        yield server
