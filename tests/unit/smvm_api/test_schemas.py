import jsonschema
import pytest

from smvm_common.contracts.artifacts import SCHEMA_NAMES
from smvm_common.identifiers import ARTIFACT_NAMES


def test_there_is_one_for_each_artefact(api):
    listed = api.client.get("/api/v1/schemas/").get_json()["schemas"]
    assert listed == [f"/api/v1/schemas/{name}" for name in SCHEMA_NAMES]
    assert {name.rsplit(".", 1)[0] for name in ARTIFACT_NAMES} == set(SCHEMA_NAMES)


@pytest.mark.parametrize("name", SCHEMA_NAMES)
def test_each_is_a_json_schema(api, name):
    answer = api.client.get(f"/api/v1/schemas/{name}")
    schema = answer.get_json()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", ["nothing", "..%2f..%2fsettings", "idea.input.json", "é"])
def test_any_other_name_is_a_404(api, name):
    answer = api.client.get(f"/api/v1/schemas/{name}")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
