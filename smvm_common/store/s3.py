"""The store in an S3 bucket, with S3's own conditional writes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from smvm_common.errors import (
    ObjectNotFoundError,
    PreconditionFailedError,
    StoreUnavailableError,
)
from smvm_common.settings import StoreSettings
from smvm_common.store.base import ObjectInfo, StoredObject
from smvm_common.store.keys import check_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ABSENT = {"NoSuchKey", "404", "NotFound"}
_CONDITION = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
_CONNECT_SECONDS = 2
_READ_SECONDS = 10
_CONNECTIONS = 32
"""At least as many as a process has threads that write."""


def create_client(settings: StoreSettings) -> "S3Client":
    """A client with short time-outs; botocore's two tries are the only retries below the tasks."""
    return boto3.client(
        "s3",
        endpoint_url=settings.endpoint_url,
        region_name=settings.region,
        aws_access_key_id=settings.access_key_id,
        aws_secret_access_key=settings.secret_access_key,
        config=Config(
            signature_version="s3v4",
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            retries={"total_max_attempts": 2, "mode": "standard"},
            max_pool_connections=_CONNECTIONS,
            # own servers are reached by path: their buckets have no host names
            s3={"addressing_style": "path" if settings.endpoint_url else "auto"},
        ),
    )


class S3Store:
    """An :class:`~smvm_common.store.base.ObjectStore` in one bucket below ``prefix``."""

    def __init__(
        self,
        connect: Callable[[], "S3Client"],
        bucket: str,
        prefix: str = "",
        server_side_encryption: str | None = None,
    ) -> None:
        self._connect = connect
        self._bucket = bucket
        self._prefix = prefix.strip("/") + "/" if prefix.strip("/") else ""
        self._write_options: dict[str, Any] = (
            {"ServerSideEncryption": server_side_encryption} if server_side_encryption else {}
        )

    @cached_property
    def _client(self) -> "S3Client":
        """Made at first use: a client must not cross a fork."""
        return self._connect()

    def get(self, key: str) -> StoredObject:
        with _translated(key):
            answer = self._client.get_object(**self._named(key))
            body = answer["Body"].read()
        return StoredObject(key, body, answer["ETag"], answer.get("ContentType", ""))

    def head(self, key: str) -> ObjectInfo:
        with _translated(key):
            answer = self._client.head_object(**self._named(key))
        return ObjectInfo(
            key, answer["ContentLength"], answer["ETag"], answer.get("ContentType", "")
        )

    def put(self, key: str, body: bytes, content_type: str = "application/json") -> str:
        return self._put(key, body, content_type)

    def create(self, key: str, body: bytes, content_type: str = "application/json") -> str:
        return self._conditional(key, body, content_type, IfNoneMatch="*")

    def replace(
        self, key: str, body: bytes, etag: str, content_type: str = "application/json"
    ) -> str:
        return self._conditional(key, body, content_type, IfMatch=etag)

    def delete(self, key: str) -> None:
        with _translated(key):
            self._client.delete_object(**self._named(key))

    def list(self, prefix: str, start_after: str = "", limit: int | None = None) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket,
            Prefix=self._prefix + prefix,
            StartAfter=self._prefix + start_after if start_after else "",
            PaginationConfig={"MaxItems": limit} if limit is not None else {},
        )
        with _translated(prefix):
            for page in pages:
                for entry in page.get("Contents", ()):
                    yield entry["Key"].removeprefix(self._prefix)

    def open_range(self, key: str, start: int, end: int, chunk: int = 65536) -> Iterator[bytes]:
        with _translated(key):
            answer = self._client.get_object(**self._named(key), Range=f"bytes={start}-{end}")
        return self._chunks(key, answer["Body"], chunk)

    def presign(self, key: str, expires_in: timedelta) -> str | None:
        return self._client.generate_presigned_url(
            "get_object",
            Params=self._named(key),
            ExpiresIn=int(expires_in.total_seconds()),
        )

    def ping(self) -> None:
        probe = "index/ping/probe.json"
        self.put(probe, b"{}")

    def _named(self, key: str) -> Any:
        return {"Bucket": self._bucket, "Key": self._prefix + check_key(key)}

    def _put(self, key: str, body: bytes, content_type: str, **condition: Any) -> str:
        with _translated(key):
            answer = self._client.put_object(
                **self._named(key),
                Body=body,
                ContentType=content_type,
                **self._write_options,
                **condition,
            )
        return answer["ETag"]

    def _conditional(self, key: str, body: bytes, content_type: str, **condition: Any) -> str:
        try:
            return self._put(key, body, content_type, **condition)
        except PreconditionFailedError:
            written = self._written_before_retry(key, body)
            if written is None:
                raise
            return written

    def _written_before_retry(self, key: str, body: bytes) -> str | None:
        """A try whose answer was lost makes its own repetition fail; the body tells whose it is.

        Every conditional body of SMVM holds an identifier or a time that no other writer has.
        """
        try:
            stored = self.get(key)
        except ObjectNotFoundError:
            return None
        return stored.etag if stored.body == body else None

    @staticmethod
    def _chunks(key: str, body: Any, chunk: int) -> Iterator[bytes]:
        with _translated(key):
            yield from body.iter_chunks(chunk)


@contextmanager
def _translated(key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise _meaning(key, error) from error
    except (BotoCoreError, OSError) as error:
        raise StoreUnavailableError(f"the store does not answer: {error}") from error


def _meaning(key: str, error: ClientError) -> Exception:
    code = error.response.get("Error", {}).get("Code", "")
    conditional = error.operation_name == "PutObject"
    if code in _CONDITION or (conditional and code in _ABSENT):
        return PreconditionFailedError(f"{key} exists already or changed since it was read")
    if code in _ABSENT:
        return ObjectNotFoundError(f"no object under {key}")
    return StoreUnavailableError(
        f"the store answered {code or 'an error'} to {error.operation_name}"
    )
