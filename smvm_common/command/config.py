"""``smvm config``: what the settings are."""

import os
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import click
import yaml

from smvm_common.errors import SmvmError
from smvm_common.settings_loader import load_settings

_path = click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The settings file; SMVM_CONFIG by default.",
)


@click.group()
def config() -> None:
    """Show or check the settings."""


@config.command("show")
@_path
def show(path: Path | None) -> None:
    """Print every setting as it is in force, secrets masked."""
    try:
        settings = load_settings(os.environ, path)
    except SmvmError as error:
        raise click.ClickException(error.detail) from error
    click.echo(yaml.safe_dump(_masked(settings), sort_keys=False))


@config.command("check")
@_path
def check(path: Path | None) -> None:
    """Exit with 1 and say what is wrong, or say that nothing is."""
    try:
        load_settings(os.environ, path)
    except SmvmError as error:
        raise click.ClickException(error.detail) from error
    click.echo("the settings are in order")


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
