"""Turns plain data into the settings' dataclasses: strict about a file's types, and about what the
environment gives, which is text, as strict as the setting it is for."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import is_dataclass
from pathlib import Path
from types import GenericAlias, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import cattrs
import yaml
from cattrs.gen import make_dict_structure_fn

from smvm_common.settings_sources import EnvironmentText

_Hook = Callable[[Any, Any], Any]
_NAMES = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    dict: "a section",
    list: "a list",
    NoneType: "nothing",
}


class _WrongError(ValueError):
    """Its message says what was expected; never what was found, which may be a secret."""


def build_converter() -> cattrs.Converter:
    """The converter; ``explain`` reads the errors that it raises."""
    converter = cattrs.Converter(forbid_extra_keys=True)
    for kind in (bool, int, float, str):
        converter.register_structure_hook(kind, _scalar(kind))
    converter.register_structure_hook(Path, _path)
    converter.register_unstructure_hook(Path, str)
    converter.register_structure_hook_factory(_is_literal, _literal)
    converter.register_structure_hook_factory(_is_optional, lambda kind: _optional(converter, kind))
    converter.register_structure_hook_factory(_is_tuple, lambda kind: _tuple(converter, kind))
    converter.register_structure_hook_factory(is_dataclass, lambda kind: _section(converter, kind))
    return converter


def explain(error: Exception) -> Iterator[str]:
    """Yield a sentence for each wrong key: its path, and what is wrong."""
    for text in cattrs.transform_error(error, path="settings", format_exception=_describe):
        message, _, path = text.rpartition(" @ ")
        yield f"{path} {message}"


def _describe(error: BaseException, kind: type | None) -> str:
    if isinstance(error, cattrs.ForbiddenExtraKeysError):
        return f"has the unknown keys {', '.join(sorted(error.extra_fields))}"
    if isinstance(error, KeyError):
        return "is required"
    if isinstance(error, _WrongError):
        return str(error)
    return f"must be {_NAMES.get(kind or NoneType, 'a section')}"


def _expected(what: str, found: Any) -> _WrongError:
    kind = str if isinstance(found, str) else type(found)
    return _WrongError(f"must be {what}, not {_NAMES.get(kind, 'this')}")


def _scalar(kind: type) -> _Hook:
    def structure(value: Any, _: Any) -> Any:
        if isinstance(value, EnvironmentText):
            value = str(value) if kind is str else _parsed(value)
        if kind is float and type(value) is int:
            return float(value)
        if type(value) is not kind:
            raise _expected(_NAMES[kind], value)
        return value

    return structure


def _parsed(text: EnvironmentText) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise _WrongError("cannot be read as YAML") from error


def _path(value: Any, _: Any) -> Path:
    if not isinstance(value, str):
        raise _expected("text", value)
    return Path(value).expanduser()


def _is_literal(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _literal(kind: Any) -> _Hook:
    def structure(value: Any, _: Any) -> Any:
        if value not in get_args(kind):
            raise _WrongError(f"must be one of {', '.join(get_args(kind))}")
        return str(value)

    return structure


def _is_optional(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType) and NoneType in get_args(kind)


def _optional(converter: cattrs.Converter, kind: Any) -> _Hook:
    """An empty variable leaves an optional setting out."""
    (inner,) = (a for a in get_args(kind) if a is not NoneType)

    def structure(value: Any, _: Any) -> Any:
        absent = value is None or (isinstance(value, EnvironmentText) and value in ("", "null"))
        return None if absent else converter.structure(value, inner)

    return structure


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _tuple(converter: cattrs.Converter, kind: Any) -> _Hook:
    """A string is a sequence too, of characters: only a list is taken."""
    items: Any = GenericAlias(list, get_args(kind)[:1])

    def structure(value: Any, _: Any) -> Any:
        found = _parsed(value) if isinstance(value, EnvironmentText) else value
        if not isinstance(found, list):
            raise _expected("a list", found)
        return tuple(converter.structure(found, items))

    return structure


def _section(converter: cattrs.Converter, kind: Any) -> _Hook:
    inner = make_dict_structure_fn(kind, converter, _cattrs_forbid_extra_keys=True)

    def structure(value: Any, _: Any) -> Any:
        if not isinstance(value, Mapping):
            raise _expected("a section", value)
        odd = [key for key in value if not isinstance(key, str)]
        if odd:
            raise _WrongError(f"has keys that are no text: {', '.join(map(str, odd))}")
        return inner(value, kind)

    return structure
