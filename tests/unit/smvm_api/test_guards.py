import re
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest
from structlog.testing import capture_logs

from smvm_api import guards
from smvm_common.clock import ManualClock
from smvm_common.errors import StoreUnavailableError
from smvm_common.maintenance import MaintenanceSwitch
from smvm_common.tokens import TokenIssuer, create_key, load_keys
from support.api import IDEA_REQUEST, RUN, RUNS, make_api
from support.runs import T0

SUNDAY = T0 + timedelta(days=6)
"""The Sunday after T0, 14:30 UTC."""
WRITES = [
    ("POST", RUNS),
    ("POST", RUN + "/evidence"),
    ("PUT", RUN + "/complete"),
    ("POST", RUN + "/finalize"),
    ("POST", RUN + "/cancel"),
    ("POST", RUN + "/clock"),
    ("POST", "/api/v1/dead-letters/replay"),
    ("DELETE", "/api/v1/dead-letters/x"),
]
READS = [
    ("GET", RUNS),
    ("GET", RUN + "/status"),
    ("GET", RUN + "/results"),
    ("GET", RUN + "/events"),
    ("GET", RUN + "/artifacts/idea.input.json"),
    ("GET", "/api/v1/dead-letters"),
    ("GET", "/api/v1/dead-letters/x"),
]


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def issued(api, **auth):
    """A token of an issuer with other settings than the API's."""
    issuer = TokenIssuer(replace(api.settings.auth, **auth), api.clock)
    return bearer(issuer.issue("tests", ("validation:read",), timedelta(hours=1)))


