"""Where settings come from: a YAML file with ``${ENV}`` references, and overriding variables."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from smvm_common.errors import ConfigurationError

_OVERRIDE_PREFIX = "SMVM__"
_REFERENCE = re.compile(r"\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


class EnvironmentText(str):
    """A value that the environment gave: text, to be read as whatever the setting is."""

    __slots__ = ()


def read_document(path: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """The file's mapping with every reference resolved.

    Raises ``ConfigurationError``, naming each reference to a variable that is unset.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read the settings file {path}: {error}") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path} is not valid YAML: {error}") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path} must hold a mapping, not {type(document).__name__}")
    unset = list(_unset(document, environ, "settings"))
    if unset:
        raise ConfigurationError(f"unset environment variables: {'; '.join(unset)}")
    resolved: dict[str, Any] = _resolve(document, environ)
    return resolved


def apply_overrides(document: dict[str, Any], environ: Mapping[str, str]) -> None:
    """Set ``a.b`` to what the variable ``SMVM__A__B`` says; ``ConfigurationError`` where it cannot."""
    for name, text in sorted(environ.items()):
        if name.startswith(_OVERRIDE_PREFIX):
            *sections, leaf = name.removeprefix(_OVERRIDE_PREFIX).lower().split("__")
            _section(document, sections, name)[leaf] = EnvironmentText(text)


def _section(document: dict[str, Any], path: list[str], variable: str) -> dict[str, Any]:
    node = document
    for name in path:
        node = node.setdefault(name, {})
        if not isinstance(node, dict):
            raise ConfigurationError(f"{variable} goes below a key that is no section")
    return node


def _unset(node: Any, environ: Mapping[str, str], where: str) -> Iterator[str]:
    """Yield the references that cannot be resolved, each with the key that has it."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _unset(value, environ, f"{where}.{key}")
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from _unset(value, environ, f"{where}[{i}]")
    elif isinstance(node, str):
        for escaped, name, default in (m.groups() for m in _REFERENCE.finditer(node)):
            if not escaped and name not in environ and default is None:
                yield f"{where} needs {name}"


def _resolve(node: Any, environ: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _resolve(value, environ) for key, value in node.items()}
    if isinstance(node, list):
        return [_resolve(value, environ) for value in node]
    if not isinstance(node, str):
        return node

    def value(match: re.Match[str]) -> str:
        escaped, name, default = match.groups()
        return match[0][1:] if escaped else environ.get(name, default or "")

    text = _REFERENCE.sub(value, node)
    whole = _REFERENCE.fullmatch(node)
    return EnvironmentText(text) if whole and not whole[1] else text


def escape_references(node: Any) -> Any:
    """The data with what looks like a reference in it written ``$${NAME}``, which is read as text."""
    if isinstance(node, dict):
        return {key: escape_references(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [escape_references(value) for value in node]
    if isinstance(node, str):
        return _REFERENCE.sub(lambda match: "$" + match[0], node)
    return node
