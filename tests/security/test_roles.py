"""Who may do what: every role at every endpoint, and every tenant's things kept from the others."""

from collections.abc import Callable
from typing import Any

import pytest

from smvm_common.clock import rfc3339
from smvm_common.dead_letters import DeadLetter, letter_id
from smvm_common.identifiers import DEFAULT_TENANT, RunKey
from smvm_common.tokens import ROLES, SCOPES
from support.api import IDEA_REQUEST, RUNS, ApiUnderTest, make_api
from support.runs import T0

RUN = "VAL-20241201-143052-a1b2c3d4-001"
ONE = f"/api/v1/validation/{RUN}"
LETTERS = "/api/v1/dead-letters"
PRIVACY = "/api/v1/privacy"

ENDPOINTS: dict[tuple[str, str], str | None] = {
    ("POST", RUNS): "validation:write",
    ("GET", RUNS): "validation:read",
    ("GET", f"{ONE}/status"): "validation:read",
    ("GET", f"{ONE}/results"): "validation:read",
    ("GET", f"{ONE}/artifacts/idea.input.json"): "validation:read",
    ("GET", f"{ONE}/events"): "validation:read",
    ("POST", f"{ONE}/evidence"): "validation:write",
    ("PUT", f"{ONE}/complete"): "validation:write",
    ("POST", f"{ONE}/finalize"): "validation:write",
    ("POST", f"{ONE}/cancel"): "validation:write",
    ("POST", f"{ONE}/clock"): "sandbox",
    ("GET", LETTERS): "dead-letters:read",
    ("GET", f"{LETTERS}/unknown"): "dead-letters:read",
    ("DELETE", f"{LETTERS}/unknown"): "dead-letters:write",
    ("POST", f"{LETTERS}/replay"): "dead-letters:write",
    ("POST", f"{PRIVACY}/export"): "privacy:read",
    ("POST", f"{PRIVACY}/erase"): "privacy:write",
    ("POST", f"{PRIVACY}/rectify"): "privacy:write",
    ("POST", f"{PRIVACY}/restrict"): "privacy:write",
    ("POST", f"{PRIVACY}/consent"): "privacy:write",
    # for machines, and for whoever reads the documentation
    ("GET", "/healthz"): None,
    ("GET", "/readyz"): None,
    ("GET", "/metrics"): None,
    ("GET", "/openapi.json"): None,
    ("GET", "/.well-known/jwks.json"): None,
    ("GET", "/api/v1/schemas/"): None,
    ("GET", "/api/v1/schemas/idea.input"): None,
}
"""Each endpoint with the scope it asks for."""

MAY = {
    "service-account": {"validation:read", "validation:write"},
    "operator": {"validation:read", "dead-letters:read", "dead-letters:write"},
    "auditor": {"validation:read", "dead-letters:read"},
    "privacy-officer": {"validation:read", "privacy:read", "privacy:write"},
    "viewer": {"validation:read"},
}
"""Written down here once more, so that a role does not grow unnoticed."""


@pytest.fixture
def api(tmp_path: Any) -> ApiUnderTest:
    made = make_api(tmp_path)
    assert made.submit().status_code == 201
    return made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> ApiUnderTest:
    """For tests that only ask whether they are let in."""
    made = make_api(tmp_path_factory.mktemp("shared"))
    assert made.submit().status_code == 201
    return made


def _ask(api: ApiUnderTest, method: str, path: str, headers: dict[str, str]) -> int:
    body = {} if method in ("POST", "PUT") else None
    status: int = api.client.open(path, method=method, json=body, headers=headers).status_code
    return status


def test_the_table_holds_every_endpoint_of_the_document(api: ApiUnderTest) -> None:
    document = api.client.get("/openapi.json").get_json()
    documented = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
        if method in ("get", "post", "put", "delete", "patch")
    }
    known = {(method, _template(path)) for method, path in ENDPOINTS}
    assert documented == known - {("GET", "/openapi.json")}


