"""``smvm token``: signing keys and bearer tokens."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import jwt

from smvm_common.clock import SystemClock, rfc3339
from smvm_common.command.sources import read_settings, with_config
from smvm_common.identifiers import DEFAULT_TENANT
from smvm_common.tokens import SCOPES, TokenIssuer, TokenVerifier, create_key

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Lifetime(click.ParamType[timedelta]):
    """``30m``, ``24h`` or ``90d``."""

    name = "duration"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        match = re.fullmatch(r"([1-9]\d{0,4})([mhd])", value)
        if match is None:
            self.fail(f"{value!r} is no duration; write 30m, 24h or 90d", param, ctx)
        return timedelta(**{_UNITS[match[2]]: int(match[1])})


@click.group()
def token() -> None:
    """Signing keys and bearer tokens."""


@token.command("init")
@with_config
def init(config: Path | None) -> None:
    """Make a new signing key: the newest signs, all verify."""
    directory = read_settings(config).auth.keys_directory
    click.echo(f"key {create_key(directory)} in {directory}")


@token.command("issue")
@click.option("--subject", required=True, help="Who it is for, such as a service's name.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    default=("validation:read",),
    show_default=True,
    help="May be given several times.",
)
@click.option("--tenant", default=DEFAULT_TENANT, show_default=True)
@click.option("--expires", type=Lifetime(), default="24h", show_default=True, help="From now.")
@with_config
def issue(
    subject: str, scopes: tuple[str, ...], tenant: str, expires: timedelta, config: Path | None
) -> None:
    """Sign a token and print it."""
    issuer = TokenIssuer(read_settings(config).auth, SystemClock())
    click.echo(issuer.issue(subject, scopes, expires, tenant))


@token.command("show")
@click.argument("bearer_token")
@with_config
def show(bearer_token: str, config: Path | None) -> None:
    """Print what a token claims, once its signature and time have been checked."""
    TokenVerifier(read_settings(config).auth, SystemClock()).verify(bearer_token)
    claims = jwt.decode(bearer_token, options={"verify_signature": False})  # verified just above
    for name in ("iat", "nbf", "exp"):
        claims[name] = rfc3339(datetime.fromtimestamp(claims[name], UTC))
    click.echo(json.dumps(claims, indent=2))
