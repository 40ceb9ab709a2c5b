"""``/api/v1/schemas/``: the JSON Schemas of the eight artefacts."""

from flask import Response
from flask_smorest import Blueprint

from smvm_api.answers import answer
from smvm_common.contracts.artifacts import SCHEMA_NAMES, load_schema
from smvm_common.errors import NotFoundError

blueprint = Blueprint("schemas", __name__, description="Schemas of the artefacts.")


@blueprint.route("/api/v1/schemas/")
@blueprint.response(200)
def list_schemas() -> Response:
    """The names of the schemas."""
    return answer({"schemas": [f"/api/v1/schemas/{name}" for name in SCHEMA_NAMES]})


@blueprint.route("/api/v1/schemas/<name>")
@blueprint.doc(responses={"404": {"description": "There is no such schema."}})
@blueprint.response(200)
def show_schema(name: str) -> Response:
    """One JSON Schema (draft 2020-12)."""
    if name not in SCHEMA_NAMES:
        raise NotFoundError(f"there is no schema {name[:64]!r}")
    return answer(load_schema(name))
