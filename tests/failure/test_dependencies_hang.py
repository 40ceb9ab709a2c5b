"""The API's answers keep to the guide's time-outs while Redis or the S3 server hangs or is dead."""

import time
from collections.abc import Callable
from dataclasses import asdict

import pytest
import requests

from support.stack import RunningStack, running_stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(170)]

POST_SECONDS, STATUS_SECONDS, RESULTS_SECONDS = 30, 5, 30
"""The guide's time-outs."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    with running_stack(tmp_path_factory.mktemp("hang"), store="s3", names=("web",)) as running:
        yield running


@pytest.fixture
def run(stack):
    return submit(stack, 0).json()["validation_id"]


def submit(stack: RunningStack, number: int) -> requests.Response:
    submission = stack.submission(number)
    body = {name: value for name, value in submission.to_json().items() if value is not None}
    assert set(body) <= set(asdict(submission))
    return within(POST_SECONDS, lambda: _post(stack, body))


def _post(stack: RunningStack, body: dict[str, object]) -> requests.Response:
    url = f"{stack.url}/api/v1/validation/runs"
    return requests.post(url, json=body, headers=_headers(stack), timeout=60)


def _headers(stack: RunningStack) -> dict[str, str]:
    return {"Authorization": f"Bearer {stack.token()}"}


def get(stack: RunningStack, run: str, what: str, seconds: float) -> requests.Response:
    url = f"{stack.url}/api/v1/validation/{run}/{what}"
    return within(seconds, lambda: requests.get(url, headers=_headers(stack), timeout=60))


def within(seconds: float, call: Callable[[], requests.Response]) -> requests.Response:
    began = time.monotonic()
    answer = call()
    assert time.monotonic() - began < seconds
    return answer


@pytest.mark.parametrize("how", ["pause", "kill"])
def test_without_redis_runs_are_accepted_and_read(stack, run, how):
    getattr(stack.redis, how)()
    try:
        accepted = submit(stack, 1)
        assert (accepted.status_code, accepted.json()["degraded"]) == (201, True)
        assert get(stack, run, "status", STATUS_SECONDS).json()["status"] == "accepted"
        assert get(stack, run, "results", RESULTS_SECONDS).status_code == 202
        assert requests.get(f"{stack.url}/readyz", timeout=30).json()["status"] == "degraded"
    finally:
        stack.redis.unpause()
        stack.redis.start()


@pytest.mark.parametrize("how", ["pause", "kill"])
def test_without_the_store_every_answer_is_a_503_in_time(stack, run, how):
    getattr(stack.s3, how)()
    try:
        for answer in (
            submit(stack, 2),
            get(stack, run, "status", STATUS_SECONDS),
            get(stack, run, "results", RESULTS_SECONDS),
        ):
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) >= 1
            assert answer.headers["Content-Type"] == "application/problem+json"
        assert requests.get(f"{stack.url}/readyz", timeout=60).status_code == 503
    finally:
        stack.s3.unpause()
        stack.s3.start()
    assert get(stack, run, "status", 60).status_code == 200
