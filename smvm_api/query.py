"""Reads the query of a request: what a listing does not know is a 400, never ignored."""

import re
from collections.abc import Callable, Mapping

from smvm_common.clock import parse_rfc3339
from smvm_common.errors import InvalidInputError

Check = Callable[[str], str | None]
"""From a value to what is wrong with it, None where nothing is."""


def check_query(query: Mapping[str, str], known: Mapping[str, Check]) -> Mapping[str, str]:
    """The query; ``InvalidInputError`` naming each parameter that is unknown or malformed."""
    unknown = {name: [f"this takes {', '.join(known)}"] for name in set(query) - set(known)}
    found = {name: known[name](value) for name, value in query.items() if name in known}
    errors = unknown | {name: [text] for name, text in found.items() if text is not None}
    if errors:
        raise InvalidInputError("the query does not satisfy the contract", errors)
    return query


def matches(pattern: re.Pattern[str], message: str) -> Check:
    """The whole value must match the pattern."""
    return lambda value: None if pattern.fullmatch(value) else message


def moment(value: str) -> str | None:
    """An RFC 3339 time."""
    try:
        parse_rfc3339(value)
    except ValueError:
        return "must be a time such as 2024-12-01T14:30:52Z"
    return None
