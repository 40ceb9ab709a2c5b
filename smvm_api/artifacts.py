"""``GET …/artifacts/{name}``: one of the eight files, streamed, with range requests."""

from flask import Response, request
from flask_smorest import Blueprint
from werkzeug.datastructures import ContentRange
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import parse_range_header

from smvm_api.documentation import VALIDATION_PATH, asked, header, operation
from smvm_api.found import find_open_run
from smvm_api.guards import guarded, services
from smvm_common.errors import NotFoundError
from smvm_common.identifiers import ARTIFACT_NAMES
from smvm_common.store.base import ObjectInfo

blueprint = Blueprint("artifacts", __name__, description="Download artefacts.")

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_CONTENT = {"application/json": {}, "application/pdf": _BINARY}


@blueprint.route("/api/v1/validation/<validation_id>/artifacts/<name>")
@blueprint.doc(
    **operation(
        404,
        416,
        parameters=[
            VALIDATION_PATH,
            {
                "in": "path",
                "name": "name",
                "required": True,
                "schema": {"type": "string", "enum": list(ARTIFACT_NAMES)},
            },
            *asked("If-None-Match", "If-Range", "Range"),
        ],
    )
)
@blueprint.doc(
    responses={
        "200": {"description": "The whole file.", "content": _CONTENT, "headers": header("ETag")},
        "206": {
            "description": "The range asked for.",
            "content": _CONTENT,
            "headers": header("ETag", "Content-Range"),
        },
        "304": {
            "description": "Not changed since the given `If-None-Match`.",
            "headers": header("ETag"),
        },
    }
)
@guarded("validation:read", lambda s: s.settings.limits.results_rpm)
def artifact(validation_id: str, name: str) -> Response:
    """One artefact."""
    run = find_open_run(validation_id)
    exists = name in run.documents or name == "validation_summary.json"
    if name not in ARTIFACT_NAMES or not exists:
        raise NotFoundError(f"the run has no artefact {name[:64]!r}")
    key = run.key.document(name)
    info = services().store.head(key)
    etag = info.etag.strip('"')
    if request.if_none_match.contains_weak(etag):
        return Response(status=304, headers={"ETag": f'"{etag}"'})
    return _stream(info, name, f'"{etag}"')


def _stream(info: ObjectInfo, name: str, etag: str) -> Response:
    start, end, status = _range(info.size, etag)
    body = services().store.open_range(info.key, start, end)
    kind = "application/pdf" if name.endswith(".pdf") else "application/json"
    response = Response(body, status, content_type=kind, direct_passthrough=True)
    response.headers["ETag"] = etag
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Length"] = str(end - start + 1)
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    if status == 206:
        response.content_range = ContentRange("bytes", start, end + 1, info.size)
    return response


def _range(size: int, etag: str) -> tuple[int, int, int]:
    """First byte, last byte and status for the request's Range header (RFC 9110 14.2)."""
    if request.headers.get("If-Range", etag) != etag:
        return 0, size - 1, 200
    asked = parse_range_header(request.headers.get("Range"))
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return 0, size - 1, 200
    found = asked.range_for_length(size)
    if found is None:
        raise RequestedRangeNotSatisfiable(length=size)
    return found[0], found[1] - 1, 206
