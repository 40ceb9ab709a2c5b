import re
from urllib.parse import urljoin

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from support.api import make_api

CONTRACT = {
    ("post", "/api/v1/validation/runs"): {"200", "201", "400", "409", "413", "415"},
    ("get", "/api/v1/validation/runs"): {"200", "400"},
    ("get", "/api/v1/validation/{validation_id}/status"): {"200", "304", "404"},
    ("get", "/api/v1/validation/{validation_id}/results"): {"200", "202", "304", "404"},
    ("get", "/api/v1/validation/{validation_id}/events"): {"200", "404"},
    ("get", "/api/v1/validation/{validation_id}/artifacts/{name}"): {
        "200",
        "206",
        "304",
        "404",
        "416",
    },
    ("put", "/api/v1/validation/{validation_id}/complete"): {
        "200",
        "400",
        "404",
        "409",
        "413",
        "415",
    },
    ("post", "/api/v1/validation/{validation_id}/finalize"): {"200", "404", "409"},
    ("post", "/api/v1/validation/{validation_id}/evidence"): {
        "202",
        "400",
        "404",
        "409",
        "413",
        "415",
    },
    ("post", "/api/v1/validation/{validation_id}/cancel"): {
        "202",
        "400",
        "404",
        "409",
        "413",
        "415",
    },
}
GUARDED = {"401", "403", "429", "500", "503"}


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    api = make_api(tmp_path_factory.mktemp("api"))
    return api.client.get("/openapi.json").get_json()


def test_the_document_is_openapi_3_1(document):
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


@pytest.mark.parametrize(("method", "path"), CONTRACT)
def test_the_document_has_every_operation_of_the_contract(document, method, path):
    operation = document["paths"][path][method]
    assert set(operation["responses"]) == CONTRACT[method, path] | GUARDED
    assert operation["security"] == [{"bearerAuth": []}]


def test_every_view_under_the_api_is_in_the_document(document, api):
    flask = api.client.application
    served = {
        (method.lower(), re.sub(r"<(\w+)>", r"{\1}", rule.rule))
        for rule in flask.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/")
    }
    described = {
        (method, path)
        for path, item in document["paths"].items()
        for method in item
        if path.startswith("/api/") and method != "parameters"
    }
    assert served == described


def test_every_error_is_described_as_a_problem(document):
    for path, item in document["paths"].items():
        for method in item.keys() - {"parameters"}:
            for status, response in item[method]["responses"].items():
                if status[0] in "45" and path != "/readyz":
                    assert set(response["content"]) == {"application/problem+json"}


def test_operations_have_names_of_their_own(document):
    names = [
        item[method]["operationId"]
        for item in document["paths"].values()
        for method in item.keys() - {"parameters"}
    ]
    assert len(names) == len(set(names))
    assert "get_validation_status" in names


def test_headers_of_answers_are_described(document):
    post = document["paths"]["/api/v1/validation/runs"]["post"]["responses"]
    assert {"Location", "X-Correlation-ID", "RateLimit"} <= set(post["201"]["headers"])
    assert "Idempotent-Replayed" in post["200"]["headers"]
    assert "Retry-After" in post["429"]["headers"]
    assert "WWW-Authenticate" in post["401"]["headers"]


def test_the_page_works_without_the_network(api):
    """Nothing that a browser fetches for the page lies outside this server."""
    page = api.client.get("/docs/")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    text = page.get_data(as_text=True)
    fetched = re.findall(r"""(?:src|href)=["']([^"']+)""", text)
    assert len(fetched) >= 4
    for address in fetched:
        assert not re.match(r"(?:https?:)?//", address)
        found = api.client.get(urljoin("/docs/", address))
        assert found.status_code == 200, address
        if address.endswith(".css"):
            assert not re.search(r"url\(['\"]?(?:https?:)?//", found.get_data(as_text=True))
    assert "/openapi.json" in text


def test_the_root_leads_to_the_page(api):
    answer = api.client.get("/")
    assert answer.headers["Location"] == "/docs/"