def _template(path: str) -> str:
    for concrete, template in (
        (RUN, "{validation_id}"),
        ("/artifacts/idea.input.json", "/artifacts/{name}"),
        ("/dead-letters/unknown", "/dead-letters/{letter_id}"),
        ("/schemas/idea.input", "/schemas/{name}"),
    ):
        path = path.replace(concrete, template)
    return path


def test_roles_are_what_they_are_meant_to_be() -> None:
    assert {name: set(scopes) for name, scopes in ROLES.items()} == MAY
    assert set().union(*MAY.values()) | {"sandbox"} == set(SCOPES)


@pytest.mark.parametrize("role", [*MAY, "nobody", "stranger"])
@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
def test_each_role_at_each_endpoint(
    shared: ApiUnderTest, role: str, method: str, path: str
) -> None:
    needed = ENDPOINTS[(method, path)]
    headers = {} if role == "stranger" else shared.token(tuple(MAY.get(role, ())))
    status = _ask(shared, method, path, headers)
    if needed is None:
        assert status == 200
    elif role == "stranger":
        assert status == 401
    elif needed not in MAY.get(role, ()):
        assert status == 403
    else:
        assert status not in (401, 403)


BY_ANOTHER_TENANT = [
    (method, path) for (method, path), scope in ENDPOINTS.items() if scope and RUN in path
]


@pytest.mark.parametrize(("method", "path"), BY_ANOTHER_TENANT)
def test_another_tenants_run_is_404_everywhere(
    shared: ApiUnderTest, method: str, path: str
) -> None:
    assert _ask(shared, method, path, shared.token(SCOPES, tenant="another")) == 404


def test_another_tenants_listings_are_empty(api: ApiUnderTest) -> None:
    letter = _letter()
    api.services.dead_letters.put(letter)
    mine, theirs = api.token(SCOPES), api.token(SCOPES, tenant="another")

    def listed(path: str, key: str, headers: dict[str, str]) -> Any:
        return api.client.get(path, headers=headers).get_json()[key]

    for path, key in ((RUNS, "runs"), (LETTERS, "dead_letters")):
        assert len(listed(path, key, mine)) == 1
        assert listed(path, key, theirs) == []
    for ask in _on_letter(api, letter.id):
        assert ask(theirs) == 404
    everything = {"everything": True, "dry_run": True}
    answer = api.client.post(f"{LETTERS}/replay", json=everything, headers=theirs)
    assert answer.get_json()["ids"] == []


def _letter() -> DeadLetter:
    key = RunKey(DEFAULT_TENANT, "PROJ-2024-001", RUN.replace("VAL", "RUN")[:-4], RUN)
    return DeadLetter(
        id=letter_id(key, 1, T0),
        key=key,
        correlation_id="CORR-1",
        url="https://receiver.example/validation/update",
        kind="update",
        sequence=1,
        webhook_id="msg_1",
        body="{}",
        attempts=6,
        reason="HTTP 500",
        occurred_at=rfc3339(T0),
        first_attempt_at=rfc3339(T0),
        last_attempt_at=rfc3339(T0),
    )


def _on_letter(api: ApiUnderTest, letter_id: str) -> list[Callable[[dict[str, str]], int]]:
    path = f"{LETTERS}/{letter_id}"
    return [
        lambda headers: api.client.get(path, headers=headers).status_code,
        lambda headers: api.client.delete(path, headers=headers).status_code,
        lambda headers: (
            api.client.post(
                f"{LETTERS}/replay", json={"ids": [letter_id]}, headers=headers
            ).status_code
        ),
    ]


def test_another_tenant_may_use_the_same_run_id(api: ApiUnderTest) -> None:
    answer = api.client.post(RUNS, json=IDEA_REQUEST, headers=api.token(SCOPES, tenant="another"))
    assert answer.status_code == 201
    keys = list(api.store.list(""))
    assert any(key.startswith("tenants/another/runs/") for key in keys)
    assert any(key.startswith("runs/") for key in keys)
