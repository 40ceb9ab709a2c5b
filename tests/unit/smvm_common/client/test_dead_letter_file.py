"""The dead-letter file: whatever dies in the middle, what was kept is there."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from multiprocessing import get_context

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smvm_common.client.dead_letter_file import DeadLetterFile, Letter, Refusal

ODD_TEXT = st.text(max_size=20) | st.sampled_from(["a\nb", "\r", "\u2028", "\x00", '"', "é"])
REQUESTS = st.builds(
    lambda number, text: {"run_id": f"RUN-{number}", "idea": {"description": text}},
    st.integers(0, 8),
    ODD_TEXT,
)
REFUSAL = Refusal(400, "no", {"$.idea": ["is missing"]})


@pytest.fixture
def file(tmp_path) -> DeadLetterFile:
    return DeadLetterFile(tmp_path / "sub" / "letters.jsonl")


def request(number: int) -> dict[str, str]:
    return {"run_id": f"RUN-{number}"}


def run_ids(file: DeadLetterFile) -> list[str]:
    return [letter.run_id for letter in file.read()]


def test_a_file_that_is_not_there_is_empty(file):
    assert file.read() == []
    file.settle({"RUN-1"}, {})
    assert file.read() == []


def test_keeps_in_order_and_forgets_what_was_sent(file):
    for number in range(4):
        file.append(request(number))
    file.settle({"RUN-1", "RUN-3", "RUN-9"}, {})
    assert run_ids(file) == ["RUN-0", "RUN-2"]


def test_a_run_is_kept_once_and_last(file):
    for number in (0, 1, 0):
        file.append(request(number))
    assert run_ids(file) == ["RUN-1", "RUN-0"]


def test_notes_why_one_was_refused_and_a_new_request_of_the_run_is_as_new(file):
    file.append(request(1))
    file.settle(set(), {"RUN-1": REFUSAL})
    file.settle(set(), {})
    (letter,) = file.read()
    assert letter.refusal == REFUSAL
    file.append(request(1))
    assert file.read()[0].refusal is None


def test_nobody_else_can_read_it(file, tmp_path):
    before = os.umask(0)
    try:
        file.append(request(1))
        file.settle(set(), {"RUN-1": REFUSAL})
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "sub").iterdir()} == {0o600}


def test_foreign_lines_are_passed_over(file, tmp_path):
    file.append(request(1))
    path = tmp_path / "sub" / "letters.jsonl"
    for line in (b"5", b"[]", b"{}", b'{"request": 1}', b"\xff\xfe", b"", b"null", b'"text"'):
        path.write_bytes(line + b"\n" + path.read_bytes())
    assert run_ids(file) == ["RUN-1"]


@given(kept=st.lists(REQUESTS, max_size=8), later=st.lists(REQUESTS, max_size=3), data=st.data())
def test_a_writer_that_died_in_mid_line_costs_that_line_alone(tmp_path_factory, kept, later, data):
    path = tmp_path_factory.mktemp("letters") / "letters.jsonl"
    file = DeadLetterFile(path)
    for body in kept:
        file.append(body)
    whole = file.read()
    dying = json.dumps({"kept_at": "t", "request": {"run_id": "RUN-X"}, "refusal": None}).encode()
    cut = data.draw(st.integers(0, len(dying) - 1))
    with path.open("ab") as torn:
        torn.write(dying[:cut])
    assert file.read() == whole
    for body in later:
        file.append(body)
    expected = {body["run_id"]: body for body in [*kept, *later]}
    assert {x.run_id: x.request for x in file.read()} == expected


@given(st.lists(REQUESTS, max_size=6), st.sets(st.integers(0, 8)))
def test_what_is_read_is_what_was_kept(tmp_path_factory, bodies, sent):
    file = DeadLetterFile(tmp_path_factory.mktemp("letters") / "letters.jsonl")
    for body in bodies:
        file.append(body)
    file.settle({f"RUN-{number}" for number in sent}, {})
    expected = {b["run_id"]: b for b in bodies if int(b["run_id"][4:]) not in sent}
    assert {x.run_id: x.request for x in file.read()} == expected


def test_survives_a_writer_killed_at_any_moment(tmp_path):
    path = tmp_path / "letters.jsonl"
    script = f"""
        from pathlib import Path
        from smvm_common.client.dead_letter_file import DeadLetterFile
        file = DeadLetterFile(Path({str(path)!r}))
        for number in range(100_000):
            file.append({{"run_id": f"RUN-{{number}}", "padding": "x" * 5000}})
            print(number, flush=True)
            if number % 3 == 2:
                file.settle({{f"RUN-{{number - 1}}"}}, {{}})
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        confirmed = [int(writer.stdout.readline()) for _ in range(20)]
        os.kill(writer.pid, signal.SIGKILL)
        confirmed += [int(line) for line in writer.stdout.read().split()]
    file = DeadLetterFile(path)
    kept = set(run_ids(file))
    certain = {f"RUN-{n}" for n in confirmed if n % 3 != 1}
    assert certain <= kept
    file.append(request(-1))
    assert run_ids(file)[-1] == "RUN--1"


def _append_many(path, first):
    for number in range(first, first + 25):
        DeadLetterFile(path).append(request(number))
        DeadLetterFile(path).settle({f"RUN-{number - 2}"}, {}) if number % 5 == 4 else None


def test_processes_do_not_overwrite_each_other(tmp_path):
    path = tmp_path / "letters.jsonl"
    processes = [
        get_context("spawn").Process(target=_append_many, args=(path, first)) for first in (0, 100)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    expected = {f"RUN-{n}" for first in (0, 100) for n in range(first, first + 25) if n % 5 != 2}
    assert set(run_ids(DeadLetterFile(path))) == expected


def test_one_at_a_time_may_send(file):
    with file.claimed() as mine:
        assert mine
        with file.claimed() as also_mine:
            assert not also_mine
    with file.claimed() as mine_again:
        assert mine_again


def test_a_letter_goes_last_with_what_is_known_of_it(file):
    for number in (1, 2):
        file.append(request(number))
    first = file.read()[0]
    file.put_last(first)
    assert file.read()[-1] == first == Letter(first.kept_at, request(1))
