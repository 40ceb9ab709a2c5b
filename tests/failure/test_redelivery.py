"""Messages that come again although they were taken, and messages that are lost."""

import os
import re
import signal
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from redis import Redis

from smvm_common.client import SmvmClient
from smvm_common.run.stages import STAGE_NAMES
from smvm_common.settings import Settings
from support.callbacks import eventually
from support.faults import children_of
from support.stack import RunningStack, at_rest, running_stack
from support.undisturbed import FEW_AGENTS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PATIENCE = timedelta(seconds=240)
MINUTE = 60.0
"""Within which a lost hand-off must be found, by production's settings."""


def soon_again(settings: Settings) -> Settings:
    """Production's settings, but that what is not done within two seconds is given out again."""
    redis = replace(settings.redis, visibility_timeout_seconds=2)
    return replace(settings, redis=redis, simulation=FEW_AGENTS)


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    with running_stack(tmp_path_factory.mktemp("redelivery"), adjust=soon_again) as running:
        yield running


def signal_pool(stack: RunningStack, number: int) -> None:
    for pid in children_of(stack.processes["worker"].pid):
        os.kill(pid, number)


def wait_for_stage(client: SmvmClient, validation_id: str, stage: str) -> None:
    def at_it(state: object) -> bool:
        return state.current_stage == stage

    client.wait(validation_id, at_it, timeout=PATIENCE, poll=timedelta(seconds=0.05))


def ends_whole(stack: RunningStack, client: SmvmClient, validation_id: str) -> None:
    state = client.wait(validation_id, at_rest, timeout=PATIENCE)
    assert state.status == "awaiting_completion"
    events = client.events(validation_id)
    done = [event["name"] for event in events if event["name"].startswith("stage.")]
    assert done == [f"stage.{name}.completed" for name in STAGE_NAMES]
    told = [event["callback_sequence"] for event in events if event["callback"]]
    eventually(lambda: len(stack.receiver.of(validation_id)) >= len(told), within=120)
    assert [c.sequence for c in stack.receiver.of(validation_id)] == told


def test_what_the_broker_gives_out_again_is_done_once(stack: RunningStack):
    client = stack.client()
    validation_id = client.submit(stack.submission()).validation_id
    wait_for_stage(client, validation_id, "market_simulation")
    # nobody dies: the stage takes longer than the broker waits, and comes again beside itself
    signal_pool(stack, signal.SIGSTOP)
    try:
        # a worker looks for such messages when it has started, and then every hundred seconds
        with stack.another("courier", "courier-2"):
            eventually(lambda: max(received(stack).values()) > 1, within=2 * MINUTE)
    finally:
        signal_pool(stack, signal.SIGCONT)
    ends_whole(stack, client, validation_id)


def received(stack: RunningStack) -> Counter[str]:
    """How often each message was taken, by its identifier."""
    found = re.findall(r"smvm\.stage\.\w+\[([0-9a-f-]+)\] received", stack.log("worker"))
    return Counter(found)


def test_a_lost_hand_off_is_found_within_a_minute(stack: RunningStack):
    client = stack.client()
    stack.processes["worker"].pause()
    try:
        validation_id = client.submit(stack.submission()).validation_id
        with Redis.from_url(stack.redis.url) as redis:
            eventually(lambda: redis.llen("rapid") == 1, within=MINUTE)
            redis.delete("rapid")
            eventually(lambda: redis.llen("rapid") == 1, within=MINUTE)
    finally:
        stack.processes["worker"].unpause()
    ends_whole(stack, client, validation_id)
