import hashlib
from datetime import timedelta

import pytest

from smvm_common.identifiers import ARTIFACT_NAMES
from smvm_common.run import transitions
from smvm_common.run.record import DocumentInfo
from support.api import RUN, make_api
from support.runs import proceed

RESULTS = RUN + "/results"
DELIVERABLES = (
    "market_analysis",
    "financial_projections",
    "technical_validation",
    "risk_assessment",
)


def test_before_there_is_a_decision_it_is_202_and_says_when_to_come_back(api):
    api.submit()
    answer = api.get(RESULTS)
    assert answer.status_code == 202
    assert int(answer.headers["Retry-After"]) >= 1
    body = answer.get_json()
    assert [body[name] for name in DELIVERABLES] == [None] * 4
    assert body["preliminary"] is True
    assert [entry["name"] for entry in body["artifacts"]] == [
        "idea.input.json",
        "validation_summary.json",
    ]


def test_what_exists_so_far_is_in_a_202(api):
    body = b'{"round": 1, "segments": [1], "findings": [{"kind": "claim_far_off"}]}'
    api.submit()

    def personas(run, now):
        api.store.put(run.key.document("personas.output.json"), body)
        api.store.put(run.key.document("market.output.json"), body)
        info = DocumentInfo(hashlib.sha256(body).hexdigest(), len(body), "application/json")
        documents = dict.fromkeys(("personas.output.json", "market.output.json"), info)
        return transitions.complete_stage(run, now, "persona_synthesis", documents, {})

    api.move(personas)
    answer = api.get(RESULTS)
    assert answer.status_code == 202
    market = answer.get_json()["market_analysis"]
    assert market["customer_segmentation"] == {
        "segments": [1],
        "findings": [{"kind": "claim_far_off"}],
    }
    assert market["competitive_positioning"] is None
    findings = answer.get_json()["quality_report"]["findings"]
    assert {finding["document"] for finding in findings} == {
        "personas.output.json",
        "market.output.json",
    }


def test_the_four_deliverables_hold_what_the_guide_lists(tmp_path):
    api = make_api(tmp_path, mock_mode=True)
    api.submit()
    answer = api.get(RESULTS)
    assert (answer.status_code, "Retry-After" in answer.headers) == (200, False)
    body = answer.get_json()
    assert set(body["market_analysis"]) == {
        "market_size",
        "customer_segmentation",
        "competitive_positioning",
    }
    assert {"tam", "sam", "som"} <= set(body["market_analysis"]["market_size"]["intervals"])
    finance = body["financial_projections"]
    assert len(finance["revenue_by_year"]) == 3
    assert {"npv", "roi"} <= set(finance)
    assert {"stack", "integration_complexity", "feasibility"} <= set(body["technical_validation"])
    assert {risk["category"] for risk in body["risk_assessment"]["risks"]} == {
        "market",
        "technical",
        "execution",
    }
    assert body["preliminary"] is True


def test_a_completed_run_is_no_longer_preliminary(tmp_path):
    api = make_api(tmp_path, mock_mode=True)
    api.submit()
    api.client.put(RUN + "/complete", headers=api.token())
    assert api.get(RESULTS).get_json()["preliminary"] is False


def test_artefacts_are_listed_with_their_bytes_digest_and_link(tmp_path):
    api = make_api(tmp_path, mock_mode=True)
    api.submit()
    listed = api.get(RESULTS).get_json()["artifacts"]
    assert [entry["name"] for entry in listed] == list(ARTIFACT_NAMES)
    for entry in listed:
        fetched = api.get(entry["link"])
        assert fetched.content_type == entry["content_type"]
        assert len(fetched.get_data()) == entry["bytes"]
        assert hashlib.sha256(fetched.get_data()).hexdigest() == entry["sha256"]


def test_a_presigned_link_is_given_where_the_store_offers_one(api, monkeypatch):
    def presign(key: str, expires_in: timedelta) -> str:
        return f"https://store.example/{key}?for={expires_in.total_seconds():g}"

    api.submit()
    monkeypatch.setattr(api.store, "presign", presign)
    listed = api.get(RESULTS).get_json()["artifacts"]
    assert listed[0]["presigned_link"].startswith("https://store.example/runs/PROJ-2024-001/")


@pytest.mark.parametrize("transition", [transitions.miss_gate, None])
def test_a_run_that_stopped_short_answers_200_with_what_is_missing(api, transition):
    api.submit()
    api.analyse("persona_synthesis")
    stop = transition or (
        lambda run, now: transitions.fail(run, now, "competitor_analysis", "a reason")
    )
    api.move(stop)
    answer = api.get(RESULTS)
    assert answer.status_code == 200
    report = answer.get_json()["quality_report"]
    assert report["degraded"] is True
    assert report["missing"] == ([] if transition else ["competitor_analysis"])


def test_warnings_of_stages_are_in_the_quality_report(api):
    api.submit()
    api.analyse("persona_synthesis")
    api.move(
        lambda run, now: transitions.complete_stage(
            run, now, "competitor_analysis", {}, {}, warnings=["only two competitors found"]
        )
    )
    report = api.get(RESULTS).get_json()["quality_report"]
    assert report["warnings"] == ["only two competitors found"]
    assert report["degraded"] is True


def test_results_of_another_tenants_run_are_a_404(api):
    api.submit()
    answer = api.client.get(RESULTS, headers=api.token(tenant="other"))
    assert answer.status_code == 404


def test_a_decision_without_its_document_is_not_invented(api):
    api.submit()
    api.analyse("decision", proceed())
    assert api.get(RESULTS).get_json()["decision"] is None
