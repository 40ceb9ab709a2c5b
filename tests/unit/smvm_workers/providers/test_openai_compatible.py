"""Sessions: what a model adds, what it cannot move, and what becomes of a run without it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smvm_common.clock import ManualClock
from smvm_common.store.memory import MemoryStore
from smvm_workers.engine.domain import Idea
from smvm_workers.engine.lexicon import rows_of
from smvm_workers.engine.reference.industries import domains
from smvm_workers.providers.offline import OfflineProvider
from support.chat_server import PORTRAIT, ChatServer, completion, sensible
from support.providers import API_KEY, NOW, STAGE_TIME, providers
from support.receivers import hang, status
from support.runs import KEY, new_run

FINANCE = Idea("AI-powered personal finance management platform", "finance", "high")
OPEN = Idea("Somebody waters your plants and empties the letterbox while you travel", "xyz", "low")
GIBBERISH = Idea("qwrtzx bcdfgh jklmnp zzxxcc vvbbnn", "finance", "low")
PERPETUAL = Idea("A perpetual motion machine that powers homes for ever", "energy", "high")
OFFLINE = OfflineProvider()


def session(parts, run=None):
    return parts.open(run or new_run(), STAGE_TIME)


def test_the_reading_takes_what_the_words_leave_open():
    with ChatServer() as server:
        reading = session(providers(server.base_url)).read_idea(OPEN)
    assert reading.domain == "finance"
    assert reading.segment.label == "millennials"
    assert "machine learning" in reading.technologies
    assert [s.kind for s in reading.sources if s.name == "language model test-model"] == ["model"]


def test_personas_get_portraits_and_competitors_names():
    with ChatServer() as server:
        asked = session(providers(server.base_url))
        reading = asked.read_idea(FINANCE)
        personas = asked.synthesise_personas(FINANCE, reading)
        found = asked.find_competitors(FINANCE, reading)
    assert {p.portrait for p in personas.personas} == {PORTRAIT}
    alone = OFFLINE.find_competitors(FINANCE, reading)
    assert found.competitors == alone.competitors
    assert [c.name for c in found.also_named] == ["Pennywise Ledgers", "Larkspur & Co"]
    assert len(server.requests) == 3


@pytest.mark.parametrize("idea", [GIBBERISH, PERPETUAL])
def test_of_a_meaningless_or_forbidden_idea_nothing_is_asked(idea):
    with ChatServer() as server:
        asked = session(providers(server.base_url))
        reading = asked.read_idea(idea)
        personas = asked.synthesise_personas(idea, reading)
        competitors = asked.find_competitors(idea, reading)
    assert server.requests == []
    assert reading == OFFLINE.read_idea(idea)
    assert personas == OFFLINE.synthesise_personas(idea, reading)
    assert competitors == OFFLINE.find_competitors(idea, reading)
    assert asked.alerts() == ()


def _some(kind):
    return st.lists(st.sampled_from(sorted(rows_of(kind, "label"))), max_size=3, unique=True)


ANSWERS = st.fixed_dictionaries(
    {
        "domain": st.none() | st.sampled_from([d.name for d in domains()[:-1]]),
        "buyer": st.sampled_from([None, "firm", "consumer"]),
        "segment": st.none() | st.sampled_from(sorted(rows_of("segment", "code"))),
        "technologies": _some("technology"),
        "regulations": _some("regulation"),
    }
)


@settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))
@given(ANSWERS)
def test_no_answer_moves_the_money_of_what_the_idea_itself_says(answer):
    idea = replace(FINANCE, target_customers="millennials")
    with ChatServer([sensible({"reading": answer})]) as server:
        asked = session(providers(server.base_url))
        helped = asked.size_market(idea, asked.read_idea(idea))
    alone = OFFLINE.size_market(idea, OFFLINE.read_idea(idea))
    assert (helped.tam, helped.sam, helped.som) == (alone.tam, alone.sam, alone.som)
    assert (helped.customers, helped.annual_spend) == (alone.customers, alone.annual_spend)


def test_asked_twice_in_a_run_it_says_the_same_without_a_call():
    store = MemoryStore()
    with ChatServer() as server:
        first = session(providers(server.base_url, store)).read_idea(OPEN)
        again = session(providers(server.base_url, store)).read_idea(OPEN)
        assert len(server.requests) == 1
    replayed = session(providers(server.base_url, store)).read_idea(OPEN)
    assert first == again == replayed


def test_the_same_idea_in_another_run_makes_no_call():
    store = MemoryStore()
    other = new_run(key=replace(KEY, project_id="PROJ-2024-002"))
    with ChatServer() as server:
        first = session(providers(server.base_url, store)).read_idea(OPEN)
        second = session(providers(server.base_url, store), other).read_idea(OPEN)
    assert len(server.requests) == 1
    assert first == second


def test_another_model_is_asked_anew():
    store = MemoryStore()
    other = new_run(key=replace(KEY, project_id="PROJ-2024-002"))
    with ChatServer() as server:
        session(providers(server.base_url, store)).read_idea(OPEN)
        session(providers(server.base_url, store, model="newer"), other).read_idea(OPEN)
    assert len(server.requests) == 2


REFUSALS = {
    "down": None,
    "slow": hang(),
    "busy": status(429),
    "failing": status(500),
    "garbage": status(200, body=b"\x00\xff"),
    "prose": completion("I think finance."),
    "wrong schema": completion('{"domain": "the moon"}'),
    "wrong key": status(401),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_without_the_model_the_built_in_reading_stands_and_says_so(refusal):
    with ChatServer([REFUSALS[refusal] or sensible()]) as server:
        url = "http://127.0.0.1:1/v1" if refusal == "down" else server.base_url
        asked = session(providers(url, timeout_seconds=0.3))
        reading = asked.read_idea(OPEN)
        competitors = asked.find_competitors(OPEN, reading)
    alone = OFFLINE.read_idea(OPEN)
    *kept, finding = reading.findings
    assert replace(reading, findings=tuple(kept)) == alone
    assert (finding.code, finding.severity) == ("model-not-used", "warning")
    assert API_KEY not in finding.message
    assert competitors.findings[-1] == finding
    assert competitors.competitors == OFFLINE.find_competitors(OPEN, alone).competitors


def test_an_endpoint_that_failed_is_not_asked_again_in_the_same_stage():
    with ChatServer([status(500)]) as server:
        asked = session(providers(server.base_url))
        asked.synthesise_personas(OPEN, asked.read_idea(OPEN))
    assert len(server.requests) == 2


def test_a_failure_stands_for_the_run_too():
    store = MemoryStore()
    with ChatServer([status(401), sensible()]) as server:
        first = session(providers(server.base_url, store)).read_idea(OPEN)
        again = session(providers(server.base_url, store)).read_idea(OPEN)
    assert first == again
    assert first.findings[-1].code == "model-not-used"


def test_over_budget_nothing_is_asked_and_the_receiver_hears_of_it():
    with ChatServer() as server:
        asked = session(providers(server.base_url, tokens_per_run=10))
        reading = asked.read_idea(OPEN)
    assert server.requests == []
    assert "budget" in reading.findings[-1].message
    (alert,) = asked.alerts()
    assert (alert.alert_type, alert.context["level"]) == ("resource_constraint", "exhausted")


def test_at_four_fifths_the_receiver_hears_of_it_also_when_the_stage_is_done_again():
    store = MemoryStore()
    with ChatServer([sensible(tokens=8_500)]) as server:
        for _ in range(2):
            asked = session(providers(server.base_url, store, tokens_per_run=10_000))
            asked.read_idea(OPEN)
            assert [a.context["level"] for a in asked.alerts()] == ["nearly"]
    assert len(server.requests) == 1


def test_all_questions_of_a_stage_share_its_time():
    with ChatServer([hang()]) as server:
        parts = providers(server.base_url, clock=ManualClock(NOW), timeout_seconds=60.0)
        asked = parts.open(new_run(), timedelta(seconds=0.5))
        reading = asked.read_idea(OPEN)
        asked.synthesise_personas(OPEN, reading)
    assert len(server.requests) == 1
    assert "in time" in reading.findings[-1].message
