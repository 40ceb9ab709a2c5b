"""Fixtures that start real servers; a binary that is missing is an error, never a skip."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from smvm_common.embedded.redis import EmbeddedRedis
from smvm_common.embedded.s3 import EmbeddedS3


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedS3]:
    with EmbeddedS3(tmp_path_factory.mktemp("weed")) as server:
        yield server


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(tmp_path / "redis", durable=False) as server:
        yield server