def refused(api, headers):
    answer = api.client.get(RUNS, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    return answer.get_json()["detail"]


@pytest.mark.parametrize(("method", "path"), WRITES + READS)
def test_nothing_goes_without_a_token(api, method, path):
    assert api.client.open(path, method=method).status_code == 401


@pytest.mark.parametrize(
    "value",
    ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer x", "Bearer a.b.c", "Bearer \xff.é.x"],
)
def test_garbage_is_no_token(api, value):
    refused(api, {"Authorization": value.encode("latin-1").decode("latin-1")})


def test_an_expired_token(api):
    headers = api.token(lifetime=timedelta(minutes=5))
    assert api.client.get(RUNS, headers=headers).status_code == 200
    api.clock.advance(timedelta(minutes=5))
    assert "expired" in refused(api, headers)


def test_a_token_that_is_not_valid_yet(api):
    early = ManualClock(T0 + timedelta(hours=1))
    issuer = TokenIssuer(api.settings.auth, early)
    token = issuer.issue("tests", ("validation:read",), timedelta(hours=1))
    assert "not valid yet" in refused(api, bearer(token))


def test_another_audience(api):
    assert "udience" in refused(api, issued(api, audience="another-api"))


def test_another_issuer(api):
    assert "ssuer" in refused(api, issued(api, issuer="somebody"))


def test_an_unknown_key(api, tmp_path):
    create_key(tmp_path / "others")
    assert "unknown key" in refused(api, issued(api, keys_directory=tmp_path / "others"))


def test_a_foreign_signature_under_a_known_key_id(api, tmp_path):
    create_key(tmp_path / "others")
    genuine = api.token()["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(genuine, options={"verify_signature": False})
    (key,) = load_keys(tmp_path / "others").values()
    forged = jwt.encode(
        claims, key, algorithm="EdDSA", headers={"kid": jwt.get_unverified_header(genuine)["kid"]}
    )
    refused(api, bearer(forged))


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_another_algorithm(api, algorithm):
    genuine = api.token()["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(genuine, options={"verify_signature": False})
    headers = {"kid": jwt.get_unverified_header(genuine)["kid"]}
    key = None if algorithm == "none" else "k" * 32
    refused(api, bearer(jwt.encode(claims, key, algorithm=algorithm, headers=headers)))


def test_a_token_whose_payload_was_changed(api):
    head, payload, signature = api.token()["Authorization"].split(".")
    changed = payload[:-2] + ("AA" if payload[-2:] != "AA" else "BB")
    refused(api, {"Authorization": f"{head}.{changed}.{signature}"})


def test_reading_does_not_let_write(api):
    headers = api.token(scopes=("validation:read",))
    answer = api.client.post(RUNS, json=IDEA_REQUEST, headers=headers)
    assert answer.status_code == 403
    assert "validation:write" in answer.get_json()["detail"]
    assert not list(api.store.list(""))


def test_the_scheme_is_read_in_any_case(api):
    value = api.token()["Authorization"].replace("Bearer", "bEARER")
    assert api.client.get(RUNS, headers={"Authorization": value}).status_code == 200


# correlation


def test_the_bodys_correlation_id_goes_before_the_headers(api):
    headers = {**api.token(), "X-Correlation-ID": "HEADER-1"}
    answer = api.client.post(RUNS, json=IDEA_REQUEST, headers=headers)
    assert answer.headers["X-Correlation-ID"] == IDEA_REQUEST["correlation_id"]
    assert answer.get_json()["correlation_id"] == IDEA_REQUEST["correlation_id"]


def test_the_headers_correlation_id_is_taken_where_the_body_has_none(api):
    body = {name: value for name, value in IDEA_REQUEST.items() if name != "correlation_id"}
    answer = api.client.post(RUNS, json=body, headers={**api.token(), "X-Correlation-ID": "H-1"})
    assert answer.headers["X-Correlation-ID"] == "H-1"
    assert api.run().correlation_id == "H-1"


@pytest.mark.parametrize("offered", [None, "", "a b", "x" * 129, "<script>", "é", "-x"])
def test_one_is_minted_where_none_is_offered_that_will_do(api, offered):
    headers = {} if offered is None else {"X-Correlation-ID": offered}
    answer = api.client.get("/healthz", headers=headers)
    minted = answer.headers["X-Correlation-ID"]
    assert re.fullmatch(r"CORR-20260302-143052-[0-9a-f]{8}", minted)


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", RUNS, "/docs/", "/openapi.json"])
def test_every_answer_echoes_it(api, path):
    answer = api.client.get(path, headers={"X-Correlation-ID": "MINE-1"})
    assert answer.headers["X-Correlation-ID"] == "MINE-1"
    if answer.status_code >= 400:
        assert answer.get_json()["correlation_id"] == "MINE-1"


def test_one_request_is_one_log_line_with_one_set_of_fields(api, monkeypatch):
    fields = set()
    for path in ("/healthz", "/nowhere", RUNS, RUN + "/status"):
        with capture_logs() as lines:
            monkeypatch.setattr(guards, "_LOG", guards.structlog.get_logger("x"))
            api.get(path)
        (line,) = (entry for entry in lines if entry["event"] == "request")
        assert line["path"] == path
        fields.add(frozenset(line))
    assert len(fields) == 1


# maintenance


@pytest.fixture
def closed(tmp_path):
    api = make_api(tmp_path)
    api.submit()
    api.clock.advance(SUNDAY.replace(hour=3, minute=0, second=0) - T0)
    return api


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_in_the_weekly_window_writes_are_a_503_until_it_ends(closed, method, path):
    answer = closed.client.open(path, method=method, json={}, headers=closed.token())
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "3600"


@pytest.mark.parametrize(("method", "path"), READS)
def test_in_the_weekly_window_reads_go_on(closed, method, path):
    answer = closed.client.open(path, method=method, headers=closed.token())
    assert answer.status_code in (200, 202, 404)


@pytest.mark.parametrize(
    ("hour", "minute", "status"), [(1, 59, 201), (2, 0, 503), (3, 59, 503), (4, 0, 201)]
)
def test_the_window_is_the_guides(api, hour, minute, status):
    api.clock.advance(SUNDAY.replace(hour=hour, minute=minute, second=0) - T0)
    assert api.submit().status_code == status


def test_the_switch_closes_and_opens_by_hand_for_every_process(api, tmp_path):
    other = make_api(tmp_path, beside=api)
    operator = MaintenanceSwitch(api.settings.maintenance, api.store, api.clock)
    operator.close(T0 + timedelta(minutes=90), "moving the store")
    for process in (api, other):
        answer = process.submit()
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5400")
    assert api.get(RUNS).status_code == 200
    operator.open()
    api.clock.advance(timedelta(seconds=6))
    assert api.submit().status_code == 201


def test_the_switch_ends_by_itself(api):
    operator = MaintenanceSwitch(api.settings.maintenance, api.store, api.clock)
    operator.close(T0 + timedelta(minutes=1), "a restart")
    assert api.submit().status_code == 503
    api.clock.advance(timedelta(minutes=1))
    assert api.submit().status_code == 201


def test_maintenance_forced_by_the_settings(tmp_path):
    def forced(settings):
        return replace(settings, maintenance=replace(settings.maintenance, forced=True))

    api = make_api(tmp_path, adjust=forced)
    answer = api.submit()
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_with_validation_switched_off_writes_are_a_503(tmp_path, method, path):
    api = make_api(tmp_path, validation_enabled=False)
    answer = api.client.open(path, method=method, json={}, headers=api.token())
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(("method", "path"), READS)
def test_with_validation_switched_off_reads_go_on(tmp_path, method, path):
    make_api(tmp_path).submit()
    api = make_api(tmp_path, validation_enabled=False)
    answer = api.client.open(path, method=method, headers=api.token())
    assert answer.status_code in (200, 202, 404)


def test_a_store_that_is_down_does_not_pass_for_maintenance(api, monkeypatch):
    def fail(*args, **kwargs):
        raise StoreUnavailableError

    monkeypatch.setattr(api.store, "get", fail)
    monkeypatch.setattr(api.store, "create", fail)
    assert api.submit().get_json()["type"] == "urn:smvm:problem:store-unavailable"
