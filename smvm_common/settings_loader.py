"""Reads :class:`~smvm_common.settings.Settings` from a YAML file and the environment."""

from collections.abc import Mapping
from pathlib import Path

import cattrs
import yaml

from smvm_common.errors import ConfigurationError
from smvm_common.settings import Settings
from smvm_common.settings_checks import problems
from smvm_common.settings_converter import build_converter, explain
from smvm_common.settings_sources import apply_overrides, escape_references, read_document

CONFIG_VARIABLE = "SMVM_CONFIG"

_CONVERTER = build_converter()


def load_settings(environ: Mapping[str, str], path: Path | None = None) -> Settings:
    """Read the file (``path``, or the one ``SMVM_CONFIG`` names, or none) and the overrides.

    Raises ``ConfigurationError`` naming every wrong key by its path, and no value: it may be secret.
    """
    named = path or (Path(environ[CONFIG_VARIABLE]) if environ.get(CONFIG_VARIABLE) else None)
    document = read_document(named, environ) if named else {}
    apply_overrides(document, environ)
    try:
        settings = _CONVERTER.structure(document, Settings)
    except (cattrs.BaseValidationError, ValueError) as error:
        raise ConfigurationError(f"wrong settings: {'; '.join(explain(error))}") from error
    wrong = list(problems(settings))
    if wrong:
        raise ConfigurationError(f"wrong settings: {'; '.join(wrong)}")
    return settings


def dump_settings(settings: Settings) -> str:
    """The settings as YAML that :func:`load_settings` reads back, secrets included."""
    document = escape_references(_CONVERTER.unstructure(settings))
    return yaml.safe_dump(document, sort_keys=False)
