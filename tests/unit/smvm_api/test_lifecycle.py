from dataclasses import replace
from datetime import timedelta

import pytest

from smvm_api import lifecycle
from smvm_common.run import transitions
from smvm_common.run.record import RunStatus
from support.api import RUN, make_api
from support.runs import T0, reject

OBSERVATION = {"kind": "sign_ups", "trials": 1200, "successes": 31}
EVIDENCE = {"observations": [OBSERVATION]}


def complete(api, body=None):
    return api.client.put(RUN + "/complete", json=body, headers=api.token())


def in_state(api, state):
    """Bring the submitted run into a state by the real transitions."""
    api.submit()
    match state:
        case RunStatus.RUNNING:
            api.analyse("gate")
        case RunStatus.AWAITING_COMPLETION:
            api.analyse()
        case RunStatus.INCOMPLETE:
            api.move(transitions.miss_gate)
        case RunStatus.FAILED:
            api.move(lambda run, now: transitions.fail(run, now, "gate", "a reason"))
        case RunStatus.COMPLETED:
            api.analyse(gate=reject())
        case RunStatus.FINALIZED:
            api.analyse(gate=reject())
            api.move(lambda run, now: transitions.finalize(run, now, "tests"))
        case RunStatus.CANCELLED:
            api.move(lambda run, now: transitions.cancel(run, now, "tests", None))
    assert api.run().status is state


S = RunStatus
PERMITTED = {
    "evidence": (202, {S.ACCEPTED, S.RUNNING, S.AWAITING_COMPLETION, S.INCOMPLETE}),
    "complete": (200, {S.AWAITING_COMPLETION, S.COMPLETED, S.FINALIZED}),
    "finalize": (200, {S.COMPLETED, S.FINALIZED}),
    "cancel": (202, {S.ACCEPTED, S.RUNNING, S.AWAITING_COMPLETION, S.INCOMPLETE, S.CANCELLED}),
    "clock": (200, set(S) - {S.CANCELLED}),
}


def ask(api, action):
    if action == "complete":
        return complete(api)
    bodies = {"evidence": EVIDENCE, "clock": {"advance_seconds": 60}}
    return api.post(f"{RUN}/{action}", bodies.get(action))


@pytest.mark.parametrize("state", list(RunStatus))
@pytest.mark.parametrize("action", PERMITTED)
def test_each_state_permits_what_the_contract_says_and_refuses_the_rest(api, action, state):
    in_state(api, state)
    before = api.run()
    answer = ask(api, action)
    success, states = PERMITTED[action]
    if state in states:
        assert answer.status_code == success
        return
    assert answer.status_code == 409
    assert state.value in answer.get_json()["detail"]
    assert api.run() == before


@pytest.mark.parametrize("body", [None, {}, {"note": "as planned"}])
def test_complete_takes_a_body_or_none(api, body):
    in_state(api, S.AWAITING_COMPLETION)
    answer = complete(api, body)
    assert (answer.status_code, answer.get_json()["status"]) == (200, "completed")
    notes = [event.data["note"] for event in api.run().events if event.name == "run.note"]
    assert notes == ([body["note"]] if body else [])


def test_completing_again_changes_nothing(api):
    in_state(api, S.AWAITING_COMPLETION)
    first = complete(api).get_json()
    before = api.run()
    api.clock.advance(timedelta(hours=1))
    assert complete(api, {"note": "again"}).get_json() == first
    assert api.run() == before


def test_completing_with_evidence_waits_for_the_analysis(api, monkeypatch):
    in_state(api, S.AWAITING_COMPLETION)
    # the sleep between two looks is where the worker gets its turn
    monkeypatch.setattr(lifecycle.time, "sleep", lambda seconds: api.analyse())
    answer = complete(api, {"evidence": [OBSERVATION], "note": "landing page"})
    assert answer.get_json()["status"] == "completed"
    run = api.run()
    assert (run.round, [reference.round for reference in run.evidence]) == (2, [2])
    assert "run.note" in [event.name for event in run.events]


def test_an_analysis_that_takes_too_long_is_a_409_and_goes_on(api, monkeypatch):
    in_state(api, S.AWAITING_COMPLETION)
    monkeypatch.setattr(lifecycle, "_ANALYSIS_WAIT", timedelta(0))
    answer = complete(api, {"evidence": [OBSERVATION]})
    assert answer.status_code == 409
    assert "unfinished" in answer.get_json()["detail"]
    assert api.sender.stages[-1][1] == "market_simulation"
    api.analyse()
    assert complete(api, {"evidence": [OBSERVATION]}).get_json()["status"] == "completed"


