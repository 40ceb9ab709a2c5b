"""``celery -A smvm_workers dead-letters`` and ``runs``, in processes of their own."""

import json

import pytest
from redis import Redis

from smvm_common.celery_sender import CelerySender, create_producer
from smvm_common.store.factory import build_store
from support.callbacks import CallbackWorkers, callback_settings, eventually
from support.celery_commands import CeleryCommands
from support.receivers import ScriptedReceiver, status
from support.servers import free_port

pytestmark = pytest.mark.slow
"""Each command is a process that loads the engine."""


@pytest.fixture
def dead(redis_url, tmp_path):
    """Three dead letters of one run and one of another, all to one closed port."""
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
    commands = CeleryCommands(tmp_path, callback_settings("127.0.0.1", retries=0), redis_url)
    store = build_store(commands.settings.store)
    with CallbackWorkers(commands.settings, redis_url, store) as workers:
        workers.commands = commands
        workers.port = free_port()
        workers.keys = [
            workers.start_run(f"http://127.0.0.1:{workers.port}/[hook]", number)
            for number in (1, 2)
        ]
        workers.notify_at_once(workers.keys[0], 3)
        workers.notify(workers.keys[1])
        eventually(lambda: all(workers.settled(key) for key in workers.keys))
        yield workers


def test_letters_are_listed_shown_and_replayed_once(dead):
    first = dead.dead()[0]
    table = dead.commands.run("dead-letters", "list")
    assert table.returncode == 0
    assert all(letter.id in table.stdout for letter in dead.dead())

    listed = dead.commands.run(
        "dead-letters", "list", "--json", "--run", dead.keys[0].validation_id
    )
    assert [json.loads(line)["sequence"] for line in listed.stdout.splitlines()] == [1, 2, 3]
    shown = json.loads(dead.commands.run("dead-letters", "show", first.id).stdout)
    assert shown["payload"]["validation_id"] == dead.keys[0].validation_id

    one = ("dead-letters", "replay", "--destination", first.destination, "--json")
    failed = dead.commands.run(*one)
    assert failed.returncode == 1
    assert {json.loads(line)["result"] for line in failed.stdout.splitlines()} == {"failed"}

    with ScriptedReceiver([status(200)], dead.port) as receiver:
        done = dead.commands.run("dead-letters", "replay", "--all")
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith("4 delivered, 0 failed, 0 skipped\n")
        again = dead.commands.run("dead-letters", "replay", first.id)
        assert again.returncode == 1
        assert "there is no dead letter" in again.stderr
        assert sorted(receiver.sequences()) == [1, 1, 2, 3]
    assert dead.dead() == []


def test_letters_are_purged_only_when_confirmed(dead):
    refused = dead.commands.run("dead-letters", "purge", "--all", answer="n\n")
    assert refused.returncode == 1
    assert "Delete 4 dead letter(s)" in refused.stdout
    assert len(dead.dead()) == 4

    done = dead.commands.run(
        "dead-letters", "purge", "--run", dead.keys[0].validation_id, answer="y\n"
    )
    assert done.returncode == 0
    assert [letter.key for letter in dead.dead()] == [dead.keys[1]]


def test_runs_are_listed_shown_and_cancelled(dead):
    key = dead.keys[0]
    listed = dead.commands.run("runs", "list", "--json")
    assert [json.loads(line)["validation_id"] for line in listed.stdout.splitlines()] == [
        k.validation_id for k in dead.keys
    ]
    cancelled = dead.commands.run("runs", "cancel", key.validation_id, "--reason", "a test")
    assert cancelled.stdout == f"{key.validation_id} is cancelled\n"
    shown = json.loads(dead.commands.run("runs", "show", key.validation_id).stdout)
    assert shown["status"] == "cancelled"
    assert shown["callbacks"]["settled_through"] == 3
    assert shown["callbacks"]["pending"] == 1
    again = dead.commands.run("runs", "cancel", key.validation_id)
    assert again.returncode == 1
    assert "not possible while the run is cancelled" in again.stderr
    assert "Traceback" not in again.stderr


def test_a_worker_delivers_retries_and_replays(redis_url, tmp_path):
    port = free_port()
    settings = callback_settings("127.0.0.1", retries=1)
    commands = CeleryCommands(tmp_path, settings, redis_url)
    store = build_store(commands.settings.store)
    producer = CelerySender(create_producer(commands.settings.redis))
    with (
        ScriptedReceiver([status(500), status(200)]) as receiver,
        CallbackWorkers(commands.settings, redis_url, store, announce=False) as here,
        commands.worker("callbacks"),
    ):
        well = here.start_run(receiver.url, 1)
        dead = here.start_run(f"http://127.0.0.1:{port}/hook", 2)
        for key in (well, dead):
            here.notify(key, 3)
            producer.deliver_callbacks(key, "CORR-1")
        eventually(lambda: here.settled(well) and here.settled(dead), within=40)
        assert receiver.sequences() == [1, 1, 2, 3]
        letters = here.dead()
        assert [letter.attempts for letter in letters] == [2, 2, 2]
        with ScriptedReceiver([status(200)], port) as back:
            for letter in letters:
                producer.replay_dead_letter(letter.id)
            eventually(lambda: here.dead() == [], within=20)
            assert sorted(back.sequences()) == [1, 2, 3]
