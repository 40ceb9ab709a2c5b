"""A run with a language model behind an OpenAI-compatible endpoint, on the real stack."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import requests
from redis import Redis

from smvm_common.client import Idea, State
from smvm_common.settings import ProvidersSettings, Settings
from support.chat_server import PORTRAIT, ChatServer, sensible
from support.providers import API_KEY, model_settings
from support.stack import RunningStack, at_rest, running_stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

TOKENS = 11_000
"""Of each answer: three make 82 % of what a run may use."""
PLANTS = Idea(
    "Somebody waters your plants and empties the letterbox while you travel", "neighbours"
)
PATIENCE = timedelta(seconds=120)


@pytest.fixture(scope="module")
def model():
    with ChatServer([sensible(tokens=TOKENS)]) as server:
        yield server


@pytest.fixture(scope="module")
def stack(model, tmp_path_factory):
    directory = tmp_path_factory.mktemp("stack")
    companies = directory / "companies.csv"
    companies.write_text(
        "name,domains,description,source,year\n"
        "Pennywise Budgets,finance,AI-powered personal finance management platform,"
        "company register,2025\n"
    )

    def configured(settings: Settings) -> Settings:
        providers = ProvidersSettings(
            kind="openai_compatible",
            companies_csv=companies,
            openai_compatible=model_settings(model.base_url, timeout_seconds=30.0),
        )
        # a stage that a loaded machine keeps waiting is not handed out twice, and asks once
        patient = replace(settings.scheduler, stalled_after_seconds=600.0)
        return replace(settings, providers=providers, scheduler=patient)

    with running_stack(directory, adjust=configured) as running:
        yield running


def analysed(stack: RunningStack, number: int, **changes: object) -> State:
    client = stack.client()
    accepted = client.submit(stack.submission(number, **changes))
    return client.wait(accepted.validation_id, at_rest, timeout=PATIENCE)


def document(stack: RunningStack, state: State, name: str) -> dict:
    prefix = f"runs/PROJ-{state.raw['project_id'][-3:]}/validation/{state.raw['run_id']}/"
    return json.loads(stack.store.get(prefix + name).body)


def constraints(stack: RunningStack, state: State) -> list[dict]:
    heard = [c.payload for c in stack.receiver.of(state.validation_id) if c.kind == "alert"]
    return [alert for alert in heard if alert["alert_type"] == "resource_constraint"]


def wait_for(stack: RunningStack, state: State, condition) -> None:
    """Until the receiver, which hears of things a little later, has heard."""
    stack.client().wait(state.validation_id, lambda _: condition(), timeout=PATIENCE)


def test_the_model_is_named_metered_and_asked_once(stack: RunningStack, model: ChatServer):
    first = analysed(stack, 1)
    assert first.status == "awaiting_completion"
    assert sorted(model.names()) == ["competitors", "personas", "reading"]
    personas = document(stack, first, "personas.output.json")
    assert {p["portrait"] for p in personas["personas"]} == {PORTRAIT}
    competitors = document(stack, first, "competitors.output.json")
    assert competitors["competitors"][0]["company_info"]["name"] == "Pennywise Budgets"
    for found in (personas, competitors, document(stack, first, "decision.output.json")):
        assert ("language model test-model", "model") in {
            (source["name"], source["kind"]) for source in found["sources"]
        }
    assert metric(stack, 'smvm_tokens_consumed_total{provider="openai_compatible"}') == 3 * TOKENS

    wait_for(stack, first, lambda: constraints(stack, first))
    (alert,) = constraints(stack, first)
    assert (alert["context"]["budget"], alert["context"]["level"]) == ("run", "nearly")
    assert alert["context"]["used"] == 3 * TOKENS

    second = analysed(stack, 2)
    assert len(model.requests) == 3
    assert document(stack, second, "personas.output.json")["personas"] == personas["personas"]
    assert metric(stack, 'smvm_tokens_consumed_total{provider="openai_compatible"}') == 3 * TOKENS


def test_the_month_outlives_redis(stack: RunningStack):
    Redis.from_url(stack.redis.url).flushall()
    (account,) = [k for k in stack.store.list("index/tokens/") if "-" in k and k.endswith(".json")]
    assert json.loads(stack.store.get(account).body)["used"] == 3 * TOKENS
    share = 3 * TOKENS / 2_000_000
    state = analysed(stack, 3)
    wait_for(stack, state, lambda: metric(stack, "smvm_token_budget_used_ratio") == share)


def test_without_the_endpoint_a_run_is_degraded_and_finishes(
    stack: RunningStack, model: ChatServer
):
    model.__exit__()
    state = analysed(stack, 4, idea=PLANTS)
    assert state.status in ("awaiting_completion", "completed")
    assert state.raw["degraded"] is True
    assert any("language model was not used" in text for text in state.raw["warnings"])
    again = analysed(stack, 5)
    assert not any("language model" in text for text in again.raw["warnings"])


def test_the_key_is_nowhere(stack: RunningStack):
    stored = {key: stack.store.get(key).body for key in stack.store.list("")}
    logs = {p.name: p.read_bytes() for p in (stack.directory / "logs").iterdir()}
    assert any("consultations/" in key for key in stored)
    assert "worker.log" in logs
    for name, body in (stored | logs).items():
        assert API_KEY.encode() not in body, name
    assert API_KEY not in requests.get(f"{stack.url}/metrics", timeout=10).text
    assert API_KEY not in repr(stack.settings)


def metric(stack: RunningStack, name: str) -> float:
    for line in requests.get(f"{stack.url}/metrics", timeout=10).text.splitlines():
        if line.startswith(f"{name} "):
            return float(line.rsplit(" ", 1)[1])
    return 0.0
