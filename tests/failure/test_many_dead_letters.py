"""Ten thousand dead letters are listed, filtered and replayed in the memory that a hundred take."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pytest
from redis import Redis

from smvm_common.clock import rfc3339
from smvm_common.dead_letters import (
    DeadLetter,
    DeadLetterBox,
    DeadLetterFilter,
    destination_of,
    letter_id,
)
from smvm_common.identifiers import DEFAULT_TENANT, RunKey
from smvm_common.store.factory import build_store
from support.callbacks import callback_settings
from support.celery_commands import CeleryCommands
from support.receivers import ScriptedReceiver, status
from support.runs import T0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MANY, FEW = 10_000, 100
EACH_RUN = 10
REACHABLE = 4
"""Of so many letters one is for a receiver that answers, the others for a closed port."""
CLOSED = "http://127.0.0.1:1/hook"
SLACK = 24 * 1024
"""KiB by which two runs of one command may differ; 10,000 letters of 3 KiB kept at once take more."""
BODY = '{"validation_id": "%s", "sequence": %d, "filler": "' + "x" * 2900 + '"}'


@dataclass
class Measured:
    """What a command printed, and its largest resident memory in KiB."""

    lines: list[str]
    peak: int


@pytest.fixture
def receiver(redis_url):
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
    with ScriptedReceiver([status(204)]) as receiver:
        yield receiver


def letter(number: int, url: str) -> DeadLetter:
    run, sequence = divmod(number, EACH_RUN)
    suffix = f"{T0:%Y%m%d-%H%M%S}-{run:08x}"
    key = RunKey(DEFAULT_TENANT, "PROJ-2024-001", f"RUN-{suffix}", f"VAL-{suffix}-001")
    moment = rfc3339(T0)
    return DeadLetter(
        id=letter_id(key, sequence + 1, T0),
        key=key,
        correlation_id="CORR-1",
        url=f"{url}/validation/update",
        kind="update",
        sequence=sequence + 1,
        webhook_id=f"msg_{key.validation_id}_{sequence + 1}",
        body=BODY % (key.validation_id, sequence + 1),
        attempts=6,
        reason="HTTP 500",
        occurred_at=moment,
        first_attempt_at=moment,
        last_attempt_at=moment,
    )


def filled(
    directory: Path, number: int, receiver: ScriptedReceiver, redis_url: str
) -> CeleryCommands:
    """Commands over a store with so many letters: one in ``REACHABLE`` of them can be sent."""
    directory.mkdir()
    commands = CeleryCommands(directory, callback_settings(receiver.host), redis_url)
    box = DeadLetterBox(build_store(commands.settings.store))
    with ThreadPoolExecutor(8) as pool:
        urls = (receiver.url, *(CLOSED,) * (REACHABLE - 1))
        list(pool.map(box.put, (letter(n, urls[n % REACHABLE]) for n in range(number))))
    return commands


def letters_of(commands: CeleryCommands) -> Iterator[DeadLetter]:
    return DeadLetterBox(build_store(commands.settings.store)).list(DeadLetterFilter())


def measured(commands: CeleryCommands, *arguments: str) -> Measured:
    """Run the command and see how large it became."""
    output = commands.directory / "output"
    with output.open("w") as file:
        code, peak = commands.measure(*arguments, stdout=file)
    lines = output.read_text().splitlines()
    assert code == 0, lines[-5:]
    return Measured(lines, peak)


def test_memory_does_not_grow_with_the_letters(receiver, redis_url, tmp_path, capsys):
    few = filled(tmp_path / "few", FEW, receiver, redis_url)
    many = filled(tmp_path / "many", MANY, receiver, redis_url)
    reachable = receiver.url.removesuffix("/hook")
    asked = {
        "list": ("list", "--json", "--limit", str(MANY)),
        "replay of some": ("replay", "--destination", reachable, "--json"),
    }
    found = {
        name: [measured(c, "dead-letters", *arguments) for c in (few, many)]
        for name, arguments in asked.items()
    }
    assert [len(m.lines) for m in found["list"]] == [FEW, MANY]
    # a line for each that was sent, and one that counts them
    sent = [len(m.lines) - 1 for m in found["replay of some"]]
    assert sent == [FEW // REACHABLE, MANY // REACHABLE]
    with capsys.disabled():
        for name, pair in found.items():
            print(f"\ndead-letters {name}: {pair[0].peak} KiB with few, {pair[1].peak} with many")
    for name, (small, large) in found.items():
        assert large.peak < small.peak + SLACK, name
    # each that could be sent was sent once, and is no letter any more
    assert len(receiver.requests) == sum(sent)
    left = Counter(x.destination for x in chain(*map(letters_of, (few, many))))
    assert left == {destination_of(CLOSED): FEW + MANY - sum(sent)}
