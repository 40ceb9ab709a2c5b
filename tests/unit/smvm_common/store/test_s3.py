"""Answers that a real server gives too rarely to wait for, played to the real client."""

from collections.abc import Iterator

import pytest
from botocore.stub import ANY, Stubber

from smvm_common.errors import PreconditionFailedError, StoreUnavailableError
from smvm_common.settings import StoreSettings
from smvm_common.store.s3 import S3Store
from smvm_common.store.s3_client import create_client


@pytest.fixture
def client():
    return create_client(StoreSettings(kind="s3", access_key_id="a", secret_access_key="b"))


@pytest.fixture
def s3(client) -> Iterator[Stubber]:
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def test_a_create_that_met_a_delete_may_be_tried_again(client, s3):
    s3.add_client_error("put_object", "ConditionalRequestConflict", http_status_code=409)
    s3.add_client_error("head_object", "404", http_status_code=404)
    with pytest.raises(StoreUnavailableError, match="try again"):
        S3Store(lambda: client, "b").create("a.json", b"1")


@pytest.mark.parametrize(("code", "status"), [("NoSuchKey", 404), ("PreconditionFailed", 412)])
def test_a_replace_of_what_is_gone_is_a_lost_race(client, s3, code, status):
    s3.add_client_error("put_object", code, http_status_code=status)
    s3.add_client_error("head_object", "404", http_status_code=404)
    with pytest.raises(PreconditionFailedError, match="gone"):
        S3Store(lambda: client, "b").replace("a.json", b"1", '"etag"')


def test_writes_ask_for_encryption_and_go_below_the_prefix(client, s3):
    expected = {
        "Bucket": "b",
        "Key": "team/smvm/a.json",
        "Body": b"1",
        "ContentType": "application/json",
        "ServerSideEncryption": "AES256",
    }
    s3.add_response("put_object", {"ETag": '"1"'}, expected)
    s3.add_response(
        "put_object",
        {"ETag": '"2"'},
        {**expected, "IfMatch": '"1"', "Metadata": {"smvm-write": ANY}},
    )
    store = S3Store(lambda: client, "b", "/team/smvm/", "AES256")
    etag = store.put("a.json", b"1")
    assert store.replace("a.json", b"1", etag) == '"2"'
