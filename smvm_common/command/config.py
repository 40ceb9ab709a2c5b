"""``smvm config``: what the settings are."""

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import click
import yaml

from smvm_common.command.checks import check_settings
from smvm_common.command.sources import read_settings, settings_path, with_config


@click.group("config")
def config() -> None:
    """Show or check the settings."""


@config.command("show")
@with_config
def show(config: Path | None) -> None:
    """Print every setting as it is in force, secrets masked."""
    settings = read_settings(config)
    click.echo(yaml.safe_dump(_masked(settings), sort_keys=False))


@config.command("check")
@with_config
def check(config: Path | None) -> None:
    """Exit with 1 and say what is wrong, or say that nothing is."""
    check_settings(read_settings(config))
    click.echo(f"the settings are in order ({settings_path(config) or 'defaults'})")


def _masked(value: Any) -> Any:
    """Plain data; what a dataclass keeps out of its repr is a secret."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            f.name: _masked(getattr(value, f.name)) if f.repr else _hidden(getattr(value, f.name))
            for f in fields(value)
        }
    if isinstance(value, tuple | list):
        return [_masked(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def _hidden(value: Any) -> Any:
    if isinstance(value, dict):
        return dict.fromkeys(value, "***")
    return "***" if value else value