def test_the_first_final_decision_stands(api):
    in_state(api, S.COMPLETED)
    first = api.post(RUN + "/finalize").get_json()
    assert first["status"] == "finalized"
    assert first["final"]["recommendation"] == "no_go"
    assert first["final"]["decided_by"] == "tests"
    before = api.run()
    api.clock.advance(timedelta(days=1))
    assert api.post(RUN + "/finalize").get_json() == first
    assert api.run() == before


def test_cancelling_again_changes_nothing(api):
    api.submit()
    assert api.post(RUN + "/cancel", {"reason": "no money"}).get_json()["status"] == "cancelled"
    before = api.run()
    assert api.post(RUN + "/cancel").status_code == 202
    assert api.run() == before


def test_evidence_is_appended_and_the_same_again_is_kept_once(api):
    api.submit()
    assert api.post(RUN + "/evidence", EVIDENCE).get_json()["evidence_count"] == 1
    assert api.post(RUN + "/evidence", EVIDENCE).get_json()["evidence_count"] == 1
    other = {"observations": [OBSERVATION, {**OBSERVATION, "price": 12.5, "days": 7}]}
    assert api.post(RUN + "/evidence", other).get_json()["evidence_count"] == 2
    assert len(list(api.store.list("work/PROJ-2024-001/"))) == 2


def test_evidence_is_masked_before_it_is_kept(api):
    api.submit()
    note = "call ann@example.org"
    api.post(RUN + "/evidence", {"observations": [{**OBSERVATION, "note": note}]})
    (name,) = api.store.list("work/PROJ-2024-001/")
    assert b"ann@example.org" not in api.store.get(name).body
    assert b"[email]" in api.store.get(name).body


def test_notes_and_reasons_are_masked_before_they_are_kept(api):
    in_state(api, S.AWAITING_COMPLETION)
    complete(api, {"note": "as ann@example.org said"})
    assert all(b"ann@example.org" not in api.store.get(k).body for k in api.store.list(""))
    other = "RUN-20241201-143052-00000002"
    path = api.submit(run_id=other, project_id="P").headers["Location"].removesuffix("status")
    api.post(path + "cancel", {"reason": "ask ann@example.org"})
    assert all(b"ann@example.org" not in api.store.get(k).body for k in api.store.list(""))


def test_a_run_holds_a_bounded_number_of_pieces_of_evidence(api, monkeypatch):
    monkeypatch.setattr(lifecycle, "_MOST_EVIDENCE", 2)
    api.submit()
    bodies = [{"observations": [{**OBSERVATION, "successes": n}]} for n in range(3)]
    answers = [api.post(RUN + "/evidence", body).status_code for body in bodies]
    assert answers == [202, 202, 409]
    # what is known already is no further piece
    assert api.post(RUN + "/evidence", bodies[0]).status_code == 202
    assert len(api.run().evidence) == 2


def test_a_note_is_kept_when_nothing_has_to_be_analysed_again(api):
    in_state(api, S.AWAITING_COMPLETION)
    complete(api, {"evidence": [], "note": "fine"})
    assert api.run().events[-2].data == {"note": "fine"}


def test_the_test_clock_exists_only_in_a_sandbox(tmp_path):
    def live(settings):
        return replace(settings, sandbox=replace(settings.sandbox, enabled=False))

    api = make_api(tmp_path, adjust=live)
    api.submit()
    assert api.post(RUN + "/clock", {"advance_seconds": 1}).status_code == 404


def test_the_test_clock_needs_its_own_scope(api):
    api.submit()
    headers = api.token(scopes=("validation:read", "validation:write"))
    answer = api.client.post(RUN + "/clock", json={"advance_seconds": 1}, headers=headers)
    assert answer.status_code == 403


def test_the_test_clock_moves_the_due_time(api):
    api.submit()
    api.post(RUN + "/clock", {"advance_seconds": timedelta(days=30).total_seconds()})
    api.post(RUN + "/clock", {"advance_seconds": 0.5})
    assert api.run().clock_offset == timedelta(days=30, seconds=0.5)
    assert api.run().timeline.completion.due_at == T0 + timedelta(days=30)


@pytest.mark.parametrize("action", ["evidence", "complete", "finalize", "cancel", "clock"])
def test_another_tenants_run_is_a_404_and_stays_as_it_is(api, action):
    in_state(api, S.AWAITING_COMPLETION)
    before = api.run()
    method = "PUT" if action == "complete" else "POST"
    bodies = {"evidence": EVIDENCE, "clock": {"advance_seconds": 1}}
    answer = api.client.open(
        f"{RUN}/{action}",
        method=method,
        json=bodies.get(action, {}),
        headers=api.token(tenant="other"),
    )
    assert answer.status_code == 404
    assert api.run() == before
