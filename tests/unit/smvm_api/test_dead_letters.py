from datetime import timedelta
from urllib.parse import quote

import pytest

from smvm_api import dead_letters
from smvm_common.clock import rfc3339
from smvm_common.dead_letters import DeadLetter, letter_id
from smvm_common.identifiers import RunKey, validation_id_for
from support.runs import T0

LETTERS = "/api/v1/dead-letters"
REPLAY = LETTERS + "/replay"


def put(api, number, tenant="tractionbuild", host="receiver.example"):
    """A letter that occurred ``number`` hours after T0; its identifier."""
    run_id = f"RUN-20260302-143052-{number:08x}"
    key, at = RunKey(tenant, "P", run_id, validation_id_for(run_id)), T0 + timedelta(hours=number)
    letter = DeadLetter(
        id=letter_id(key, 1, at),
        key=key,
        correlation_id="CORR-1",
        url=f"https://{host}/hook/validation/update",
        kind="update",
        sequence=1,
        webhook_id=f"msg_{number}",
        body='{"status": "running"}',
        attempts=6,
        reason="HTTP 500",
        occurred_at=rfc3339(at),
        first_attempt_at=rfc3339(at),
        last_attempt_at=rfc3339(at),
    )
    api.services.dead_letters.put(letter)
    return letter.id


@pytest.fixture
def ids(api):
    return [put(api, number, host=f"{'ab'[number % 2]}.example") for number in range(4)]


def listed(api, query=""):
    page = api.get(f"{LETTERS}?{query}").get_json()
    return [letter["id"] for letter in page["dead_letters"]], page["next_cursor"]


def replay(api, **body):
    return api.post(REPLAY, body)


def test_letters_are_listed_oldest_first_with_their_payload(api, ids):
    page = api.get(LETTERS).get_json()
    assert [letter["id"] for letter in page["dead_letters"]] == ids
    first = page["dead_letters"][0]
    assert first["payload"] == {"status": "running"}
    assert first["destination"] == "https://a.example"
    assert first["webhook_id"] == "msg_0"
    assert page["next_cursor"] is None


def test_pages_follow_the_cursor(api, ids, monkeypatch):
    monkeypatch.setattr(dead_letters, "_PAGE", 3)
    first, cursor = listed(api)
    assert (first, cursor) == (ids[:3], ids[2])
    assert listed(api, f"cursor={cursor}") == (ids[3:], None)


def test_filters_by_run_destination_and_age(api, ids):
    assert listed(api, "validation_id=VAL-20260302-143052-00000002-001")[0] == [ids[2]]
    assert listed(api, f"destination={quote('https://b.example')}")[0] == [ids[1], ids[3]]
    after, before = rfc3339(T0 + timedelta(hours=1)), rfc3339(T0 + timedelta(hours=2))
    assert listed(api, f"occurred_after={after}&occurred_before={before}")[0] == ids[1:3]


@pytest.mark.parametrize(
    "query",
    [
        "cursor=1",
        "cursor=../../x",
        "validation_id=x",
        "destination=ftp:x",
        "occurred_after=yesterday",
        "occurred_after=0001-01-01T00:00:00%2B14:00",
        "occurred_before=2024-12-01",
        "older_than=3",
    ],
)
def test_a_wrong_query_is_a_400_that_names_the_parameter(api, ids, query):
    answer = api.get(f"{LETTERS}?{query}")
    assert answer.status_code == 400
    assert list(answer.get_json()["errors"]) == [query.split("=")[0]]


def test_one_letter(api, ids):
    assert api.get(f"{LETTERS}/{ids[1]}").get_json()["id"] == ids[1]


def test_a_purged_letter_is_gone(api, ids):
    gone = api.client.delete(f"{LETTERS}/{ids[0]}", headers=api.token())
    assert (gone.status_code, gone.get_data()) == (204, b"")
    assert listed(api)[0] == ids[1:]
    again = api.client.delete(f"{LETTERS}/{ids[0]}", headers=api.token())
    assert again.status_code == 404


@pytest.mark.parametrize("name", ["x", "..%2f..%2fx", "%00", "é", "a" * 2000])
def test_what_names_no_letter_is_a_404(api, name):
    assert api.get(f"{LETTERS}/{name}").status_code == 404


def test_replay_of_some(api, ids):
    answer = replay(api, ids=[ids[2], ids[0]])
    assert (answer.status_code, answer.get_json()) == (
        202,
        {"dry_run": False, "ids": [ids[2], ids[0]]},
    )
    assert api.sender.replays == [ids[2], ids[0]]


def test_replay_by_filter(api, ids):
    replay(api, destination="https://b.example")
    replay(api, validation_id="VAL-20260302-143052-00000000-001")
    replay(api, occurred_after=rfc3339(T0 + timedelta(hours=3)))
    assert api.sender.replays == [ids[1], ids[3], ids[0], ids[3]]


def test_replay_of_everything_stays_within_the_tenant(api, ids):
    put(api, 9, tenant="other")
    assert replay(api, everything=True).get_json()["ids"] == ids


def test_a_dry_run_names_what_it_would_replay_and_sends_nothing(api, ids):
    assert replay(api, everything=True, dry_run=True).get_json() == {"dry_run": True, "ids": ids}
    assert api.sender.replays == []


def test_one_request_replays_a_bounded_number(api, ids, monkeypatch):
    monkeypatch.setattr(dead_letters, "_MOST_REPLAYED", 2)
    assert replay(api, everything=True).get_json()["ids"] == ids[:2]


def test_an_unknown_letter_keeps_all_from_being_replayed(api, ids):
    answer = replay(api, ids=[ids[0], ids[0].replace("00000000", "000000ff")])
    assert answer.status_code == 404
    assert api.sender.replays == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"everything": False},
        {"ids": []},
        {"ids": ["x"], "everything": True},
        {"ids": ["x"], "destination": "https://b.example"},
        {"everything": 1},
        {"everything": "yes"},
        {"ids": "x"},
        {"ids": [1]},
        {"occurred_after": "soon"},
        {"occurred_after": 5},
        {"everything": True, "surprise": 1},
    ],
)
def test_a_replay_that_does_not_say_which_is_a_400(api, ids, body):
    answer = api.post(REPLAY, body)
    assert answer.status_code == 400
    assert answer.get_json()["errors"]
    assert api.sender.replays == []


def test_without_the_broker_a_replay_is_a_503(api, ids):
    api.sender.down = True
    answer = replay(api, everything=True)
    assert (answer.status_code, int(answer.headers["Retry-After"]) >= 1) == (503, True)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_another_tenants_letter_is_a_404(api, ids, method):
    headers = api.token(tenant="other")
    answer = api.client.open(f"{LETTERS}/{ids[0]}", method=method, headers=headers)
    assert answer.status_code == 404
    assert api.client.get(LETTERS, headers=headers).get_json()["dead_letters"] == []
    answer = api.client.post(REPLAY, json={"ids": [ids[0]]}, headers=headers)
    assert answer.status_code == 404
    assert listed(api)[0] == ids


def test_the_scopes_of_runs_do_not_reach_letters(api, ids):
    headers = api.token(scopes=("validation:read", "validation:write"))
    assert api.client.get(LETTERS, headers=headers).status_code == 403
    headers = api.token(scopes=("dead-letters:read",))
    assert api.client.post(REPLAY, json={"everything": True}, headers=headers).status_code == 403
