import pytest

from smvm_api import problems
from support.api import RUN, RUNS

MEMBERS = {"type", "title", "status", "detail", "instance", "correlation_id"}


def checked(answer, status):
    """The problem, with what every one must have."""
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    body = answer.get_json()
    assert set(body) - {"errors"} == MEMBERS
    assert body["status"] == status
    assert body["type"].startswith("urn:smvm:problem:")
    assert body["correlation_id"] == answer.headers["X-Correlation-ID"]
    return body


@pytest.mark.parametrize("path", ["/nowhere", "/api/v2/validation/runs", "/api/v1//schemas/"])
def test_an_unknown_route_is_a_404(api, path):
    body = checked(api.client.get(path), 404)
    assert body["instance"] == path
    assert body["title"] == "Not Found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", RUNS, {"GET", "HEAD", "OPTIONS", "POST"}),
        ("POST", RUN + "/status", {"GET", "HEAD", "OPTIONS"}),
        ("GET", RUN + "/complete", {"PUT", "OPTIONS"}),
        ("TRACE", RUNS, {"GET", "HEAD", "OPTIONS", "POST"}),
        ("DELETE", "/healthz", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_another_method_is_a_405_that_names_those_allowed(api, method, path, allowed):
    answer = api.client.open(path, method=method, headers=api.token())
    checked(answer, 405)
    assert set(answer.headers["Allow"].split(", ")) == allowed


def test_a_wrong_field_is_named_by_its_json_path(api):
    answer = api.submit(project_id="../x")
    body = checked(answer, 400)
    assert list(body["errors"]) == ["$.project_id"]
    assert body["instance"] == RUNS


def test_a_bug_is_a_500_that_gives_nothing_away(api, monkeypatch):
    def fail(*args):
        raise RuntimeError("secret-of-the-store")

    monkeypatch.setattr(api.store, "list", fail)
    api.client.application.testing = False
    answer = api.get(RUNS)
    checked(answer, 500)
    text = answer.get_data(as_text=True)
    for word in ("Traceback", "RuntimeError", "secret-of-the-store", "File "):
        assert word not in text


def test_errors_are_counted_by_type_and_endpoint(api):
    counter = problems.ERRORS.labels("invalid-input", "runs.Runs")
    before = counter._value.get()
    api.submit(project_id="../x")
    assert counter._value.get() == before + 1


def test_the_path_of_a_problem_is_data_and_not_markup(api):
    answer = api.client.get("/<script>alert(1)</script>")
    body = checked(answer, 404)
    assert body["instance"] == "/<script>alert(1)</script>"
    assert "<script>" not in body["detail"]
