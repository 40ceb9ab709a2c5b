"""POST and status against a bare Flask route, on one gunicorn configuration in one run.

Rounds of each take turns, each with connections of its own: how those fall on the two gunicorn
processes decides much of a round's rate, so the median of the rounds is what is compared.

``PYTHONPATH=.:tests python tests/benchmarks/http_api.py``, with ``--store s3`` for a SeaweedFS in
the directory's place.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import requests

from smvm_common.clock import SystemClock
from smvm_common.embedded.ports import free_port
from smvm_common.embedded.process import ServerProcess
from smvm_common.identifiers import mint_run_id
from smvm_common.settings import Settings
from support.load_client import LoadResult, request_bytes, run_load
from support.stack import RunningStack, running_stack, stack_environment

Request = Callable[[int, int], bytes]
_CONNECTIONS = 8
_ROUNDS = 21
_WARM_UP = 50
_STATUSES = 400
"""Requests of each connection in a round."""
_POSTS = 300
_PATH = "/api/v1/validation"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", choices=("directory", "s3"), default="directory")
    store = parser.parse_args().store
    with (
        TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        running_stack(Path(folder), store=store, adjust=_unlimited, names=("web",)) as stack,
        _bare_flask(Path(folder)) as bare_port,
    ):
        bare, status = _take_turns(
            [
                (bare_port, lambda *_: request_bytes("GET", "/")),
                (stack.port, _status_request(stack)),
            ]
        )
        post = _measure(stack.port, _post_request(stack), 2, _POSTS)
    for what, rounds in (("bare Flask", bare), ("GET status", status)):
        for one in rounds:
            _print(what, one)
    _print(f"POST runs ({store})", post)
    rates = [median(one.rate for one in rounds) for rounds in (status, bare)]
    print(f"status {rates[0]:,.0f}/s, bare Flask {rates[1]:,.0f}/s: {rates[0] / rates[1]:.2f}")


def _take_turns(servers: Sequence[tuple[int, Request]]) -> list[list[LoadResult]]:
    rounds: list[list[LoadResult]] = [[] for _ in servers]
    for _ in range(_ROUNDS):
        for found, (port, make_request) in zip(rounds, servers, strict=True):
            found.append(_measure(port, make_request, _CONNECTIONS, _STATUSES))
    return rounds


def _unlimited(settings: Settings) -> Settings:
    limits = replace(settings.limits, status_rpm=10_000_000)
    receiver = replace(settings.integration.tractionbuild, rate_limit_rpm=10_000_000)
    integration = replace(settings.integration, tractionbuild=receiver)
    return replace(settings, limits=limits, integration=integration)


@contextmanager
def _bare_flask(folder: Path) -> Iterator[int]:
    port = free_port()
    command = ["gunicorn", "-c", "python:smvm_api.gunicorn_config", "bare_flask:app"]
    environment = {
        **stack_environment(folder / "bare", port),
        "PYTHONPATH": f"{Path(__file__).parent}:{Path(__file__).parents[2]}",
    }

    def ready() -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{port}/", timeout=1).ok
        except requests.RequestException:
            return False

    with ServerProcess(command, ready, folder / "bare.log", environment):
        yield port


def _measure(port: int, make_request: Request, connections: int, each: int) -> LoadResult:
    run_load(port, lambda i, n: make_request(i, -1 - n), connections=2, requests_each=_WARM_UP)
    return run_load(port, make_request, connections=connections, requests_each=each)


def _status_request(stack: RunningStack) -> Request:
    validation_id = stack.client().submit(stack.submission()).validation_id
    path, headers = f"{_PATH}/{validation_id}/status", _authorization(stack)
    return lambda *_: request_bytes("GET", path, headers)


def _post_request(stack: RunningStack) -> Request:
    headers = {**_authorization(stack), "Content-Type": "application/json"}
    now = SystemClock().now()

    def make(connection: int, number: int) -> bytes:
        submission = stack.submission(connection, run_id=mint_run_id(now), correlation_id="bench")
        return request_bytes(
            "POST", f"{_PATH}/runs", headers, json.dumps(submission.to_json()).encode()
        )

    return make


def _authorization(stack: RunningStack) -> dict[str, str]:
    return {"Authorization": f"Bearer {stack.token()}"}


def _print(what: str, result: LoadResult) -> None:
    p50, p95 = result.percentile(0.5), result.percentile(0.95)
    print(f"{what}: {result.rate:,.0f}/s, p50 {p50:.1f} ms, p95 {p95:.1f} ms")


if __name__ == "__main__":
    main()
