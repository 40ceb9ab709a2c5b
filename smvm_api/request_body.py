"""Reads a JSON request body strictly: what is not plain JSON of the contract is a 400."""

import json
from typing import Any, NoReturn

from flask import request
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from smvm_common.contracts.messages import flatten
from smvm_common.errors import InvalidInputError, PayloadTooLargeError
from smvm_common.settings import LimitSettings


def read_body(schema: Schema, limits: LimitSettings, *, optional: bool = False) -> dict[str, Any]:
    """The validated body; ``InvalidInputError`` naming each wrong field by its JSON path."""
    raw = _raw(limits)
    if optional and not raw:
        document: Any = {}
    else:
        if request.mimetype != "application/json":
            raise UnsupportedMediaType("the body must be application/json")
        document = parse_json(raw, limits.max_json_depth)
    try:
        loaded: dict[str, Any] = schema.load(document)
    except ValidationError as error:
        raise InvalidInputError(
            "the body does not satisfy the contract", flatten(error.messages)
        ) from error
    return loaded


def parse_json(raw: bytes, max_depth: int) -> Any:
    """Parse UTF-8 JSON without NaN, infinities, duplicate names or deep nesting."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInputError("the body is not UTF-8") from error
    if _depth(text) > max_depth:
        raise InvalidInputError(f"the body is nested deeper than {max_depth} levels")
    try:
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"the body is not valid JSON: {error}") from error


def _raw(limits: LimitSettings) -> bytes:
    too_large = f"the body is larger than {limits.max_body_bytes} bytes"
    if (request.content_length or 0) > limits.max_body_bytes:
        raise PayloadTooLargeError(too_large)
    raw = request.get_data(cache=False)
    if len(raw) > limits.max_body_bytes:
        raise PayloadTooLargeError(too_large)
    return raw


def _depth(text: str) -> int:
    """How deep brackets nest outside strings, counted without recursion."""
    depth = deepest = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("an object names a member twice")
    return dict(pairs)
