"""What is wrong with a document, by JSON path."""

from typing import Any


def flatten(messages: Any, path: str = "$") -> dict[str, list[str]]:
    """marshmallow's nested messages as ``{json.path: [messages]}``."""
    if isinstance(messages, dict):
        flat: dict[str, list[str]] = {}
        for name, inner in messages.items():
            step = f"[{name}]" if isinstance(name, int) else f".{name}"
            flat |= flatten(inner, path if name == "_schema" else path + step)
        return flat
    return {path: [str(message) for message in messages]}
