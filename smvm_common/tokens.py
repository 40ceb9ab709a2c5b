"""Bearer tokens: Ed25519-signed JWTs with scopes and expiry (RFC 7519, RFC 8725).

A key directory holds one PEM private key per key id; the newest signs, all verify.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from smvm_common.clock import Clock
from smvm_common.errors import AuthenticationError, ConfigurationError
from smvm_common.identifiers import DEFAULT_TENANT, TENANT
from smvm_common.settings import AuthSettings

ALGORITHM = "EdDSA"

SCOPES = (
    "validation:read",
    "validation:write",
    "dead-letters:read",
    "dead-letters:write",
    "sandbox",
)

_CACHE_SIZE = 1024
"""Tokens in use at once; checking a signature costs as much as the rest of a status request."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: from a verified token. ``expires_at`` in seconds since the epoch."""

    subject: str
    tenant: str
    scopes: frozenset[str]
    token_id: str
    not_before: int
    expires_at: int


def create_key(directory: Path) -> str:
    """Make a new signing key in the directory and return its key id."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = Ed25519PrivateKey.generate()
    key_id = f"{len(list(directory.glob('*.pem'))) + 1:04d}-{secrets.token_hex(4)}"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = directory / f"{key_id}.pem"
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(pem)
    return key_id


def load_keys(directory: Path) -> dict[str, Ed25519PrivateKey]:
    """Read the keys by key id, oldest first; ``ConfigurationError`` if there are none."""
    keys: dict[str, Ed25519PrivateKey] = {}
    for path in sorted(directory.glob("*.pem")):
        try:
            key = load_pem_private_key(path.read_bytes(), password=None)
        except (ValueError, TypeError) as error:
            raise ConfigurationError(f"{path} is not an unencrypted PEM key") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise ConfigurationError(f"{path} is not an Ed25519 private key")
        keys[path.stem] = key
    if not keys:
        raise ConfigurationError(f"no signing key in {directory}; make one with: smvm token init")
    return keys


class TokenIssuer:
    """Signs tokens with the newest key."""

    def __init__(self, settings: AuthSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._keys = load_keys(settings.keys_directory)

    def issue(
        self,
        subject: str,
        scopes: tuple[str, ...],
        lifetime: timedelta,
        tenant: str = DEFAULT_TENANT,
    ) -> str:
        """Make a token; ``ConfigurationError`` for an unknown scope or a malformed tenant."""
        unknown = set(scopes) - set(SCOPES)
        if unknown:
            raise ConfigurationError(f"unknown scopes: {', '.join(sorted(unknown))}")
        if TENANT.fullmatch(tenant) is None:
            raise ConfigurationError(f"{tenant!r} is not a tenant name")
        key_id = next(reversed(self._keys))
        now = self._clock.now()
        claims = {
            "iss": self._settings.issuer,
            "aud": self._settings.audience,
            "sub": subject,
            "tenant": tenant,
            "scope": " ".join(scopes),
            "iat": now,
            "nbf": now,
            "exp": now + lifetime,
            "jti": secrets.token_hex(16),
        }
        headers = {"kid": key_id, "typ": "at+jwt"}
        return jwt.encode(claims, self._keys[key_id], algorithm=ALGORITHM, headers=headers)


class TokenVerifier:
    """Checks tokens; what was checked once is remembered by its hash until it expires."""

    def __init__(self, settings: AuthSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._keys: dict[str, Ed25519PublicKey] = {
            key_id: key.public_key() for key_id, key in load_keys(settings.keys_directory).items()
        }
        self._checked: dict[bytes, Principal] = {}
        self._lock = Lock()

    def verify(self, token: str) -> Principal:
        """Return who the token speaks for; ``AuthenticationError`` saying why it is refused."""
        if not token.isascii():
            raise AuthenticationError("the token is not valid: it is not ASCII")
        digest = hashlib.sha256(token.encode()).digest()
        principal = self._checked.get(digest)
        if principal is None:
            principal = self._principal(self._decode(token))
            self._remember(digest, principal)
        now = self._clock.now().timestamp()
        if now >= principal.expires_at:
            raise AuthenticationError("the token has expired")
        if now < principal.not_before - 1:
            raise AuthenticationError("the token is not valid yet")
        return principal

    def _remember(self, digest: bytes, principal: Principal) -> None:
        with self._lock:
            if len(self._checked) >= _CACHE_SIZE:
                self._checked.clear()
            self._checked[digest] = principal

    def _decode(self, token: str) -> Mapping[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            key = self._keys.get(str(header.get("kid")))
            if key is None:
                raise AuthenticationError("the token is signed with an unknown key")
            return jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=self._settings.audience,
                issuer=self._settings.issuer,
                options={
                    "require": ["exp", "nbf", "iat", "sub", "jti", "aud", "iss"],
                    # times are checked against the injected clock by verify()
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except jwt.PyJWTError as error:
            raise AuthenticationError(f"the token is not valid: {error}") from error

    @staticmethod
    def _principal(claims: Mapping[str, Any]) -> Principal:
        try:
            return Principal(
                subject=str(claims["sub"]),
                tenant=str(claims["tenant"]),
                scopes=frozenset(str(claims["scope"]).split()),
                token_id=str(claims["jti"]),
                not_before=int(claims["nbf"]),
                expires_at=int(claims["exp"]),
            )
        except (KeyError, ValueError, TypeError) as error:
            raise AuthenticationError(f"the token lacks the claim {error}") from error
