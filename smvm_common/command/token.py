"""``smvm token``: signing keys and bearer tokens."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import jwt

from smvm_common.certificates import read_thumbprint
from smvm_common.clock import SystemClock, rfc3339
from smvm_common.command.durations import Lifetime
from smvm_common.command.sources import read_settings, with_config
from smvm_common.identifiers import DEFAULT_TENANT
from smvm_common.store.factory import build_store
from smvm_common.tokens import (
    ROLES,
    SCOPES,
    RevocationList,
    TokenIssuer,
    TokenVerifier,
    create_key,
    json_web_key_set,
    retire_key,
)

_LONGEST_LIFE = timedelta(days=99_999)
"""For a revocation by jti alone, which does not say when the token expires: the longest lifetime that
can be asked for."""


@click.group()
def token() -> None:
    """Signing keys and bearer tokens."""


@token.command("init")
@with_config
def init(config: Path | None) -> None:
    """Make a new signing key: the newest signs, all verify."""
    directory = read_settings(config).auth.keys_directory
    click.echo(f"key {create_key(directory)} in {directory}")


@token.command("retire")
@click.argument("key_id")
@with_config
def retire(key_id: str, config: Path | None) -> None:
    """Take a signing key out of use: tokens signed with it are refused within seconds."""
    retire_key(read_settings(config).auth.keys_directory, key_id)
    click.echo(f"key {key_id} is retired")


@token.command("jwks")
@with_config
def jwks(config: Path | None) -> None:
    """Print the public keys as a JWK set."""
    click.echo(json.dumps(json_web_key_set(read_settings(config).auth.keys_directory), indent=2))


@token.command("issue")
@click.option("--subject", required=True, help="Who it is for, such as a service's name.")
@click.option("--role", type=click.Choice(tuple(ROLES)), help="Gives the scopes of a role.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    help="May be given several times; adds to the role's.  [default: validation:read]",
)
@click.option("--tenant", default=DEFAULT_TENANT, show_default=True)
@click.option("--expires", type=Lifetime(), default="24h", show_default=True, help="From now.")
@click.option(
    "--certificate",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The client certificate (PEM) with which alone the token may be used.",
)
@with_config
def issue(
    subject: str,
    role: str | None,
    scopes: tuple[str, ...],
    tenant: str,
    expires: timedelta,
    certificate: Path | None,
    config: Path | None,
) -> None:
    """Sign a token and print it."""
    granted = tuple(dict.fromkeys((*ROLES.get(role or "", ()), *scopes))) or ("validation:read",)
    bound_to = None if certificate is None else read_thumbprint(certificate)
    issuer = TokenIssuer(read_settings(config).auth, SystemClock())
    click.echo(issuer.issue(subject, granted, expires, tenant, bound_to))


@token.command("revoke")
@click.argument("bearer_token")
@click.option("--reason", default="", help="Kept with the revocation.")
@with_config
def revoke(bearer_token: str, reason: str, config: Path | None) -> None:
    """Refuse a token from now on, everywhere within seconds; BEARER_TOKEN may be its jti alone."""
    settings, clock = read_settings(config), SystemClock()
    revocations = RevocationList(build_store(settings.store), clock)
    token_id, expires_at = bearer_token, clock.now() + _LONGEST_LIFE
    if "." in bearer_token:
        principal = TokenVerifier(settings.auth, clock).verify(bearer_token)
        token_id = principal.token_id
        expires_at = datetime.fromtimestamp(principal.expires_at, UTC)
    revocations.revoke(token_id, expires_at, reason)
    forgotten = revocations.forget_expired()
    click.echo(f"{token_id} is revoked" + (f"; {forgotten} expired forgotten" * bool(forgotten)))


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
