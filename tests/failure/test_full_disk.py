"""A directory store whose disk is full, and then is not."""

import shutil
import subprocess
from collections.abc import Iterator
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
from support.api import IDEA_REQUEST, RUNS
from support.callbacks import eventually
from support.stack import RunningStack, at_rest, running_stack
from support.undisturbed import FEW_AGENTS, same_artefacts

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
    def on_the_disk(settings):
        store = replace(settings.store, path=disk / "store")
        return replace(settings, store=store, simulation=FEW_AGENTS)

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


def keys(stack: RunningStack) -> set[str]:
    return set(stack.store.list(""))


def record(stack: RunningStack, validation_id: str) -> Run:
    return RunRepository(stack.store, SystemClock()).find(DEFAULT_TENANT, validation_id)


def post(stack: RunningStack) -> requests.Response:
    body = {**IDEA_REQUEST, "callback_url": stack.receiver.url}
    headers = {"Authorization": f"Bearer {stack.token()}"}
    return requests.post(stack.url + RUNS, json=body, headers=headers, timeout=35)


def finishes_whole(stack: RunningStack, client: SmvmClient, validation_id: str) -> None:
    client.wait(validation_id, at_rest, timeout=PATIENCE)
    run = record(stack, validation_id)
    assert same_artefacts(run, stack.store)
    told = [event.callback_sequence for event in run.events if event.callback]
    eventually(lambda: len(stack.receiver.of(validation_id)) >= len(told), within=60)
    assert [call.sequence for call in stack.receiver.of(validation_id)] == told


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
    for one in (validation_id, accepted.json()["validation_id"]):
        finishes_whole(stack, client, one)
