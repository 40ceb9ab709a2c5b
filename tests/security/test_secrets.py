"""Secrets are in nothing that a full run prints, stores or hands to processes that do not need them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from smvm_common.client import ApiError
from smvm_common.command.stack import Stack
from smvm_common.command.state import StateDirectory
from smvm_common.identifiers import DEFAULT_TENANT
from smvm_common.settings import Settings
from support.stack import RunningStack, at_rest, running_stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    with running_stack(tmp_path_factory.mktemp("secrets"), store="s3") as running:
        yield running


def _hidden(value: Any) -> Iterator[str]:
    """The text of every setting that is kept out of reprs."""
    if not is_dataclass(value) or isinstance(value, type):
        return
    for field in fields(value):
        inner = getattr(value, field.name)
        if not field.repr:
            yield from _texts(inner)
        elif isinstance(inner, Mapping):
            for item in inner.values():
                yield from _hidden(item)
        else:
            yield from _hidden(inner)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _hidden(item)


def _secrets(stack: RunningStack) -> dict[str, bytes]:
    hidden = {
        f"setting {number}": text
        for number, text in enumerate(_hidden(stack.settings))
        # the address of an embedded Redis holds no password
        if len(text) > 12 and not text.startswith("redis://127.")
    }
    keys = {
        path.name: path.read_text().splitlines()[1]
        for path in stack.settings.auth.keys_directory.glob("*.pem")
    }
    return {name: text.encode() for name, text in {**hidden, **keys}.items()}


def test_nothing_that_a_full_run_prints_or_stores_holds_a_secret(stack: RunningStack) -> None:
    client, token = stack.client(), stack.token()
    accepted = client.submit(stack.submission(1))
    client.wait(accepted.validation_id, at_rest)
    with pytest.raises(ApiError) as refused:
        client.finalize(accepted.validation_id)
    secrets = {**_secrets(stack), "a bearer token": token.encode()}
    assert len(secrets) >= 6
    for path in (stack.directory / "logs").glob("*.log"):
        _clean(secrets, path.name, path.read_bytes())
    for name in stack.store.list(""):
        _clean(secrets, name, stack.store.get(name).body)
    _clean(secrets, "an error", f"{refused.value!r} {refused.value}".encode())
    _clean(secrets, "a repr", repr(stack.settings).encode())
    # the same search finds what is there: the secrets do stand in the settings file
    settings_file = (stack.directory / "settings.yaml").read_bytes()
    assert any(secret in settings_file for secret in secrets.values())
    assert client.status(accepted.validation_id).status == "awaiting_completion"


def _clean(secrets: Mapping[str, bytes], where: str, body: bytes) -> None:
    for name, secret in secrets.items():
        assert secret not in body, f"{name} stands in {where}"


def test_no_process_has_a_secret_in_its_environment_or_arguments(stack: RunningStack) -> None:
    secrets = _secrets(stack)
    seen = 0
    for process in stack.processes.values():
        parent = psutil.Process(process.pid)
        for one in (parent, *parent.children(recursive=True)):
            seen += 1
            known = json.dumps([one.environ(), one.cmdline()]).encode()
            _clean(secrets, f"process {one.name()}", known)
    assert seen > len(stack.processes)


def test_the_receivers_secrets_are_for_the_receiver_alone(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path)
    settings: Settings = state.prepare(
        redis_url="redis://127.0.0.1:1/0", store=None, port=1, receiver_port=2
    )
    prepared = Stack(state, settings, 1, 2, {"PATH": "/bin"})
    secret = settings.tenants[DEFAULT_TENANT].webhook_secret
    assert secret in prepared.environment_of("receiver").values()
    for name in ("web", "worker", "courier", "beat"):
        assert secret not in prepared.environment_of(name).values()
