import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from smvm_common.clock import ManualClock, rfc3339
from smvm_common.dead_letters import DeadLetter, DeadLetterBox, DeadLetterFilter, letter_id
from smvm_common.settings import Settings
from smvm_common.store.memory import MemoryStore
from smvm_workers.callbacks.replayer import ReplayOutcome
from smvm_workers.commands import dead_letters as commands
from smvm_workers.commands import operator
from support.runs import KEY, T0

NOW = T0 + timedelta(hours=10)


class RecordingReplayer:
    """Delivers odd letters and fails even ones."""

    def __init__(self):
        self.asked = []

    def replay(self, letter_id):
        self.asked.append(letter_id)
        odd = int(letter_id[-1]) % 2
        return ReplayOutcome(letter_id, "delivered" if odd else "failed", "HTTP x")


@pytest.fixture
def services(monkeypatch):
    box = DeadLetterBox(MemoryStore())
    for sequence in range(1, 5):
        box.put(letter(sequence))
    found = SimpleNamespace(
        dead_letters=box, replayer=RecordingReplayer(), clock=ManualClock(NOW), settings=Settings()
    )
    for module in (commands, operator):
        monkeypatch.setattr(module, "worker_services", lambda: found)
    monkeypatch.setattr(operator, "configure_logging", lambda *_: None)
    return found


def letter(sequence):
    occurred = T0 + timedelta(hours=sequence)
    return DeadLetter(
        id=letter_id(KEY, sequence, occurred),
        key=KEY,
        correlation_id="CORR-1",
        url="https://a.example/hook/validation/update",
        kind="update",
        sequence=sequence,
        webhook_id=f"msg_{sequence}",
        body="{}",
        attempts=6,
        reason="[/red] is not markup",
        occurred_at=rfc3339(occurred),
        first_attempt_at=rfc3339(occurred),
        last_attempt_at=rfc3339(occurred),
    )


def run(*arguments, answer=None):
    return CliRunner().invoke(commands.dead_letters, arguments, input=answer)


def left(services):
    return [one.sequence for one in services.dead_letters.list(DeadLetterFilter())]


@pytest.mark.parametrize("command", ["replay", "purge"])
@pytest.mark.parametrize("arguments", [(), ("--all", "--older-than", "1h"), ("x", "--all")])
def test_nobody_acts_on_letters_without_choosing_them_in_one_way(services, command, arguments):
    assert run(command, *arguments).exit_code == 2
    assert left(services) == [1, 2, 3, 4]
    assert services.replayer.asked == []


def test_a_listing_shows_reasons_as_they_are(services):
    result = run("list")
    assert result.exit_code == 0
    assert result.stdout.count("[/red] is not markup") == 4


def test_ages_choose_by_when_the_event_occurred(services):
    listed = run("list", "--json", "--older-than", "7h", "--younger-than", "8h")
    assert [json.loads(line)["sequence"] for line in listed.stdout.splitlines()] == [2, 3]


def test_an_age_without_a_unit_is_refused(services):
    assert run("list", "--older-than", "7").exit_code == 2


def test_a_replay_is_in_order_counts_and_exits_by_what_failed(services):
    result = run("replay", "--all")
    assert services.replayer.asked == [letter(n).id for n in range(1, 5)]
    assert result.stdout.endswith("2 delivered, 2 failed, 0 skipped\n")
    assert result.exit_code == 1
    assert run("replay", letter(3).id).exit_code == 0


@pytest.mark.parametrize("command", ["replay", "purge"])
def test_a_dry_run_does_nothing(services, command):
    result = run(command, "--all", "--dry-run")
    assert result.stdout.count("would") == 4
    assert services.replayer.asked == []
    assert left(services) == [1, 2, 3, 4]


def test_a_purge_asks_with_the_number_and_takes_no_for_an_answer(services):
    result = run("purge", "--older-than", "8h", answer="n\n")
    assert "Delete 2 dead letter(s) for good?" in result.stdout
    assert result.exit_code == 1
    assert left(services) == [1, 2, 3, 4]


def test_a_purge_deletes_what_was_chosen(services):
    assert run("purge", "--older-than", "8h", "--yes").stdout == "2 purged\n"
    assert left(services) == [3, 4]


def test_a_letter_that_is_not_there_is_said_in_a_sentence(services):
    result = run("show", "nothing")
    assert (result.exit_code, result.stderr) == (1, "Error: there is no dead letter 'nothing'\n")
