"""Reads :class:`~smvm_common.settings.Settings` from a YAML file and the environment."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cattrs
import yaml

from smvm_common.errors import ConfigurationError
from smvm_common.settings import Settings

CONFIG_VARIABLE = "SMVM_CONFIG"
_OVERRIDE_PREFIX = "SMVM__"
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


def load_settings(environ: Mapping[str, str], path: Path | None = None) -> Settings:
    """Read the file (``path``, or the one ``SMVM_CONFIG`` names, or none) and the overrides.

    Raises ``ConfigurationError`` naming every wrong key by its path.
    """
    named = path or (Path(environ[CONFIG_VARIABLE]) if environ.get(CONFIG_VARIABLE) else None)
    document = _read(named, environ) if named else {}
    for name, text in environ.items():
        if name.startswith(_OVERRIDE_PREFIX):
            _override(document, name, text)
    try:
        return _CONVERTER.structure(document, Settings)
    except cattrs.BaseValidationError as error:
        problems = "; ".join(cattrs.transform_error(error, path="settings"))
        raise ConfigurationError(f"wrong settings: {problems}") from error


def dump_settings(settings: Settings) -> str:
    """The settings as YAML that :func:`load_settings` reads back, secrets included."""
    return yaml.safe_dump(_CONVERTER.unstructure(settings), sort_keys=False)


def _read(path: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"cannot read the settings file {path}: {error}") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path} is not valid YAML: {error}") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path} must hold a mapping, not {type(document).__name__}")
    resolved: dict[str, Any] = _interpolate(document, environ, "settings")
    return resolved


def _interpolate(node: Any, environ: Mapping[str, str], where: str) -> Any:
    if isinstance(node, dict):
        return {key: _interpolate(value, environ, f"{where}.{key}") for key, value in node.items()}
    if isinstance(node, list):
        return [_interpolate(value, environ, f"{where}[{i}]") for i, value in enumerate(node)]
    if not isinstance(node, str):
        return node

    def resolve(match: re.Match[str]) -> str:
        name, default = match.groups()
        value = environ.get(name, default)
        if value is None:
            raise ConfigurationError(
                f"{where} needs the environment variable {name}, which is unset"
            )
        return value

    return _REFERENCE.sub(resolve, node)


def _override(document: dict[str, Any], name: str, text: str) -> None:
    *sections, leaf = name.removeprefix(_OVERRIDE_PREFIX).lower().split("__")
    node = document
    for section in sections:
        node = node.setdefault(section, {})
        if not isinstance(node, dict):
            raise ConfigurationError(f"{name} goes below a key that is no section")
    node[leaf] = yaml.safe_load(text)


def _scalar(kind: type) -> Any:
    def structure(value: Any, _: Any) -> Any:
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if type(value) is not kind:
            raise ValueError(f"expected {kind.__name__}, not {value!r}")
        return value

    return structure


def _build_converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True)
    for kind in (bool, int, float, str):
        converter.register_structure_hook(kind, _scalar(kind))
    converter.register_structure_hook(Path, lambda value, _: Path(value).expanduser())
    converter.register_unstructure_hook(Path, str)
    return converter


_CONVERTER = _build_converter()
