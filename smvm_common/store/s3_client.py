"""The boto3 client: the one place of time-outs and retries below the tasks."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from smvm_common.settings import StoreSettings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CONNECT_SECONDS = 2
_READ_SECONDS = 5
"""Between two packets of an answer; the largest object is a report of about a megabyte."""
_TRIES = 2
_CONNECTIONS = 32
"""At least as many as a process has threads."""


def create_client(settings: StoreSettings) -> "S3Client":
    """A client that answers or gives up within about fifteen seconds; nothing is connected yet."""
    # a session of its own: boto3's default one must not be used by several threads at once
    return boto3.session.Session().client(
        "s3",
        endpoint_url=settings.endpoint_url,
        region_name=settings.region,
        aws_access_key_id=settings.access_key_id,
        aws_secret_access_key=settings.secret_access_key,
        config=Config(
            signature_version="s3v4",
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            retries={"total_max_attempts": _TRIES, "mode": "standard"},
            max_pool_connections=_CONNECTIONS,
            # own servers are reached by path: their buckets have no host names
            s3={"addressing_style": "path" if settings.endpoint_url else "auto"},
        ),
    )


class ClientPerProcess:
    """Makes the client at first use, and anew after a fork, which must not share connections."""

    def __init__(self, connect: Callable[[], "S3Client"]) -> None:
        self._connect = connect
        self._made: tuple[int, S3Client] | None = None

    def __call__(self) -> "S3Client":
        made = self._made
        if made is None or made[0] != os.getpid():
            # two threads may both come here: each client works, the later one is kept
            self._made = made = (os.getpid(), self._connect())
        return made[1]
