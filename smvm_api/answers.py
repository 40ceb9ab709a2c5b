"""Makes JSON answers."""

from typing import Any

from flask import Response, json


def answer(document: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON response."""
    return Response(json.dumps(document), status, headers=headers, content_type="application/json")
