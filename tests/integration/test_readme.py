"""The lines of Python that README.md shows, run as they stand against the real stack."""

import re
from pathlib import Path

import pytest

from support.stack import running_stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def block(beginning: str) -> str:
    """The Python block that begins so."""
    found = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    (text,) = [text for text in found if text.startswith(beginning)]
    return text


def test_the_whole_thing_in_ten_lines(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with running_stack(tmp_path / "stack") as stack:
        lines = block("from smvm_common.client import Idea").replace(
            "http://127.0.0.1:8080", stack.url
        )
        assert len([line for line in lines.splitlines() if line]) == 10
        names = {"token": stack.token(), "callback_url": stack.receiver.url}
        exec(compile(lines, "README.md", "exec"), names)  # noqa: S102 (it is our own)
        said = capsys.readouterr().out
        assert re.search(r"^(proceed|hold|reject) \w+", said, re.MULTILINE)
        assert "'recommendation':" in said.splitlines()[-1]
        assert stack.receiver.of(names["run"])


def test_what_is_shown_for_an_outage(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with running_stack(tmp_path / "stack", names=("web",)) as stack:
        client = stack.client()
        submission = stack.submission()
        stack.processes["web"].kill()
        names = {"client": client, "submission": submission}
        first, second = block("accepted = client.submit").split("\n\n")
        exec(compile(first, "README.md", "exec"), names)  # noqa: S102
        assert names["accepted"].queued
        stack.processes["web"].start()
        later = {"client": stack.client()}
        exec(compile(second, "README.md", "exec"), later)  # noqa: S102
        assert names["accepted"].run_id in capsys.readouterr().out
        assert later["client"].waiting() == []
