"""``smvm token``: signing keys and bearer tokens."""

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import jwt

from smvm_common.clock import SystemClock
from smvm_common.errors import SmvmError
from smvm_common.identifiers import DEFAULT_TENANT
from smvm_common.settings_loader import load_settings
from smvm_common.tokens import SCOPES, TokenIssuer, create_key

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}

_config = click.option(
    "--config",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The settings file; SMVM_CONFIG by default.",
)


@click.group()
def token() -> None:
    """Signing keys and bearer tokens."""


@token.command("init")
@_config
def init(config: Path | None) -> None:
    """Make a new signing key: the newest signs, all verify."""
    settings = load_settings(os.environ, config)
    click.echo(f"key {create_key(settings.auth.keys_directory)} in {settings.auth.keys_directory}")


@token.command("issue")
@click.option("--subject", required=True, help="Who it is for, such as a service's name.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    help="Repeatable; read by default.",
)
@click.option("--tenant", default=DEFAULT_TENANT, show_default=True)
@click.option("--expires", default="24h", show_default=True, help="Such as 30m, 24h or 90d.")
@_config
def issue(
    subject: str, scopes: tuple[str, ...], tenant: str, expires: str, config: Path | None
) -> None:
    """Sign a token and print it."""
    match = re.fullmatch(r"(\d+)([mhd])", expires)
    if match is None:
        raise click.BadParameter("use a number and m, h or d", param_hint="--expires")
    lifetime = timedelta(**{_UNITS[match.group(2)]: int(match.group(1))})
    try:
        settings = load_settings(os.environ, config)
        issuer = TokenIssuer(settings.auth, SystemClock())
        click.echo(issuer.issue(subject, scopes or ("validation:read",), lifetime, tenant))
    except SmvmError as error:
        raise click.ClickException(error.detail) from error


@token.command("show")
@click.argument("bearer_token")
def show(bearer_token: str) -> None:
    """Print what a token claims, without checking its signature."""
    try:
        claims = jwt.decode(bearer_token, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise click.ClickException(f"not a token: {error}") from error
    for name in ("iat", "nbf", "exp"):
        if isinstance(claims.get(name), int):
            claims[name] = datetime.fromtimestamp(claims[name], UTC).isoformat()
    click.echo(json.dumps(claims, indent=2))
