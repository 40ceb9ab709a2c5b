import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smvm_common.errors import StoreUnavailableError
from support.api import IDEA_REQUEST, RUNS, VALIDATION_ID


def test_the_guides_example_is_accepted(api):
    response = api.submit()
    assert response.status_code == 201
    body = response.get_json()
    assert body["validation_id"] == VALIDATION_ID
    assert body["status"] == "accepted"
    assert body["validation_results"]["schema_compliance"] == "passed"
    assert body["validation_results"]["business_logic_check"] == "passed"
    assert body["validation_results"]["risk_assessment"] == "low"
    assert any("Gen Z" in text for text in body["validation_results"]["recommendations"])
    assert response.headers["Location"].endswith(f"/{VALIDATION_ID}/status")
    assert response.headers["X-Correlation-ID"] == IDEA_REQUEST["correlation_id"]
    assert api.sender.stages == [(VALIDATION_ID, "persona_synthesis")]


def test_what_was_accepted_is_in_the_store_without_personal_data(api):
    idea = {**IDEA_REQUEST["idea"], "description": "An app; ask ann@example.org or +1 650 253 0000"}
    body = api.submit(idea=idea).get_json()
    assert body["validation_results"]["pii"] == {"count": 2, "masked": {"email": 1, "phone": 1}}
    keys = list(api.store.list("runs/"))
    folder = "runs/PROJ-2024-001/validation/RUN-20241201-143052-a1b2c3d4/"
    assert keys == [folder + "idea.input.json", folder + "validation_summary.json"]
    everything = b"".join(api.store.get(key).body for key in api.store.list(""))
    for secret in (b"ann@example.org", b"253 0000", b"john.doe"):
        assert secret not in everything
    assert json.loads(api.store.get(keys[0]).body)["idea"]["submitter"].startswith("sub_")


def test_the_same_request_again_is_the_same_run(api):
    first, second = api.submit(), api.submit()
    assert second.status_code == 200
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.get_json() == first.get_json()
    assert len(api.sender.stages) == 1


def test_another_body_for_the_same_run_is_a_conflict(api):
    api.submit()
    response = api.submit(callback_url="https://other.company.com/hook")
    assert response.status_code == 409
    assert response.content_type == "application/problem+json"


def test_the_same_run_suffix_in_another_project_is_another_validation(api):
    api.submit()
    body = api.submit(project_id="OTHER").get_json()
    assert body["validation_id"] == "VAL-20241201-143052-a1b2c3d4-002"


def test_an_idempotency_key_stands_for_one_run(api):
    request = {k: v for k, v in IDEA_REQUEST.items() if k != "run_id"}
    headers = {**api.token(), "Idempotency-Key": "abc"}
    first = api.client.post(RUNS, json=request, headers=headers)
    second = api.client.post(RUNS, json=request, headers=headers)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.get_json() == second.get_json()
    other = api.client.post(RUNS, json={**request, "project_id": "X"}, headers=headers)
    assert other.status_code == 409


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "\x7f"])
def test_an_idempotency_key_that_will_not_do_is_a_400(api, key):
    headers = {**api.token(), "Idempotency-Key": key}
    response = api.client.post(RUNS, json=IDEA_REQUEST, headers=headers)
    assert response.status_code == 400
    assert list(response.get_json()["errors"]) == ["Idempotency-Key"]
    assert not list(api.store.list(""))


def test_idempotency_keys_of_two_tenants_do_not_meet(api):
    request = {k: v for k, v in IDEA_REQUEST.items() if k != "run_id"}
    answers = [
        api.client.post(
            RUNS, json=request, headers={**api.token(tenant=tenant), "Idempotency-Key": "abc"}
        )
        for tenant in ("tractionbuild", "other")
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].get_json()["run_id"] != answers[1].get_json()["run_id"]


def test_without_a_broker_the_run_is_accepted_and_marked(api):
    api.sender.down = True
    response = api.submit()
    assert (response.status_code, response.get_json()["degraded"]) == (201, True)
    assert list(api.store.list("index/moving/"))


