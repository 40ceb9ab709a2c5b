"""Where a command reads its settings from."""

import os
from pathlib import Path

import click

from smvm_common.settings import Settings
from smvm_common.settings_loader import CONFIG_VARIABLE, load_settings

LOCAL = Path(".smvm/settings.yaml")
"""What ``smvm up`` and ``smvm demo`` write in the current directory."""

with_config = click.option(
    "--config",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The settings file; else the one SMVM_CONFIG names, else .smvm/settings.yaml.",
)


def settings_path(config: Path | None) -> Path | None:
    """The file to read; None for the defaults and the environment alone."""
    if config is not None:
        return config
    if os.environ.get(CONFIG_VARIABLE):
        return Path(os.environ[CONFIG_VARIABLE])
    return LOCAL if LOCAL.exists() else None


def read_settings(config: Path | None) -> Settings:
    """The settings; ``ConfigurationError`` naming what is wrong."""
    return load_settings(os.environ, settings_path(config))
