"""Tasks sent by name to a real Redis, and to none."""

import base64
import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from smvm_common.celery_sender import CelerySender, create_producer
from smvm_common.errors import UnavailableError
from smvm_common.run.stages import RAPID_STAGES, STAGE_NAMES
from smvm_common.settings import RedisSettings
from smvm_common.tasks import Share
from support.runs import KEY
from support.servers import free_port


@pytest.fixture
def queues(redis):
    return redis


@pytest.fixture
def sender(redis_url):
    app = create_producer(RedisSettings(url=redis_url))
    yield CelerySender(app)
    app.close()


def sent(queues: Redis, queue: str) -> list[tuple[dict, dict]]:
    """Headers and keyword arguments of the messages in a queue, oldest first."""
    messages = [json.loads(raw) for raw in reversed(queues.lrange(queue, 0, -1))]
    bodies = [json.loads(base64.b64decode(message["body"])) for message in messages]
    return [(m["headers"], body[1]) for m, body in zip(messages, bodies, strict=True)]


@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_a_stage_goes_to_its_queue_with_identifiers_only(queues, sender, stage):
    sender.run_next_stage(KEY, stage, 2, "CORR-1")
    ((headers, arguments),) = sent(queues, "rapid" if stage in RAPID_STAGES else "analysis")
    assert headers["task"] == f"smvm.stage.{stage}"
    assert headers["ignore_result"] is True
    expected = {**KEY.to_message(), "round_number": 2, "correlation_id": "CORR-1"}
    assert arguments == expected


def test_shares_of_a_stage_go_to_the_analysis_queue_side_by_side(queues, sender):
    wave = ("baseline-0-64", "baseline-64-64", "hype-0-64")
    shares = [Share(wave, number, 2) for number in range(2)]
    sender.run_shares(KEY, "market_simulation", 1, "CORR-1", shares)
    messages = sent(queues, "analysis")
    assert {headers["task"] for headers, _ in messages} == {"smvm.share.market_simulation"}
    common = {**KEY.to_message(), "round_number": 1, "correlation_id": "CORR-1"}
    expected = [{**common, "wave": list(wave), "number": n, "of": 2} for n in range(2)]
    assert [arguments for _, arguments in messages] == expected
    assert [share.own for share in shares] == [wave[:1], wave[1:]]


def test_callbacks_go_to_theirs_after_a_delay_if_there_is_one(queues, sender):
    sender.deliver_callbacks(KEY, "CORR-1")
    sender.deliver_callbacks(KEY, "CORR-1", timedelta(seconds=30))
    sender.replay_dead_letter("letter")
    (now, arguments), (later, _), (replay, letter) = sent(queues, "callbacks")
    assert arguments == {**KEY.to_message(), "correlation_id": "CORR-1"}
    assert now["eta"] is None
    delay = datetime.fromisoformat(later["eta"]) - datetime.now(UTC)
    assert timedelta(seconds=0) < delay <= timedelta(seconds=30)
    assert (replay["task"], letter) == ("smvm.replay_dead_letter", {"letter_id": "letter"})


def test_a_broker_that_is_not_there_is_told_in_time():
    app = create_producer(RedisSettings(url=f"redis://127.0.0.1:{free_port()}/0"))
    began = time.monotonic()
    with pytest.raises(UnavailableError, match="broker"):
        CelerySender(app).replay_dead_letter("letter")
    assert time.monotonic() - began < 30
    app.close()


def test_a_broker_that_dies_and_comes_back_is_used_again(redis_server):
    app = create_producer(RedisSettings(url=redis_server.url))
    sender = CelerySender(app)
    sender.replay_dead_letter("one")
    redis_server.kill()
    with pytest.raises(UnavailableError):
        sender.replay_dead_letter("two")
    redis_server.start()
    sender.replay_dead_letter("three")
    with Redis.from_url(redis_server.url) as client:
        assert sent(client, "callbacks")[-1][1] == {"letter_id": "three"}
    app.close()


def test_a_broker_that_hangs_is_given_up(redis_server):
    app = create_producer(RedisSettings(url=redis_server.url))
    redis_server.pause()
    try:
        with pytest.raises(UnavailableError):
            CelerySender(app).replay_dead_letter("letter")
    finally:
        redis_server.unpause()
        app.close()


def test_a_broker_that_is_away_is_not_waited_for(monkeypatch):
    def wait(seconds: float) -> None:
        raise AssertionError(f"waits {seconds} s before it tries again")

    monkeypatch.setattr("kombu.utils.functional.sleep", wait)
    app = create_producer(RedisSettings(url=f"redis://127.0.0.1:{free_port()}/0"))
    with pytest.raises(UnavailableError):
        CelerySender(app).deliver_callbacks(KEY, "CORR-1")
