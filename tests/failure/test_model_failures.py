"""A worker killed while a language model thinks: the question is asked again, the budget holds."""

import json
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest

from smvm_common.settings import ProvidersSettings, Settings
from support.chat_server import ChatServer, sensible
from support.providers import model_settings
from support.receivers import Conversation
from support.stack import at_rest, running_stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

PATIENCE = timedelta(seconds=150)


def test_a_worker_killed_while_the_model_thinks(tmp_path):
    asked = Event()

    def think(conversation: Conversation) -> None:
        asked.set()
        conversation.ended.wait()

    def configured(settings: Settings) -> Settings:
        endpoint = model_settings(model.base_url, timeout_seconds=60.0)
        providers = ProvidersSettings("openai_compatible", None, endpoint)
        quick = replace(settings.scheduler, reconcile_tick_seconds=2.0, stalled_after_seconds=15.0)
        return replace(settings, providers=providers, scheduler=quick)

    with (
        ChatServer([think, sensible()]) as model,
        running_stack(tmp_path, adjust=configured) as stack,
    ):
        client, worker = stack.client(), stack.processes["worker"]
        validation_id = client.submit(stack.submission()).validation_id
        assert asked.wait(PATIENCE.total_seconds())
        worker.kill()
        worker.start()
        state = client.wait(validation_id, at_rest, timeout=PATIENCE)
        accounts = {
            key: json.loads(stack.store.get(key).body)
            for key in stack.store.list("")
            if key.endswith("/tokens.json") or key.startswith("index/tokens/")
        }
        names = model.names()

    assert state.status == "awaiting_completion"
    assert not any("language model" in text for text in state.raw["warnings"])
    assert set(names) == {"reading", "personas", "competitors"}
    assert len(accounts) == 2
    for account in accounts.values():
        # what the killed call had reserved stays so: a budget is never thought larger than it is
        assert account["used"] == 600 * (len(names) - 1)
        assert 0 < account["reserved"] < 10_000
        assert account["refused"] is False
