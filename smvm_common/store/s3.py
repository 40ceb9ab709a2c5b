"""The store in an S3 bucket, with S3's own conditional writes."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from smvm_common.errors import (
    ObjectNotFoundError,
    PreconditionFailedError,
    StoreUnavailableError,
)
from smvm_common.store.base import ObjectInfo, StoredObject
from smvm_common.store.keys import check_key
from smvm_common.store.s3_client import ClientPerProcess
from smvm_common.store.s3_errors import error_code, translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_WRITE = "smvm-write"
"""Metadata that names the write: a try whose answer was lost makes its own repetition fail."""
_PAGE = 1000
"""S3's largest page of a listing."""


class S3Store:
    """An :class:`~smvm_common.store.base.ObjectStore` in one bucket below ``prefix``."""

    def __init__(
        self,
        connect: "Callable[[], S3Client]",
        bucket: str,
        prefix: str = "",
        server_side_encryption: str | None = None,
    ) -> None:
        self._client = ClientPerProcess(connect)
        self._bucket = bucket
        self._prefix = prefix.strip("/") + "/" if prefix.strip("/") else ""
        self._write_options: dict[str, Any] = (
            {"ServerSideEncryption": server_side_encryption} if server_side_encryption else {}
        )

    def get(self, key: str) -> StoredObject:
        with translated(key):
            answer = self._client().get_object(**self._named(key))
            with closing(answer["Body"]) as stream:
                body = stream.read()
        return StoredObject(key, body, answer["ETag"], answer.get("ContentType", ""))

    def head(self, key: str) -> ObjectInfo:
        with translated(key):
            answer = self._client().head_object(**self._named(key))
        return ObjectInfo(
            key, answer["ContentLength"], answer["ETag"], answer.get("ContentType", "")
        )

    def put(self, key: str, body: bytes, content_type: str = "application/json") -> str:
        return self._put(key, body, content_type)

    def create(self, key: str, body: bytes, content_type: str = "application/json") -> str:
        try:
            return self._conditional(key, body, content_type, IfNoneMatch="*")
        except ObjectNotFoundError as error:
            # S3 answers 409 to a create that meets a delete; then nothing is in the way
            raise StoreUnavailableError(f"the write of {key} met another; try again") from error

    def replace(
        self, key: str, body: bytes, etag: str, content_type: str = "application/json"
    ) -> str:
        try:
            return self._conditional(key, body, content_type, IfMatch=etag)
        except ObjectNotFoundError as error:
            raise PreconditionFailedError(f"{key} is gone") from error

    def delete(self, key: str) -> None:
        with translated(key):
            self._client().delete_object(**self._named(key))

    def list(self, prefix: str, start_after: str = "", limit: int | None = None) -> Iterator[str]:
        if limit == 0:
            return
        page_size = min(limit or _PAGE, _PAGE)
        with translated(prefix):
            pages = (
                self._client()
                .get_paginator("list_objects_v2")
                .paginate(
                    Bucket=self._bucket,
                    Prefix=self._prefix + prefix,
                    StartAfter=self._prefix + start_after if start_after else "",
                    PaginationConfig={"MaxItems": limit, "PageSize": page_size},  # type: ignore[typeddict-item]  # None: all
                )
            )
            for page in pages:
                for entry in page.get("Contents", ()):
                    yield entry["Key"].removeprefix(self._prefix)

    def open_range(self, key: str, start: int, end: int, chunk: int = 65536) -> Iterator[bytes]:
        with translated(key):
            try:
                answer = self._client().get_object(**self._named(key), Range=f"bytes={start}-{end}")
            except ClientError as error:
                if error_code(error) == "InvalidRange":  # it starts behind the end
                    return iter(())
                raise
        return _chunks(key, answer["Body"], chunk)

    def presign(self, key: str, expires_in: timedelta) -> str | None:
        with translated(key):
            return self._client().generate_presigned_url(
                "get_object",
                Params=self._named(key),
                ExpiresIn=int(expires_in.total_seconds()),
            )

    def ping(self) -> None:
        self.put("index/ping/probe.json", b"{}")

    def _named(self, key: str) -> Any:
        return {"Bucket": self._bucket, "Key": self._prefix + check_key(key)}

    def _put(self, key: str, body: bytes, content_type: str, **options: Any) -> str:
        with translated(key):
            answer = self._client().put_object(
                **self._named(key),
                Body=body,
                ContentType=content_type,
                **self._write_options,
                **options,
            )
        return answer["ETag"]

    def _conditional(self, key: str, body: bytes, content_type: str, **condition: Any) -> str:
        write = secrets.token_hex(16)
        try:
            return self._put(key, body, content_type, Metadata={_WRITE: write}, **condition)
        except PreconditionFailedError:
            with translated(key):
                stored = self._client().head_object(**self._named(key))
            if stored["Metadata"].get(_WRITE) != write:
                raise
            return stored["ETag"]


def _chunks(key: str, body: Any, chunk: int) -> Iterator[bytes]:
    with translated(key), closing(body):
        yield from body.iter_chunks(chunk)
