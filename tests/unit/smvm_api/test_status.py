from datetime import timedelta
from threading import Event

import jsonschema
import pytest

from smvm_api import status
from smvm_common.errors import StoreUnavailableError
from smvm_common.run import transitions
from smvm_common.run.stages import STAGE_NAMES
from support.api import IDEA_REQUEST, RUN, make_api
from support.runs import T0, reject

STATUS = RUN + "/status"


def test_a_run_that_was_just_accepted(api):
    api.submit()
    status = api.get(STATUS).get_json()
    assert status["status"] == "accepted"
    assert status["progress"] == 0
    assert status["current_stage"] == "persona_synthesis"
    assert status["stage_results"] == dict.fromkeys(STAGE_NAMES, "pending")
    assert status["gate"] is None
    assert status["correlation_id"] == IDEA_REQUEST["correlation_id"]
    assert (status["degraded"], status["warnings"]) == (False, [])


def test_the_timeline_holds_the_guides_four_points(api):
    api.submit()
    timeline = api.get(STATUS).get_json()["timeline"]
    assert timeline == {
        "T0": {"due_at": "2026-03-02T14:30:52Z", "done_at": "2026-03-02T14:30:52Z"},
        "T0+3min": {"due_at": "2026-03-02T14:33:52Z", "done_at": None},
        "T0+30d": {"due_at": "2026-04-01T14:30:52Z", "done_at": None},
        "T32": {"due_at": "2026-04-03T14:30:52Z", "done_at": None},
    }


def test_the_gate_is_the_decision_matrix_once_it_exists(api):
    api.submit()
    api.analyse("gate")
    status = api.get(STATUS).get_json()
    assert status["status"] == "running"
    assert status["current_stage"] == "market_simulation"
    assert status["gate"]["gate_decision"] == "proceed"
    assert status["stage_results"]["gate"] == "completed"
    assert status["stage_results"]["market_simulation"] == "in_progress"
    assert status["timeline"]["T0+3min"]["done_at"] is not None
    assert 0 < status["progress"] < 1


def test_a_rejected_run_is_complete_and_shows_what_was_skipped(api):
    api.submit()
    api.analyse(gate=reject())
    status = api.get(STATUS).get_json()
    assert (status["status"], status["progress"]) == ("completed", 1)
    assert status["stage_results"]["market_simulation"] == "skipped"


def test_a_missed_gate_is_incomplete_under_manual_review(api):
    api.submit()
    api.analyse("persona_synthesis")
    api.move(transitions.miss_gate)
    status = api.get(STATUS).get_json()
    assert (status["status"], status["degraded"]) == ("incomplete", True)
    assert "deadline" in status["manual_review"]["reason"]
    assert status["stage_results"]["persona_synthesis"] == "completed"


def test_progress_never_falls(api):
    api.submit()
    seen = [api.get(STATUS).get_json()["progress"]]
    for stage in STAGE_NAMES:
        api.analyse(stage)
        seen.append(api.get(STATUS).get_json()["progress"])
    assert seen == sorted(seen)
    assert len(set(seen)) == len(seen)


def test_an_unchanged_status_is_a_304_without_a_body(api):
    api.submit()
    etag = api.get(STATUS).headers["ETag"]
    same = api.get(STATUS, **{"If-None-Match": etag})
    assert (same.status_code, same.get_data(), same.headers["ETag"]) == (304, b"", etag)


@pytest.mark.parametrize("offered", ["W/{etag}", '"other", {etag}', "*"])
def test_if_none_match_is_read_as_a_weak_list(api, offered):
    api.submit()
    etag = api.get(STATUS).headers["ETag"]
    answer = api.get(STATUS, **{"If-None-Match": offered.format(etag=etag)})
    assert answer.status_code == 304


def test_a_changed_status_has_another_etag(api):
    api.submit()
    etag = api.get(STATUS).headers["ETag"]
    api.analyse("persona_synthesis")
    answer = api.get(STATUS, **{"If-None-Match": etag})
    assert answer.status_code == 200
    assert answer.headers["ETag"] != etag


def test_a_second_look_does_not_read_the_store(api, monkeypatch):
    api.submit()
    first = api.get(STATUS)
    monkeypatch.setattr(api.store, "get", None)
    assert api.get(STATUS).get_data() == first.get_data()


def test_the_cache_keeps_tenants_apart(api):
    api.submit()
    assert api.get(STATUS).status_code == 200
    stranger = api.client.get(STATUS, headers=api.token(tenant="other"))
    assert stranger.status_code == 404


def test_another_process_forgets_what_changed(api, tmp_path):
    api.submit()
    api.get(STATUS)
    other = make_api(tmp_path, beside=api)
    other.post(RUN + "/cancel")
    assert api.get(STATUS).get_json()["status"] == "cancelled"


def test_without_redis_a_status_is_read_from_the_store(api):
    api.submit()
    api.redis_server.connected = False
    assert api.get(STATUS).get_json()["status"] == "accepted"


def test_without_the_store_a_status_is_a_503(api, monkeypatch):
    def fail(*args):
        raise StoreUnavailableError

    api.submit()
    monkeypatch.setattr(api.store, "get", fail)
    answer = api.get(STATUS)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    "name",
    ["VAL-20241201-143052-a1b2c3d4-009", "nothing", "VAL-..", "%2e%2e%2f", "a" * 3000, "%00", "é"],
)
def test_what_names_no_run_is_a_404(api, name):
    answer = api.get(f"/api/v1/validation/{name}/status")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


def test_events_tell_everything_in_order(api):
    api.submit()
    api.analyse("gate")
    api.post(RUN + "/cancel", {"reason": "no money"})
    events = api.get(RUN + "/events").get_json()["events"]
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["name"] == "run.accepted"
    assert events[-2]["data"] == {"reason": "no money"}
    assert events[-1]["name"] == "run.cancelled"
    assert {events[0]["actor"], events[-1]["actor"]} == {"tests"}
    called = [event["callback_sequence"] for event in events if event["callback"]]
    assert called == list(range(1, len(called) + 1))


def test_events_of_another_tenants_run_are_a_404(api):
    api.submit()
    answer = api.client.get(RUN + "/events", headers=api.token(tenant="other"))
    assert answer.status_code == 404


def test_a_test_clock_moves_the_runs_own_time_only(api):
    api.submit()
    api.post(RUN + "/clock", {"advance_seconds": timedelta(days=2).total_seconds()})
    api.analyse("gate")
    done = api.get(STATUS).get_json()["timeline"]["T0+3min"]["done_at"]
    assert done.startswith(f"{T0 + timedelta(days=2):%Y-%m-%d}")


def test_the_answer_satisfies_the_document(api):
    document = api.client.get("/openapi.json").get_json()
    schema = {"$ref": "#/components/schemas/Status", "components": document["components"]}
    api.submit()
    for stage in ("gate", "report"):
        api.analyse(stage)
        jsonschema.Draft202012Validator(schema).validate(api.get(STATUS).get_json())


def test_a_status_is_a_503_in_time_although_the_store_hangs(api, monkeypatch):
    over = Event()
    api.submit()
    monkeypatch.setattr(status, "_STORE_SECONDS", timedelta(milliseconds=20))
    monkeypatch.setattr(api.store, "get", lambda key: over.wait())
    answer = api.get(RUN + "/status")
    over.set()
    assert answer.status_code == 503
    assert answer.get_json()["type"] == "urn:smvm:problem:store-unavailable"
