import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from smvm_common.errors import (
    ObjectNotFoundError,
    PreconditionFailedError,
    StoreUnavailableError,
)
from smvm_common.store.s3_errors import translated


@pytest.mark.parametrize(
    ("operation", "code", "meaning"),
    [
        ("GetObject", "NoSuchKey", ObjectNotFoundError),
        ("HeadObject", "404", ObjectNotFoundError),
        ("PutObject", "NoSuchKey", PreconditionFailedError),
        ("PutObject", "PreconditionFailed", PreconditionFailedError),
        ("PutObject", "ConditionalRequestConflict", PreconditionFailedError),
        ("PutObject", "NoSuchBucket", StoreUnavailableError),
        ("PutObject", "SlowDown", StoreUnavailableError),
        ("GetObject", "InternalError", StoreUnavailableError),
        ("GetObject", "", StoreUnavailableError),
    ],
)
def test_answers_of_s3(operation, code, meaning):
    with pytest.raises(meaning), translated("a.json"):
        raise ClientError({"Error": {"Code": code, "Message": ""}}, operation)


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="http://s3.example"),
        ReadTimeoutError(endpoint_url="http://s3.example"),
        ConnectionResetError("reset"),
    ],
)
def test_no_answer_is_unavailable(error):
    with pytest.raises(StoreUnavailableError, match="does not answer"), translated("a.json"):
        raise error


def test_refused_credentials_are_named():
    with pytest.raises(StoreUnavailableError, match="credentials: SignatureDoesNotMatch"):  # noqa: SIM117
        with translated("a.json"):
            raise ClientError({"Error": {"Code": "SignatureDoesNotMatch"}}, "GetObject")
