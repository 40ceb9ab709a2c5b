"""Data subjects' requests over HTTP and by command."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from smvm_common.command import main
from smvm_common.settings import StoreSettings
from smvm_common.store.factory import build_store
from smvm_common.tokens import ROLES
from support.api import VALIDATION_ID, ApiUnderTest, make_api

SUBJECT = {"subject": "john.doe@company.com"}
PRIVACY = "/api/v1/privacy"
RUN = f"/api/v1/validation/{VALIDATION_ID}"


@pytest.fixture
def api(tmp_path: Path) -> ApiUnderTest:
    made = make_api(tmp_path)
    assert made.submit().status_code == 201
    return made


def _ask(api: ApiUnderTest, what: str, **body: Any) -> Any:
    headers = api.token(ROLES["privacy-officer"])
    return api.client.post(f"{PRIVACY}/{what}", json={**SUBJECT, **body}, headers=headers)


def test_a_submitter_is_exported_restricted_corrected_and_erased(api: ApiUnderTest) -> None:
    exported = _ask(api, "export").get_json()
    assert [run["validation_id"] for run in exported["runs"]] == [VALIDATION_ID]

    assert _ask(api, "restrict", restricted=True).get_json() == {"validation_ids": [VALIDATION_ID]}
    reader = api.token(ROLES["service-account"])
    assert api.client.get(f"{RUN}/results", headers=reader).status_code == 403
    artifact = f"{RUN}/artifacts/idea.input.json"
    assert api.client.get(artifact, headers=reader).status_code == 403
    assert api.client.get(f"{RUN}/status", headers=reader).status_code == 200
    assert api.client.get(artifact, headers=api.token(ROLES["privacy-officer"])).status_code == 200
    assert _ask(api, "restrict", restricted=False).status_code == 200
    assert api.client.get(artifact, headers=reader).status_code == 200

    correction = {"validation_id": VALIDATION_ID, "corrections": {"description": "Better words"}}
    assert _ask(api, "rectify", **correction).status_code == 409
    api.client.post(f"{RUN}/cancel", json={}, headers=reader)
    assert _ask(api, "rectify", **correction).status_code == 200
    shown = api.client.get(artifact, headers=reader).get_json()
    assert shown["idea"]["description"] == "Better words"

    assert _ask(api, "erase", reason="asked by letter").status_code == 200
    assert api.client.get(artifact, headers=reader).status_code == 404
    events = api.client.get(f"{RUN}/events", headers=reader).get_json()["events"]
    assert "privacy.erased" in [event["name"] for event in events]
    assert api.client.get(f"{RUN}/results", headers=reader).status_code == 200


def test_an_unknown_subject_is_404_and_a_wrong_body_names_the_field(api: ApiUnderTest) -> None:
    headers = api.token(ROLES["privacy-officer"])
    unknown = api.client.post(
        f"{PRIVACY}/export", json={"subject": "nobody@example.com"}, headers=headers
    )
    assert unknown.status_code == 404
    wrong = _ask(api, "restrict", restricted="yes")
    assert wrong.status_code == 400
    assert list(wrong.get_json()["errors"]) == ["$.restricted"]


def test_consent_is_recorded(api: ApiUnderTest) -> None:
    answer = _ask(api, "consent", purpose="newsletter", given=True)
    assert answer.status_code == 201
    assert answer.get_json()["recorded_by"] == "tests"
    assert _ask(api, "export").get_json()["consents"][0]["given"] is True


def test_the_command_does_the_same(api: ApiUnderTest, tmp_path: Path) -> None:
    store = build_store(StoreSettings(path=tmp_path / "store"))
    for name in api.store.list(""):
        store.put(name, api.store.get(name).body)
    config = tmp_path / "settings.yaml"
    config.write_text(
        f"store: {{path: {tmp_path / 'store'}}}\npseudonym_key: {api.settings.pseudonym_key}\n"
    )

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(main, ["privacy", *arguments, "--config", str(config)])

    who = ("--subject", SUBJECT["subject"])
    assert VALIDATION_ID in run("export", *who).output
    assert run("hold", VALIDATION_ID, "--reason", "litigation").exit_code == 0
    refused = run("erase", "--yes", *who)
    assert (refused.exit_code, "litigation" in refused.output) == (1, True)
    assert run("hold", VALIDATION_ID, "--release").exit_code == 0
    assert run("restrict", *who).output == f"{VALIDATION_ID} is restricted\n"
    assert run("restrict", "--lift", *who).exit_code == 0
    assert run("erase", "--yes", *who).output == f"{VALIDATION_ID} is erased\n"
    assert run("consent", "--purpose", "newsletter", "--given", *who).exit_code == 0
    assert run("export", "--subject", "nobody@example.com").exit_code == 1
