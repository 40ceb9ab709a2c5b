"""What S3's and botocore's errors mean to a caller of the store."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from smvm_common.errors import (
    ObjectNotFoundError,
    PreconditionFailedError,
    StoreUnavailableError,
)

_ABSENT = {"NoSuchKey", "404", "NotFound"}
_CONDITION = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
_REFUSED = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "403"}


@contextmanager
def translated(key: str) -> Iterator[None]:
    """Raise the store's errors instead of S3's."""
    try:
        yield
    except ClientError as error:
        raise _meaning(key, error) from error
    except (BotoCoreError, OSError) as error:
        raise StoreUnavailableError(f"the store does not answer: {error}") from error


def error_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _meaning(key: str, error: ClientError) -> Exception:
    code, operation = error_code(error), error.operation_name
    # S3 answers 404, SeaweedFS 412, to If-Match where there is no object
    if code in _CONDITION or (operation == "PutObject" and code in _ABSENT):
        return PreconditionFailedError(f"{key} exists already or changed since it was read")
    if code in _ABSENT:
        return ObjectNotFoundError(f"no object under {key}")
    if code in _REFUSED:
        return StoreUnavailableError(f"the store refuses SMVM's credentials: {code} to {operation}")
    return StoreUnavailableError(f"the store answered {code or 'an error'} to {operation}")
