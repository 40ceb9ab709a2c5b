"""A disk that is full, and an S3 server that is away, busy or slow, in the middle of runs."""

import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from smvm_common.client import SmvmClient
from smvm_common.clock import SystemClock
from smvm_common.identifiers import DEFAULT_TENANT
from smvm_common.run.progress import MOVING
from smvm_common.run.record import Run
from smvm_common.run.repository import RunRepository
from smvm_common.settings import Settings
from support.api import IDEA_REQUEST, RUNS
from support.callbacks import eventually
from support.faults import FAULTS, Site, site_of
from support.stack import RunningStack, at_rest, running_stack
from support.undisturbed import FEW_AGENTS, altered

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

PATIENCE = timedelta(seconds=180)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of eight megabytes; needs root, as a mount does."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", "size=8m", "smvm", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["/bin/umount", "--lazy", folder], check=True)


@pytest.fixture
def stack(tmp_path: Path, disk: Path) -> Iterator[RunningStack]:
    def on_the_disk(settings: Settings) -> Settings:
        store = replace(settings.store, path=disk / "store")
        return replace(impatient(settings), store=store)

    with running_stack(tmp_path / "stack", adjust=on_the_disk) as running:
        yield running


def fill(disk: Path) -> Path:
    """Leave not one byte."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for block in (65536, 1):
            with suppress(OSError):
                while True:
                    file.write(bytes(block))
    assert shutil.disk_usage(disk).free == 0
    return filler


def impatient(settings: Settings) -> Settings:
    """Few agents, and what stalls is seen after fifteen seconds."""
    scheduler = replace(settings.scheduler, reconcile_tick_seconds=3.0, stalled_after_seconds=15.0)
    return replace(settings, simulation=FEW_AGENTS, scheduler=scheduler)


def keys(stack: RunningStack) -> set[str]:
    return set(stack.store.list(""))


def record(stack: RunningStack, validation_id: str) -> Run:
    return RunRepository(stack.store, SystemClock()).find(DEFAULT_TENANT, validation_id)


def post(stack: RunningStack, number: int = 0) -> requests.Response:
    """The same run again for the same number."""
    run_id = f"RUN-20241201-143052-{number:08x}"
    body = {**IDEA_REQUEST, "run_id": run_id, "callback_url": stack.receiver.url}
    headers = {"Authorization": f"Bearer {stack.token()}"}
    return requests.post(stack.url + RUNS, json=body, headers=headers, timeout=35)


def finish_whole(stack: RunningStack, client: SmvmClient, validation_ids: Sequence[str]) -> None:
    for validation_id in validation_ids:
        client.wait(validation_id, at_rest, timeout=PATIENCE)
    runs = [record(stack, validation_id) for validation_id in validation_ids]
    assert altered(runs, stack.store) == []
    for run in runs:
        told = [event.callback_sequence for event in run.events if event.callback]
        name = run.key.validation_id
        eventually(lambda n=name, t=told: len(stack.receiver.of(n)) >= len(t), within=60)
        assert [call.sequence for call in stack.receiver.of(name)] == told


def test_a_full_disk_refuses_and_delays_and_loses_nothing(stack: RunningStack, disk: Path):
    client = stack.client()
    validation_id = client.submit(stack.submission()).validation_id
    filler = fill(disk)
    before = keys(stack)
    refused = post(stack)
    assert refused.status_code == 503
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert int(refused.headers["Retry-After"]) > 0
    eventually(lambda: "No space left on device" in stack.log("worker"), within=60)
    assert keys(stack) == before, "nothing half-written, nothing that only seems to be there"
    assert record(stack, validation_id).status in MOVING

    filler.unlink()
    accepted = post(stack)
    assert accepted.status_code == 201
    finish_whole(stack, client, [validation_id, accepted.json()["validation_id"]])


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    with site_of(tmp_path_factory.mktemp("outages"), impatient) as site:
        yield site


@pytest.mark.parametrize(
    ("name", "seconds", "meanwhile"),
    [("store killed", 60, 503), ("store answers 503", 20, 503), ("store slow", 20, 201)],
)
def test_an_s3_server_that_fails_in_mid_run_only_delays(
    site: Site, name: str, seconds: float, meanwhile: int
):
    number, fault = next((n, fault) for n, fault in enumerate(FAULTS) if fault.name == name)
    stack = site.stack
    client = stack.client(name.replace(" ", "-"))
    submitted = client.submit(stack.submission()).validation_id
    with fault.strike(site):
        answer = post(stack, number)
        assert answer.status_code == meanwhile
        time.sleep(seconds)
    if meanwhile != 201:
        answer = post(stack, number)
    assert answer.status_code == 201
    finish_whole(stack, client, [submitted, answer.json()["validation_id"]])
