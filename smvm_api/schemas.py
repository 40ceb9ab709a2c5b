"""``/api/v1/schemas/``: the JSON Schemas of the eight artefacts."""

from flask import Response
from flask_smorest import Blueprint

from smvm_api.answers import answer
from smvm_api.documentation import problem_response
from smvm_common.contracts.artifacts import SCHEMA_NAMES, load_schema
from smvm_common.contracts.responses import SchemaListSchema
from smvm_common.errors import NotFoundError

_NAME = {
    "in": "path",
    "name": "name",
    "required": True,
    "schema": {"type": "string", "enum": list(SCHEMA_NAMES)},
}
_JSON_SCHEMA = {"type": "object", "required": ["$schema", "$id", "title"]}

blueprint = Blueprint("schemas", __name__, description="Schemas of the artefacts.")


@blueprint.route("/api/v1/schemas/")
@blueprint.response(200, SchemaListSchema)
def list_schemas() -> Response:
    """The names of the schemas."""
    return answer({"schemas": [f"/api/v1/schemas/{name}" for name in SCHEMA_NAMES]})


@blueprint.route("/api/v1/schemas/<name>")
@blueprint.doc(parameters=[_NAME])
@blueprint.doc(responses={"404": problem_response("There is no such schema.")})
@blueprint.doc(
    responses={
        "200": {"description": "It.", "content": {"application/json": {"schema": _JSON_SCHEMA}}}
    }
)
def show_schema(name: str) -> Response:
    """One JSON Schema (draft 2020-12)."""
    if name not in SCHEMA_NAMES:
        raise NotFoundError(f"there is no schema {name[:64]!r}")
    return answer(load_schema(name))
