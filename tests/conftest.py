"""Fixtures that start real servers; a binary that is missing is an error, never a skip.

Property tests draw the same examples each time; ``--hypothesis-profile=explore`` draws others.
"""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from smvm_common.command import program
from smvm_common.embedded.redis import EmbeddedRedis
from smvm_common.embedded.s3 import EmbeddedS3
from support import servers

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def own_logging(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that a test runs in this process leaves its logging to the tests after it."""
    monkeypatch.setattr(program, "configure_logging", lambda *_: None)


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
def redis_server() -> Iterator[EmbeddedRedis]:
    """An empty one, to be killed at will."""
    with servers.redis_server() as server:
        yield server