def test_without_the_store_nothing_is_accepted(api, monkeypatch):
    def fail(*args, **kwargs):
        raise StoreUnavailableError

    monkeypatch.setattr(api.store, "create", fail)
    response = api.submit()
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) >= 1
    assert api.sender.stages == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.project_id", "../etc"),
        ("$.project_id", "a..b"),
        ("$.project_id", "a/b"),
        ("$.project_id", "a\n"),
        ("$.project_id", ""),
        ("$.project_id", "."),
        ("$.project_id", "-x"),
        ("$.project_id", "x" * 65),
        ("$.project_id", "a\u0000b"),
        ("$.project_id", "a\\b"),
        ("$.project_id", "%2e%2e"),
        ("$.project_id", "\u202egnp"),
        ("$.project_id", "\uff0e\uff0e/"),
        ("$.project_id", None),
        ("$.run_id", None),
        ("$.run_id", "RUN-20241201-143052-A1B2C3D4"),
        ("$.run_id", "RUN-٢٠٢٤١٢٠١-143052-a1b2c3d4"),
        ("$.run_id", "RUN-20241201-143052-a1b2c3d4/../x"),
        ("$.project_id", 5),
        ("$.run_id", "RUN-1"),
        ("$.run_id", "RUN-20241201-143052-a1b2c3d4\n"),
        ("$.callback_url", "http://tractionbuild.company.com/x"),
        ("$.callback_url", "https://127.0.0.1/x"),
        ("$.callback_url", "https://2130706433/x"),
        ("$.callback_url", "https://[::ffff:10.0.0.1]/x"),
        ("$.callback_url", "https://user:pw@company.com/x"),
        ("$.callback_url", "https://169.254.169.254/latest"),
        ("$.callback_url", "https://"),
        ("$.callback_url", "https://[::1"),
        ("$.callback_url", "https://a" + "b" * 2050 + ".example"),
        ("$.callback_url", "javascript:alert(1)"),
        ("$.callback_url", "https://a.example:99999/"),
        ("$.callback_url", "https://\u0000.example/"),
        ("$.callback_url", "https://\ud800.example/"),
        ("$.callback_url", {"url": "https://a.example"}),
        ("$.correlation_id", "x y"),
        ("$.correlation_id", "x\r\nSet-Cookie: a=b"),
        ("$.correlation_id", "x" * 129),
        ("$.idea", []),
        ("$.idea.description", ""),
        ("$.idea.description", None),
        ("$.idea.description", "a\u0000b"),
        ("$.idea.description", "x" * 10_001),
        ("$.idea.description", "   \n "),
        ("$.idea.description", ["a"]),
        ("$.idea.domain", ""),
        ("$.idea.domain", 7),
        ("$.idea.submitter", "x" * 255),
        ("$.idea.metadata.estimated_market_size", 10**400),
        ("$.idea.metadata.target_customers", "x" * 1001),
        ("$.idea.metadata.other", "x" * 1001),
        ("$.idea.metadata.other", [1]),
        ("$.idea.metadata", {str(n): n for n in range(51)}),
        ("$.idea.metadata", {"x" * 65: 1}),
        ("$.idea.metadata", {"": 1}),
        ("$.idea.urgency", "yesterday"),
        ("$.idea.metadata", "x"),
        ("$.idea.metadata.estimated_market_size", "5"),
        ("$.idea.metadata.estimated_market_size", True),
        ("$.idea.metadata.nested", {"a": 1}),
        ("$.idea.metadata.currency", "dollars"),
        ("$.surprise", 1),
        ("$.idea.surprise", 1),
    ],
)
def test_bad_input_names_the_field(api, path, value):
    request = json.loads(json.dumps(IDEA_REQUEST))
    *parents, leaf = path.removeprefix("$.").split(".")
    node = request
    for parent in parents:
        node = node[parent]
    node[leaf] = value
    response = api.client.post(RUNS, json=request, headers=api.token())
    assert response.status_code == 400
    problem = response.get_json()
    assert problem["status"] == 400
    assert any(name.startswith(path) for name in problem["errors"]), problem["errors"]
    assert not list(api.store.list(""))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"a": NaN}', 400),
        (b'{"a": 1, "a": 2}', 400),
        (b"[" * 100_000 + b"]" * 100_000, 400),
        (b'"\\ud800"', 400),
        (b"x" * 10_000_000, 413),
        (b"null", 400),
        (b"[1]", 400),
    ],
)
def test_bodies_that_are_no_request(api, body, status):
    headers = {**api.token(), "Content-Type": "application/json"}
    response = api.client.post(RUNS, data=body, headers=headers)
    assert response.status_code == status
    assert response.content_type == "application/problem+json"


def test_another_content_type_is_415(api):
    response = api.client.post(RUNS, data="a=1", headers=api.token())
    assert response.status_code == 415


def test_a_lone_surrogate_in_a_string_is_refused(api):
    body = json.dumps(IDEA_REQUEST).replace("millennials", "\\ud800")
    headers = {**api.token(), "Content-Type": "application/json"}
    response = api.client.post(RUNS, data=body, headers=headers)
    assert response.status_code == 400
    assert "$.idea.metadata.target_customers" in response.get_json()["errors"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.sampled_from(["run_id", "project_id", "idea", "callback_url", "correlation_id"]), JSON)
def test_no_body_makes_a_server_error(api, name, value):
    api.forget_everything()
    body = json.dumps({**IDEA_REQUEST, name: value})
    headers = {**api.token(), "Content-Type": "application/json"}
    response = api.client.post(RUNS, data=body, headers=headers)
    assert response.status_code in (201, 400), response.get_data()
    if response.status_code == 400:
        assert not list(api.store.list("runs/"))


@settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.dictionaries(st.text(max_size=20), JSON, max_size=5))
def test_no_metadata_makes_a_server_error(api, metadata):
    api.forget_everything()
    idea = {**IDEA_REQUEST["idea"], "metadata": metadata}
    headers = {**api.token(), "Content-Type": "application/json"}
    body = json.dumps({**IDEA_REQUEST, "idea": idea})
    response = api.client.post(RUNS, data=body, headers=headers)
    assert response.status_code in (201, 400), response.get_data()
