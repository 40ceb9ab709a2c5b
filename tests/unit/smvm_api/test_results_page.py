import base64
import hashlib
import re
from dataclasses import replace

import pytest

from smvm_api.mock_mode import NOTICE
from smvm_api.results_page import content_security_policy
from support.api import RUN, make_api

HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
"""What browsers send."""


@pytest.fixture
def mock(tmp_path):
    made = make_api(tmp_path, mock_mode=True)
    made.submit()
    return made


def results(api, **headers):
    return api.get(RUN + "/results", **headers)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("text/html;q=0.5, application/json", "application/json"),
        ("application/json;q=0.5, text/html", "text/html"),
        ("text/html", "text/html"),
        ("text/*", "text/html"),
        (HTML["Accept"], "text/html"),
        ("image/png", "application/json"),
    ],
)
def test_json_unless_html_is_preferred(mock, accept, kind):
    response = results(mock, **({"Accept": accept} if accept else {}))
    assert response.status_code == 200
    assert response.mimetype == kind
    assert response.headers["Vary"] == "Accept"


def test_each_form_has_its_own_etag_and_is_sent_once(mock):
    page, document = results(mock, **HTML), results(mock)
    assert page.headers["ETag"] != document.headers["ETag"]
    for headers, first in ((HTML, page), ({}, document)):
        again = results(mock, **headers, **{"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["Vary"] == "Accept"
        other = results(mock, **headers, **{"If-None-Match": '"another"'})
        assert other.status_code == 200


def test_a_page_may_load_and_run_nothing(mock):
    response = results(mock, **HTML)
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    for directive in ("base-uri", "form-action", "frame-ancestors"):
        assert f"{directive} 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    css = re.search(r"<style>(.*?)</style>", response.text, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policy
    assert not re.search(r'<script|\sstyle=|\son\w+="|<link|<img|@import|url\((?!#)', response.text)


def test_the_policy_names_each_style_element_and_no_other():
    assert content_security_policy(b"<style>a</style><style>b</style>").count("sha256-") == 2
    assert "sha256" not in content_security_policy(b"<p>no style</p>")


def test_before_the_gate_the_page_shows_the_stages_and_refreshes_itself(api):
    api.submit()
    response = results(api, **HTML)
    assert (response.status_code, response.mimetype) == (202, "text/html")
    assert response.headers["Retry-After"] == "5"
    assert '<meta http-equiv="refresh" content="5">' in response.text
    assert "Persona synthesis" in response.text
    assert "The gate</h2>" not in response.text
    assert "ETag" not in response.headers


def test_what_exists_so_far_is_shown(api):
    api.submit()
    evidence = "TAM <b>about</b> $2B a year"
    gate = {
        "gate_decision": "hold",
        "confidence_score": 0.5,
        "key_factors": [{"factor": "market_opportunity", "score": 0.51, "evidence": evidence}],
        "next_steps": ["Check <i>it</i>"],
    }
    api.analyse("gate", gate)
    page = results(api, **HTML).text
    assert "Hold" in page
    assert "Market opportunity" in page
    assert "TAM &lt;b&gt;about&lt;/b&gt; $2B a year" in page
    assert "Check &lt;i&gt;it&lt;/i&gt;" in page


def test_a_run_without_a_report_that_does_not_move_is_not_waited_for(api):
    api.submit()
    api.client.post(RUN + "/cancel", headers=api.token())
    response = results(api, **HTML)
    assert response.status_code == 200
    assert "http-equiv" not in response.text
    assert "There is no report" in response.text
    assert "cancelled" in response.text


def test_the_page_says_where_the_run_stands(mock):
    page = results(mock, **HTML).text
    assert "awaiting completion; preliminary" in page
    assert NOTICE in page
    assert page.count("<main>") == 1


def test_a_recorded_page_has_the_runs_own_identifier(mock):
    mock.submit(run_id="RUN-20260101-000000-00000001", project_id="OTHER")
    own = "VAL-20260101-000000-00000001-001"
    page = mock.get(f"/api/v1/validation/{own}/results", **HTML).text
    assert own in page
    assert "VAL-20241201" not in page


def test_a_warning_is_text(mock):
    mock.move(lambda run, now: replace(run, warnings=("<script>alert(1)</script>",)))
    page = results(mock, **HTML).text
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_final_decision_stands_above_the_report(mock):
    assert mock.client.put(RUN + "/complete", json={}, headers=mock.token()).status_code == 200
    final = mock.post(RUN + "/finalize", {}).get_json()["final"]
    page = results(mock, **HTML).text
    assert "finalized." in page
    assert "preliminary" not in page
    assert page.index("Final decision") < page.index("Summary</h2>")
    assert final["recommendation"].replace("_", " ") in page


def test_another_tenants_run_is_a_problem_document_and_no_page(mock):
    headers = {**HTML, **mock.token(tenant="other")}
    response = mock.client.get(RUN + "/results", headers=headers)
    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"


def test_openapi_declares_both_forms(api):
    operation = api.client.get("/openapi.json").get_json()["paths"][
        "/api/v1/validation/{validation_id}/results"
    ]["get"]
    for status in ("200", "202"):
        assert {"application/json", "text/html"} <= set(operation["responses"][status]["content"])
    assert "304" in operation["responses"]
