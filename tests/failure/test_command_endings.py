"""However ``smvm up`` and ``smvm demo`` end, every process that they started ends with them."""

import os
import re
import signal
import subprocess
import sys

import pytest
import requests

from support.leftovers import eventually, processes_of
from support.servers import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SMVM = [sys.executable, "-c", "from smvm_common.command import main; main()"]


def start(directory, *arguments: str) -> subprocess.Popen:
    output = (directory / "output").open("w")
    with output:
        # Ctrl-C goes to a group of its own, not to this test
        return subprocess.Popen(
            [*SMVM, *arguments, "--directory", str(directory / "home")],
            cwd=directory,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def said(directory) -> str:
    return (directory / "output").read_text(errors="replace")


def end(process: subprocess.Popen, number: int) -> int:
    os.kill(process.pid, number)
    return process.wait(60)


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


def test_up_greets_and_answers_and_its_token_works_until_it_is_interrupted(tmp_path, port):
    process = start(tmp_path, "up", "--port", str(port))
    assert eventually(lambda: "SMVM is ready" in said(tmp_path)), said(tmp_path)
    text = re.sub(r"\x1b\[[0-9;]*m", "", said(tmp_path))
    token = re.search(r"token +(\S+)", text)[1]
    url = re.search(r"ready at (\S+)", text)[1]
    headers = {"Authorization": f"Bearer {token}"}
    assert requests.get(f"{url}/api/v1/validation/runs", headers=headers, timeout=20).json() == {
        "runs": [],
        "next_cursor": None,
    }
    assert requests.get(f"{url}/docs/", timeout=20).ok
    assert len(processes_of(tmp_path / "home")) >= 8
    second = start_second(tmp_path)
    assert second.returncode == 1
    assert "already running" in second.stdout
    assert end(process, signal.SIGINT) == 130
    assert eventually(lambda: processes_of(tmp_path / "home") == [])


def start_second(directory) -> subprocess.CompletedProcess:
    command = [*SMVM, "demo", "--directory", str(directory / "home")]
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_up_ended_otherwise_leaves_nothing(tmp_path, port, number):
    process = start(tmp_path, "up", "--port", str(port), "--store", "s3")
    assert eventually(lambda: "SMVM is ready" in said(tmp_path)), said(tmp_path)
    assert end(process, number) == (143 if number == signal.SIGTERM else -9)
    assert eventually(lambda: processes_of(tmp_path / "home") == []), processes_of(tmp_path)


@pytest.mark.parametrize(
    ("number", "seen"),
    [
        (signal.SIGINT, "starting the API"),
        (signal.SIGINT, "T0+3 min"),
        (signal.SIGTERM, "T0+3 min"),
        (signal.SIGKILL, "T0+3 min"),
    ],
)
def test_a_demo_ended_in_the_middle_leaves_nothing(tmp_path, number, seen):
    process = start(tmp_path, "demo")
    assert eventually(lambda: seen in said(tmp_path)), said(tmp_path)
    code = end(process, number)
    assert code == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[number]
    assert eventually(lambda: processes_of(tmp_path / "home") == []), processes_of(tmp_path)
    if number != signal.SIGKILL:
        assert "interrupted; every process is ended" in said(tmp_path)
        assert "Traceback" not in said(tmp_path)
